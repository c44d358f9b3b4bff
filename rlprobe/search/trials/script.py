"""One run of a training script: its arguments, its process, and the returns that it got."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rlprobe.search.inside.episodes import FILE
from rlprobe.search.trials.passing import filled, settings_file, way_of
from rlprobe.search.trials.returns import Returns, returns_of, same

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rlprobe.search.trials.passing import Way

EPISODES: Final = "episodes.jsonl"
OUTPUT: Final = "output.txt"
STARTUP: Final = """\
import contextlib, importlib.machinery, importlib.util, os, sys
here = os.path.dirname(os.path.abspath(__file__))
sys.path[:] = [one for one in sys.path if os.path.abspath(one or ".") != here]
spec = importlib.machinery.PathFinder.find_spec("sitecustomize", sys.path)
if spec is not None and spec.loader is not None:
    spec.loader.exec_module(importlib.util.module_from_spec(spec))
with contextlib.suppress(ImportError):
    from rlprobe.search.inside.classes import count_all
    count_all()
"""
"""Runs first in the process of the script and in all that it starts, beside the machine's own."""
SEED_OPTION: Final = re.compile(
    r"--seed\b|DEFINE_\w+\(\s*[\"']seed[\"']|^\s*seed\s*:\s*\w|"
    r"def \w+\([^)]*\bseed\b[^)]*\)[^\0]*\b(?:Fire|typer|tyro)\b",
    re.MULTILINE,
)
"""What tells that a script has an option for the seed; a ``seed=0`` in it does not."""


@dataclass(frozen=True)
class Ran:
    """How a run ended.

    Args:
        returns: what it has reached.
        error: the last line of its errors, if it failed.
        whole: whether it ended by itself.
    """

    returns: Returns = field(default_factory=Returns)
    error: str = ""
    whole: bool = True


@dataclass(frozen=True)
class Script:
    """A training script with its own arguments.

    Args:
        path: the script.
        args: its arguments, with ``{seed}``, ``{out}`` and ``{NAME}`` of a parameter as placeholders.
        metric: a name that it prints or logs, or a file that it writes, if not the returns of its episodes.
    """

    path: str
    args: tuple[str, ...] = ()
    metric: str | None = None

    def __post_init__(self) -> None:
        if not Path(self.path).is_file():
            raise FileNotFoundError(f"{self.path}: there is no such script")

    @cached_property
    def source(self) -> str:
        """Its text."""
        return Path(self.path).read_text(errors="replace")

    def way(self, name: str) -> Way:
        """How a parameter reaches it."""
        return way_of(name, self.source, self.args)

    @property
    def takes_seed(self) -> bool:
        """Whether a seed reaches it: by a placeholder, a file, the environment, or an option of that name."""
        way = self.way("seed")
        if way.kind == "assignment":
            return "seed" in self.source
        return way.kind != "option" or bool(SEED_OPTION.search(self.source))

    def arguments(self, settings: Mapping[str, str], seed: int, out: Path) -> list[str]:
        """The arguments of a run: placeholders filled in, everything else as options behind them.

        >>> script = Script(__file__, ("--env", "X", "lr={lr}"))
        >>> script.arguments({"lr": "0.1", "n": "5"}, 3, Path("o"))[:5]
        ['--env', 'X', 'lr=0.1', '--n', '5']
        """
        values = self._values(settings, seed)
        ways = {name: self.way(name) for name in values}
        found = []
        for one in self.args:
            text = one.replace("{out}", str(out))
            for name, value in {"seed": str(seed), **settings}.items():
                text = text.replace("{" + name + "}", value)
            file = settings_file(one)
            here = {name: value for name, value in values.items() if ways[name].kind == "file"}
            if file is not None and here:
                text = text.replace(str(one.rpartition("=")[2]), str(filled(file, here, out)))
            found.append(text)
        for name, way in ways.items():
            if way.kind == "option":
                found += [way.spelled, values[name]]
            elif way.kind == "assignment":
                found.append(f"{way.spelled}={values[name]}")
        return found

    def _values(self, settings: Mapping[str, str], seed: int) -> dict[str, str]:
        return {**settings, **({"seed": str(seed)} if self.takes_seed and "seed" not in settings else {})}

    def environment(self, settings: Mapping[str, str], seed: int, out: Path) -> dict[str, str]:
        """The variables of a run."""
        values = self._values(settings, seed)
        ways = {name: self.way(name) for name in values}
        startup = out / "startup"
        startup.mkdir(exist_ok=True)
        (startup / "sitecustomize.py").write_text(STARTUP)
        paths = [str(startup.resolve()), *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
        return {
            "OMP_NUM_THREADS": "1",
            "PYTHONHASHSEED": "0",
            **os.environ,
            "PYTHONUNBUFFERED": "1",
            "PYTHONPATH": os.pathsep.join(paths),
            FILE: str((out / EPISODES).resolve()),
            **{way.spelled: values[name] for name, way in ways.items() if way.kind == "environment"},
        }

    def run(self, settings: Mapping[str, str], seed: int, out: Path, seconds: float) -> Ran:
        """Run it in a process of its own, for so many seconds at most."""
        out.mkdir(parents=True, exist_ok=True)
        (out / EPISODES).unlink(missing_ok=True)
        command = [sys.executable, self.path, *self.arguments(settings, seed, out)]
        with (out / OUTPUT).open("wb") as output:
            process = subprocess.Popen(  # noqa: S603 - the user's own script
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=self.environment(settings, seed, out),
                start_new_session=True,
            )
            try:
                code: int | None = process.wait(max(0.1, seconds))
            except subprocess.TimeoutExpired:
                code = None
            finally:
                _end(process)
        found = returns_of(out / EPISODES, out / OUTPUT, self.metric, out)
        if code is None:
            return Ran(found, f"ended after {seconds:.0f} s", whole=False)
        return Ran(found) if code == 0 else Ran(found, _last_line(out / OUTPUT))


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the script and whatever it has started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _last_line(path: Path) -> str:
    text = path.read_text(errors="replace").replace("│", " ")  # the frame that click and typer draw
    lines = [line for line in text.splitlines() if re.search(r"\w", line)]
    return lines[-1].strip()[:300] if lines else "it failed without a word"


def same_so_far(one: Ran, other: Ran) -> bool:
    """Whether two runs have the same returns, to the last bit, as far as both went."""
    return same(one.returns.rows, other.returns.rows, whole=one.whole and other.whole)
