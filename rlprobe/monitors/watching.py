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
from rlprobe.monitors.hooks.imports import AfterImport
from rlprobe.monitors.hooks.patches import Patches
from rlprobe.monitors.hooks.torch_calls import TorchHooks
from rlprobe.monitors.judging import Judge
from rlprobe.monitors.learning import Learning
from rlprobe.monitors.spending import Spending
from rlprobe.monitors.writing import PAGE, Folder, verdict_json
from rlprobe.output.files import write_atomically

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import FrameType, TracebackType
    from typing import Self

    from rlprobe.monitors.findings.finding import Finding, Verdict

PULSE_EVERY = 512
"""Steps between looks at the clock."""


class Watch:
    """A run that is being watched; made by ``rlprobe.watch``.

    Args:
        folder: where ``verdict.json``, ``run.jsonl`` and ``report.html`` are written; None to write nothing.
        total: environment steps that the run will have; None to find out, or judge at the end.
        gamma: the discount; None to read it from the variables of the training code.
        every: look at about every so-manieth update.
        tell: called with each new finding, once.
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
        self.alive = False
        self.problems: list[str] = []
        self.curves, self.places, self.spending = Curves(), Places(), Spending()
        self.learning = Learning(self.curves, self.places, self.spending, every=every)
        self.learning.given(total=total, gamma=gamma)
        self.judge = Judge(self.learning, tell)
        self._folder = Folder(folder) if folder is not None else None
        self._patches = Patches()
        self._pid = os.getpid()
        self._calls = 0
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
        self._began, self.spending.began = time.perf_counter(), time.thread_time()
        self.alive = True
        try:
            imports = AfterImport(self._patches)
            self._environments = EnvironmentHooks(self._patches, self)
            imports.when("torch", lambda: self._with_torch(sys.modules["torch"]))
            imports.when("stable_baselines3.common.vec_env.base_vec_env", self._environments.look_again)
            loggers.listen(self._patches, self, imports)
        except BaseException:
            self._patches.remove()
            raise
        return self

    def _with_torch(self, torch: Any) -> None:
        TorchHooks(self._patches, self)
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
        """Put everything back, judge the whole run and write the files.

        Args:
            ended_by: the error that ended the run, in words.
        """
        if os.getpid() != self._pid or not self.alive:
            return
        self._safely(self.learning.finish)
        self.alive = False
        self.learning.observer.inputs.close()
        self._patches.remove()
        self._ended = time.perf_counter()
        if ended_by:
            self.problems.append(f"the run ended by {ended_by}")
        self._safely(lambda: self.judge.look(final=True))
        if self._folder is not None:
            self._folder.write(self, page=True)

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
        """Tell the targets of the critic and the advantages of one update: arrays or tensors of any shape."""
        self._safely(lambda: self.learning.data.targets(returns, advantages, self.learning.now()))

    def buffer(self, buffer: Any) -> None:
        """Tell the replay memory: an object that holds arrays, to judge its size and its contents."""
        self._safely(lambda: self.learning.data.buffer(buffer, self.learning.now()))

    def update(self, *, step: int | None = None, **values: float) -> None:
        """Tell numbers of one update, for code without torch.

        Known names are judged like those that are found in torch: ``entropy`` (relative to that of random
        actions), ``kl``, ``gradient_norm``, ``update_ratio``, ``explained_variance`` and ``first_ratio_off``.
        Others are drawn as curves.

        Args:
            step: environment steps so far, if environments are not stepped in this process.
            values: numbers by name.
        """
        self._safely(lambda: self.learning.told(step, values))
        self._safely(self._pulse)

    def stepped(self, env: Any, action: Any, result: Any, frame: FrameType) -> None:
        """The training code has stepped an environment."""
        if os.getpid() != self._pid:
            return
        try:
            self.places.stepped(env, action, result, frame)
            self._calls += 1
            if self._calls % PULSE_EVERY == 0:
                self._pulse()
        except Exception as error:  # noqa: BLE001 - never the run's problem
            self._failed(error)

    def was_reset(self, env: Any, result: Any, mask: Any) -> None:
        """The training code has reset an environment."""
        if os.getpid() == self._pid:
            pair = isinstance(result, tuple) and len(result) == 2 and isinstance(result[1], dict)
            self._safely(lambda: self.places.reset(env, result[0] if pair else result, mask))

    def before_update(self, optimizer: Any, frame: FrameType | None) -> None:
        """An optimizer is about to change parameters."""
        if os.getpid() == self._pid:
            self._safely(lambda: self._before_update(optimizer, frame))

    def _before_update(self, optimizer: Any, frame: FrameType | None) -> None:
        if self.learning.before_update(optimizer, frame):
            self.judge.look()
            self._pulse()

    def after_update(self, optimizer: Any) -> None:
        """An optimizer has changed parameters."""
        if os.getpid() == self._pid:
            self._safely(lambda: self.learning.after_update(optimizer))

    def sampled(self, distribution: Any) -> None:
        """A policy has drawn actions."""
        wanted = self.learning.observer.wants_witness()
        if (self.learning.entropy.due() or wanted) and os.getpid() == self._pid:
            self._safely(lambda: self.learning.sampled(distribution))

    def ratio(self, tensor: Any) -> None:
        """The exponential of a difference of log-probabilities was taken."""
        if os.getpid() == self._pid:
            self._safely(lambda: self.learning.ratio.hear(tensor, self.learning.now()))

    def clipped(self, norm: Any, limit: float) -> None:
        """Gradients were clipped."""
        if os.getpid() == self._pid:
            self._safely(lambda: self.learning.clipped(norm, limit))

    def logged(self, name: str, value: float) -> None:
        """The script has logged a number."""
        if os.getpid() == self._pid:
            self._safely(lambda: self.curves.add(f"logged/{name}", self.learning.now().step, value))

    def _pulse(self) -> None:
        """Look at the clock: judge runs without updates, and write what is known."""
        if not self.learning.phases and self.spending.may("judge"):
            self.judge.look()
        if self._folder is not None and self._folder.due(self.spending):
            with self.spending.on("write"):
                self._folder.write(self, page=False)

    def _safely(self, act: Callable[[], object]) -> None:
        """Do something of our own; an error of it is noted and changes nothing for the run."""
        try:
            act()
        except Exception as error:  # noqa: BLE001 - never the run's problem
            self._failed(error)

    def _failed(self, error: Exception) -> None:
        words = f"not everything was watched ({type(error).__name__}: {error})"
        if os.environ.get("RLPROBE_DEBUG"):
            raise error
        if words not in self.problems and len(self.problems) < 20:
            self.problems.append(words)


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

    Environments, optimizers, distributions and loggers are listened to while the block runs, and left as they
    were afterwards. The run itself does not change: no random number is drawn, no parameter touched.

    Args:
        folder: where ``verdict.json``, ``run.jsonl`` and ``report.html`` are written; None to write nothing.
        total: environment steps that the run will have; None to find out, or judge at the end.
        gamma: the discount; None to read it from the variables of the training code (0.99 if there is none).
        every: look at about every so-manieth update.
        tell: called with each new finding, once.
        name: what the report calls the run.

    Raises:
        ValueError: ``every`` below 1, or a discount that is none.
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
