"""The process in which scripts run: started, asked and ended by the diagnosis."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
import time
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rlprobe.scripts.inside.sources import imported_names
from rlprobe.scripts.inside.wire import ClosedError, receive, send

if TYPE_CHECKING:
    from rlprobe.scripts.inside.order import Order
    from rlprobe.scripts.launch import Launch

EARLY = (
    "numpy",
    "gymnasium",
    "torch",
    "stable_baselines3",
    "sb3_contrib",
    "tyro",
    "tensorboard",
    "matplotlib",
    "cv2",
    "tqdm",
    "ale_py",
    "pandas",
    "scipy",
    "wandb",
    "rich",
    "yaml",
    "hydra",
    "omegaconf",
    "einops",
    "mujoco",
)
"""Libraries that may be imported before a process is forked."""
ENVIRONMENT = {
    "WANDB_MODE": "disabled",
    "WANDB_SILENT": "true",
    "MPLBACKEND": "Agg",
    "SDL_VIDEODRIVER": "dummy",
    "SDL_AUDIODRIVER": "dummy",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "COMET_MODE": "disabled",
    "NEPTUNE_MODE": "offline",
    "MLFLOW_TRACKING_URI": "file:./mlruns",
    "PYTHONDONTWRITEBYTECODE": "1",
    "TQDM_DISABLE": "1",
}
KILL_AFTER_S = 3.0
"""A script that was told to end is killed after this time."""


class SilenceError(Exception):
    """The script did not call ``env.step`` again in time."""


class GoneError(Exception):
    """The process of the script ended without a message.

    Args:
        code: its exit code; negative if a signal ended it.
    """

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Process:
    """A process that runs scripts one after the other; it starts on first use.

    Args:
        launch: the script; its imports and the files beside it are used.
    """

    def __init__(self, launch: Launch) -> None:
        self.launch = launch
        self._process: subprocess.Popen[bytes] | None = None
        self._inward = self._outward = self._owner = -1
        self.scratch: Path | None = None
        self.busy = False

    def begin(self, order: Order) -> None:
        """Start a run in ``order.scratch``."""
        if self._process is None or self._process.poll() is not None or self._owner != os.getpid():
            self._start()
        self.busy = True
        self.tell(order.as_message())

    def _start(self) -> None:
        to_read, outward = os.pipe()
        inward, to_write = os.pipe()
        self._process = subprocess.Popen(  # noqa: S603 - this Python and this package
            [sys.executable, "-P", "-m", "rlprobe.scripts.inside", str(to_read), str(to_write)],
            pass_fds=(to_read, to_write),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            cwd=self.launch.start,
            env={**os.environ, **ENVIRONMENT, "PYTHONPATH": _path()},
        )
        os.close(to_read)
        os.close(to_write)
        self._inward, self._outward, self._owner = inward, outward, os.getpid()
        self._closing = weakref.finalize(self, _close, self._process, inward, outward, os.getpid())
        names = imported_names(self.launch)
        early = sorted(n for n in names if n.partition(".")[0] in EARLY)
        send(self._outward, {"imports": ["numpy", "gymnasium", *early]})

    def ask(self, message: dict[str, Any], until: float) -> dict[str, Any]:
        """Send one message and wait for the answer.

        Raises:
            SilenceError: there is none by ``until``, of ``time.perf_counter()``.
            GoneError: the process is gone.
        """
        self.tell(message)
        return self.hear(until)

    def tell(self, message: dict[str, Any]) -> None:
        """Send one message; raises ``GoneError`` if the process is gone."""
        try:
            send(self._outward, message)
        except ClosedError:
            raise GoneError(-1) from None

    def hear(self, until: float) -> dict[str, Any]:
        """Wait for one message; raises as ``ask`` does."""
        ready, _, _ = select.select([self._inward], [], [], max(0.0, until - time.perf_counter()))
        if not ready:
            raise SilenceError
        try:
            message = receive(self._inward)
        except ClosedError:
            self.busy = False
            raise GoneError(self._process.wait() if self._process else -1) from None
        if message["at"] == "gone":
            self.busy = False
            raise GoneError(message["code"])
        return message

    def finish(self) -> None:
        """End the run; the script may clean up, if it is quick."""
        if not self.busy:
            return
        try:
            send(self._outward, {"do": "stop"})
            until = time.perf_counter() + KILL_AFTER_S
            while True:
                self.hear(until)
        except GoneError:
            return
        except (SilenceError, ClosedError):
            self.close()

    def close(self) -> None:
        """End the process at once."""
        self.busy = False
        if self._process is not None:
            self._closing()
            self._process = None


def _close(process: subprocess.Popen[bytes], inward: int, outward: int, owner: int) -> None:
    """Close the pipes to a process: it then ends its child and itself."""
    if owner != os.getpid():
        return  # a fork of the process that started it
    for handle in (inward, outward):
        with contextlib.suppress(OSError):
            os.close(handle)
    try:
        process.wait(1.0)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _path() -> str:
    """The search path for modules of this process, so that the other process finds this package too."""
    given = [
        str(Path(place).resolve()) for place in os.environ.get("PYTHONPATH", "").split(os.pathsep) if place
    ]
    return os.pathsep.join([str(Path(__file__).parents[2]), *given])
