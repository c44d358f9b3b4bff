"""What every test runs under: one thread a worker, and no screen or sound device."""

from __future__ import annotations

import os

# Workers run beside each other, one a core. With a thread per core in each of them, PyTorch and BLAS would
# make the suite more than twice as slow. Set here, before anything imports them, and for child processes too.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")
os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
os.environ.setdefault("SDL_AUDIODRIVER", "dummy")
os.environ.setdefault("MPLBACKEND", "Agg")
