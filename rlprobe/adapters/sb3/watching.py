"""A callback that watches the training of an algorithm of Stable-Baselines3."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stable_baselines3.common.callbacks import BaseCallback

from rlprobe.monitors import watch

if TYPE_CHECKING:
    import os

    from rlprobe.monitors import Finding, Watch


class WatchCallback(BaseCallback):  # type: ignore[misc]
    """Say whether training is healthy: ``model.learn(100_000, callback=WatchCallback("runs/a"))``.

    The same as ``with rlprobe.watch(...)`` around ``learn``. New findings are printed if ``verbose`` is 1.

    Args:
        folder: where ``verdict.json``, ``run.jsonl`` and ``report.html`` are written; None to write nothing.
        verbose: 1 to print each new finding, on one line.
    """

    def __init__(self, folder: str | os.PathLike[str] | None = None, verbose: int = 1) -> None:
        super().__init__(verbose)
        self._folder = folder
        self.watch: Watch | None = None

    def init_callback(self, model: object) -> None:
        """Begin to watch: before the first step, which is before ``learn`` resets its environment."""
        super().init_callback(model)
        if self.watch is None or not self.watch.alive:
            self.watch = watch(self._folder, tell=self._print if self.verbose else None)
            self.watch.__enter__()

    def _on_step(self) -> bool:
        return True

    def _on_training_end(self) -> None:
        if self.watch is not None:
            self.watch.close()

    @property
    def verdict(self) -> str:
        """``"healthy"``, ``"look here"``, ``"broken"`` or ``"too early"``."""
        return "too early" if self.watch is None else self.watch.verdict

    @property
    def findings(self) -> list[Finding]:
        """What was found, worst first."""
        return [] if self.watch is None else self.watch.findings

    @staticmethod
    def _print(finding: Finding) -> None:
        from rlprobe.monitors.report.terminal import line

        print(line(finding), flush=True)  # noqa: T201
