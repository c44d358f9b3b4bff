"""What every test runs under: one thread a worker, no screen or sound device, and Ctrl-C that is heard."""

from __future__ import annotations

import os
import signal

import pytest

# Workers run beside each other, one a core. With a thread per core in each of them, PyTorch and BLAS would
# make the suite more than twice as slow. Set here, before anything imports them, and for child processes too.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")
os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
os.environ.setdefault("SDL_AUDIODRIVER", "dummy")
os.environ.setdefault("MPLBACKEND", "Agg")

# A script's shell starts what is put in the background with interrupts ignored, and child processes inherit
# that: they would never end where a test presses Ctrl-C.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(params=["numpy", "compiled"])
def arithmetic(request, monkeypatch):
    """Statistics once with NumPy, once with what numba compiles, where that is installed."""
    from rlprobe.stats.kernels import loops
    from rlprobe.stats.kernels.compiled import SWITCH, compiled

    monkeypatch.setenv(SWITCH, "0" if request.param == "numpy" else "1")
    if request.param == "compiled":
        pytest.importorskip("numba", reason="numba is not installed")
        assert compiled(loops.observations, "float32") is not None, "numba is installed, but compiles nothing"
    return request.param
