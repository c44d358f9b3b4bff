"""How the time for playing is spent: one environment first, then many copies at once if that is faster."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rlprobe.inspection.playing.collect import KEPT_STEPS, Collector
from rlprobe.inspection.playing.vector_play import COPIES, VectorPlay, can_be_vectorised

if TYPE_CHECKING:
    from rlprobe.inspection.playing.opening import Opened
    from rlprobe.inspection.playing.watchdog import Heartbeat
    from rlprobe.inspection.settings import Settings

SINGLE_SHARE: Final = 0.2
"""Share of the play in one environment, whose episodes can be filmed."""
TRIAL_S: Final = 0.5


@dataclass
class Playing:
    """The play of one inspection.

    Args:
        source: the environment.
        settings: the arguments of the inspection.
        collector: takes everything that is played.
        vector: the play in many copies, if there was one.
    """

    source: Opened
    settings: Settings
    collector: Collector
    vector: VectorPlay | None = None

    @property
    def steps(self) -> int:
        """Steps so far, over all copies."""
        return self.collector.steps + (self.vector.steps if self.vector else 0)

    @property
    def seconds(self) -> float:
        """Seconds so far."""
        return self.collector.seconds + (self.vector.seconds if self.vector else 0.0)

    @property
    def copies(self) -> int:
        """Environments played at once."""
        return int(self.vector.env.num_envs) if self.vector else 1

    @property
    def here(self) -> str:
        """The place of the last step, as text."""
        return str(self.vector.here if self.vector else self.collector.here)

    def stop(self, seconds: float) -> None:
        """Count what was played before the play was stopped from outside, after ``seconds``."""
        if self.vector is None:
            self.collector.seconds = seconds
        else:
            self.vector.seconds = max(0.0, seconds - self.collector.seconds)
            self.vector.flush()
        self.collector.flush()

    def play(self, heartbeat: Heartbeat) -> None:
        """Play."""
        begin, settings, collector = time.perf_counter(), self.settings, self.collector
        steps, seconds = settings.steps, settings.playing if settings.steps is None else float("inf")
        vector = None
        if (
            can_be_vectorised(collector.columns, collector.env.action_space)
            and (steps or KEPT_STEPS) >= KEPT_STEPS
        ):
            heartbeat.beat("making the vector environment")
            vector = self.source.vector(COPIES)
        if vector is None:
            collector.play(heartbeat, steps=steps, seconds=seconds)
            return
        try:
            alone = None if steps is None else max(KEPT_STEPS, int(SINGLE_SHARE * steps))
            collector.play(heartbeat, steps=alone, seconds=SINGLE_SHARE * seconds)
            left = seconds - (time.perf_counter() - begin)
            more = None if steps is None else steps - collector.steps
            if not collector.failures and (more is None or more > 0):
                self.vector = VectorPlay(vector, collector)
                self._together(heartbeat, more, left)
        finally:
            vector.close()

    def _together(self, heartbeat: Heartbeat, steps: int | None, seconds: float) -> None:
        """Play the rest in many copies, or in one where that proves to be no slower."""
        assert self.vector is not None
        collector, vector, begin = self.collector, self.vector, time.perf_counter()
        vector.play(heartbeat, steps=steps, seconds=min(TRIAL_S, seconds / 4))
        faster = vector.steps * collector.seconds > collector.steps * vector.seconds
        left = seconds - (time.perf_counter() - begin)
        if faster and not collector.failures:
            vector.play(heartbeat, steps=steps, seconds=left)
        elif not collector.failures:
            goal = None if steps is None else collector.steps + steps - vector.steps
            collector.play(heartbeat, steps=goal, seconds=left)
