"""Watch a training run from inside its process."""

from __future__ import annotations

import json
import os
import sys
import time
from typing import TYPE_CHECKING, Any

from rlprobe.monitors.curves import Curves
from rlprobe.monitors.episodes.places import Places
from rlprobe.monitors.findings.finding import ordered, verdict_of
from rlprobe.monitors.hooks import loggers
from rlprobe.monitors.hooks.environments import EnvironmentHooks
from rlprobe.monitors.hooks.hearing import Hearing
from rlprobe.monitors.hooks.imports import AfterImport
from rlprobe.monitors.hooks.patches import Patches
from rlprobe.monitors.hooks.torch_calls import TorchHooks
from rlprobe.monitors.judging import Judge
from rlprobe.monitors.learning import Learning
from rlprobe.monitors.pace import Pace
from rlprobe.monitors.writing import PAGE, Folder, verdict_json
from rlprobe.output.files import write_atomically

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import TracebackType
    from typing import Self

    from rlprobe.monitors.findings.finding import Finding, Verdict

TOLD_PER_LOOK = 16
"""Updates that are told between looks at the clock."""


class Watch:
    """A run that is being watched; made by ``rlprobe.watch``.

    Args:
        folder: where ``verdict.json``, ``run.jsonl`` and ``report.html`` are written; None to write nothing.
        total: environment steps that the run will have; None to find out, or judge at the end.
        gamma: the discount; None to read it from the variables of the training code.
        every: measure at about every ``every``-th update.
        tell: called once with each new finding.
        name: what the report calls the run.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str] | None = None,
        *,
        total: int | None = None,
        gamma: float | None = None,
        every: int = 10,
        tell: Callable[[Finding], None] | None = None,
        name: str = "",
    ) -> None:
        if every < 1:
            raise ValueError(f"every: expected a number of updates from 1, got {every!r}")
        if gamma is not None and not 0.0 < gamma <= 1.0:
            raise ValueError(f"gamma: expected a discount above 0 and up to 1, got {gamma!r}")
        self.name = name
        self.curves, self.places = Curves(), Places()
        self.learning = Learning(self.curves, self.places, every=every)
        self.learning.given(total=total, gamma=gamma)
        self._hearing = Hearing(self.learning, self._looked, self._pulse)
        self.problems = self._hearing.problems
        self.judge = Judge(self.learning, tell, self._hearing.failed)
        self._pulses = Pace(first=10)
        self._folder = Folder(folder) if folder is not None else None
        self._patches = Patches()
        self._pid = os.getpid()
        self._began = self._ended = time.perf_counter()
        self._entered = False

    def __enter__(self) -> Self:
        """Begin to watch.

        Raises:
            RuntimeError: a watch can be used once.
        """
        if self._entered:
            raise RuntimeError("this watch has been used: make a new one with rlprobe.watch(...)")
        self._entered = True
        self._began = time.perf_counter()
        self._hearing.alive = True
        try:
            imports = AfterImport(self._patches)
            self._environments = EnvironmentHooks(self._patches, self._hearing)
            imports.when("torch", lambda: self._with_torch(sys.modules["torch"]))
            imports.when("stable_baselines3.common.vec_env.base_vec_env", self._environments.look_again)
            loggers.listen(self._patches, self._hearing, imports)
        except BaseException:
            self._patches.remove()
            raise
        return self

    def _with_torch(self, torch: Any) -> None:
        TorchHooks(self._patches, self._hearing)
        self.learning.torch = torch

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop watching, judge the whole run and write the files."""
        self.close(None if error is None else f"{type(error).__name__}: {error}")

    def close(self, ended_by: str | None = None) -> None:
        """Remove all hooks, judge the whole run and write the files.

        Args:
            ended_by: the error that ended the run, in words.
        """
        if os.getpid() != self._pid or not self.alive:
            return
        self._hearing.safely(self.learning.finish)
        self._hearing.alive = False
        self.learning.observer.inputs.close()
        self._patches.remove()
        self._ended = time.perf_counter()
        if ended_by:
            self.problems.append(f"the run ended by {ended_by}")
        self._hearing.safely(self.judge.look_at_the_end)
        if self._folder is not None:
            self._folder.write(self, page=True)

    @property
    def alive(self) -> bool:
        """Whether the run is being watched."""
        return self._hearing.alive

    @property
    def findings(self) -> list[Finding]:
        """What was found so far, worst first."""
        return ordered(self.judge.findings)

    @property
    def verdict(self) -> Verdict:
        """``"healthy"``, ``"look here"``, ``"broken"`` or ``"too early"``."""
        return verdict_of(self.judge.findings, enough=self.judge.enough())

    @property
    def steps(self) -> int:
        """Environment steps of the training code so far."""
        return self.learning.now().step

    @property
    def seconds(self) -> float:
        """Wall time that was watched."""
        return (self._ended if not self.alive else time.perf_counter()) - self._began

    @property
    def page(self) -> Path | None:
        """The page that was written; None if there is none."""
        path = None if self._folder is None else self._folder.path / PAGE
        return path if path is not None and path.exists() else None

    def write_verdict(self, path: str | os.PathLike[str]) -> None:
        """Write ``verdict.json`` to a file of another name.

        Raises:
            OSError: it cannot be written.
        """
        write_atomically(path, json.dumps(verdict_json(self), indent=1).encode())

    def targets(self, returns: Any, advantages: Any = None) -> None:
        """Pass in the critic's targets and the advantages of one update: arrays or tensors of any shape."""
        self._hearing.safely(self.learning.targets, returns, advantages)

    def buffer(self, buffer: Any) -> None:
        """Pass in the replay buffer, an object with arrays as attributes: size and contents are judged."""
        self._hearing.safely(self.learning.memory, buffer)

    def update(self, *, step: int | None = None, **values: float) -> None:
        """Pass in numbers of one update, for code without torch.

        These names are judged like the numbers that are measured in torch: ``entropy`` (relative to that of
        random actions), ``kl``, ``gradient_norm``, ``update_ratio``, ``explained_variance`` and
        ``first_ratio_off``. Other names are drawn as curves.

        Args:
            step: environment steps so far, if environments are not stepped in this process.
            values: numbers by name.
        """
        self._hearing.safely(self.learning.told, step, values)
        if self.learning.told_values.count % TOLD_PER_LOOK == 0:
            self._hearing.safely(self._pulse)

    def _looked(self) -> None:
        self.judge.look()
        self._write()

    def _pulse(self) -> None:
        """Judge runs without optimizers, and write what is known."""
        if not self.learning.phases and self._pulses.due():
            self.learning.look_at_arrays()
            self.judge.look()
        self._write()

    def _write(self) -> None:
        if self._folder is not None:
            self._folder.write_if_due(self)


def watch(
    folder: str | os.PathLike[str] | None = None,
    *,
    total: int | None = None,
    gamma: float | None = None,
    every: int = 10,
    tell: Callable[[Finding], None] | None = None,
    name: str = "",
) -> Watch:
    """Watch a training run: ``with rlprobe.watch("runs/a") as watch: train()``.

    Environments, optimizers, distributions and loggers are observed while the block runs; all hooks are
    removed afterwards. The run itself does not change: no random number is drawn, no parameter changed.

    Args:
        folder: where ``verdict.json``, ``run.jsonl`` and ``report.html`` are written; None to write nothing.
        total: environment steps that the run will have; None to find out, or judge at the end.
        gamma: the discount; None to read it from the variables of the training code (0.99 if there is none).
        every: measure at about every ``every``-th update.
        tell: called once with each new finding.
        name: what the report calls the run.

    Raises:
        ValueError: ``every`` below 1, or a discount out of range.
        OSError: the folder cannot be written to.

    >>> import gymnasium as gym
    >>> with watch() as seen:
    ...     env = gym.make("CartPole-v1")
    ...     for episode in range(3):
    ...         _ = env.reset(seed=episode)
    ...         ended = False
    ...         while not ended:
    ...             _, _, terminated, truncated, _ = env.step(1)
    ...             ended = terminated or truncated
    >>> seen.verdict, seen.steps
    ('too early', 27)
    """
    return Watch(folder, total=total, gamma=gamma, every=every, tell=tell, name=name)
