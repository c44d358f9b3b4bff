"""The process that runs scripts: imports what they need once, and forks for each run."""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import select
import shutil
import signal
import sys
import traceback
import warnings

from rlprobe.scripts.inside.order import Order
from rlprobe.scripts.inside.wire import ClosedError, receive, send

OWN_ERROR = 70
IMPORTED_BY_OPTIMISERS = "torch._dynamo"
"""What the first optimizer of a process imports: for over a second in each run, if it is not there before."""
NO_FORK = sys.platform in {"win32", "darwin"}


def main(inward: int, outward: int) -> None:
    """Serve orders until nobody gives any."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        _import_early(receive(inward)["imports"])
        while True:
            order = Order.from_message(receive(inward))
            if NO_FORK:
                _play(order, inward, outward)
            _fork(order, inward, outward)
    except ClosedError:
        return


def _import_early(names: list[str]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in names:
            with contextlib.suppress(Exception, SystemExit):
                importlib.import_module(name)
        if "torch" in sys.modules:
            with contextlib.suppress(Exception):
                importlib.import_module(IMPORTED_BY_OPTIMISERS)
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.set_num_threads(1)
    gc.freeze()  # a script that calls gc.collect() after each episode would search all of it each time


def _fork(order: Order, inward: int, outward: int) -> None:
    """Run one order in a child, and end with it when the diagnosis goes away."""
    pid = os.fork()
    if pid == 0:
        os.setsid()
        _play(order, inward, outward)
    watch = select.poll()
    watch.register(inward, 0)
    while True:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            break
        gone = watch.poll(20)
        if gone and gone[0][1] & (select.POLLHUP | select.POLLERR | select.POLLNVAL):
            _kill(pid)
            os.waitpid(pid, 0)
            shutil.rmtree(order.scratch, ignore_errors=True)  # nobody else will
            os._exit(0)
    _kill(pid)
    code = os.waitstatus_to_exitcode(status)
    send(outward, {"at": "gone", "code": code})


def _kill(pid: int) -> None:
    """End a child and whatever it has started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _play(order: Order, inward: int, outward: int) -> None:
    code = OWN_ERROR
    try:
        from rlprobe.scripts.inside.play import play

        if order.given is None:
            from rlprobe.scripts.inside.probe_play import ProbePlay

            code = play(order, inward, outward, ProbePlay)
        else:
            from rlprobe.scripts.inside.given.play import GivenPlay

            code = play(order, inward, outward, GivenPlay)
    except BaseException:  # noqa: BLE001 - an error of this package: it goes where the script prints
        with open(os.path.join(order.scratch, "output.txt"), "a") as file:  # noqa: PTH118, PTH123
            traceback.print_exc(file=file)
    finally:
        os._exit(code)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
