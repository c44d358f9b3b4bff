"""The loops compiled by numba (extra ``fast``); if that fails, NumPy is used and nothing is printed."""

from __future__ import annotations

import importlib
import inspect
import os
import sys
import threading
import warnings
import zlib
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from rlprobe.stats import nonfinite, sums
from rlprobe.stats.kernels import loops, rows

if TYPE_CHECKING:
    from collections.abc import Callable

SWITCH: Final = "RLPROBE_FAST"
"""Environment variable: 0 uses NumPy even if numba is installed."""
SILENT_FOR_S: Final = 2.0
"""If it takes longer, a line on the terminal says so."""


def compiled(loop: Callable[..., int], dtype: str) -> Callable[..., int] | None:
    """``loops.observations`` or ``loops.rewards`` for arrays of float32 or float64, or None."""
    return _compiled(loop, dtype) if os.environ.get(SWITCH, "1") != "0" else None


@cache
def _compiled(loop: Callable[..., int], dtype: str) -> Callable[..., int] | None:
    """Compiled code from the cache on disk, or compiled now and stored there; None if neither works."""
    notice = threading.Timer(SILENT_FOR_S, _say)
    notice.daemon = True
    notice.start()
    try:
        with warnings.catch_warnings(action="ignore"):
            return _compile(loop, dtype)
    except Exception:  # noqa: BLE001 (no numba, or switched off, or not for this NumPy, or nowhere to cache)
        return None
    finally:
        notice.cancel()


@cache
def _say() -> None:
    """Print once per process that compiling takes time."""
    sys.stderr.write("rlprobe: preparing compiled statistics, which takes long only once ...\n")


def _compile(loop: Callable[..., int], dtype: str) -> Callable[..., int]:
    numba: Any = importlib.import_module("numba")
    signature = {
        loops.observations: "({}[::1], f8[:, ::1], f4[::1], i8, i8, f8, f8, b1)",
        loops.rewards: "({}[::1], b1[::1], f8[::1], f8[:, ::1], f8[::1], i8, f8, f8)",
    }[loop].format(dtype)
    for called in loops.CALLED:
        numba.extending.register_jitable(called)
    for inlined in loops.INLINED:
        numba.extending.overload(inlined, inline="always", strict=False)(lambda *_, part=inlined: part)
    # The name of the file in the cache, which numba itself renews only if the file of the loop changes.
    source = "".join(map(inspect.getsource, (rows, nonfinite, sums)))
    loop.__qualname__ = f"{loop.__name__}-{zlib.crc32(source.encode()):x}"
    made = numba.njit([signature], cache=True, error_model="numpy")(loop)
    # Without numba's look at the types of the arguments, which takes 0.2 us: callers see to them.
    entry: Callable[..., int] = made.overloads[made.signatures[0]].entry_point
    return entry
