"""Rewards divided by a running standard deviation: the part that single and vector environments share."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from rlprobe.stats import NonFiniteError, RunningStats
from rlprobe.stats.layout import Layout
from rlprobe.stats.running import check_on_nonfinite
from rlprobe.stats.sums import deviation
from rlprobe.wrappers.face import Switch, positive, require_stats

if TYPE_CHECKING:
    import os

    import numpy.typing as npt

By: TypeAlias = Literal["return", "reward"]
LONG_EPISODE: Final = 1000


class ScaledRewards(Switch):
    """The statistic of the return (or reward) and the divisor made from it."""

    steps: int

    def __init__(
        self,
        env: Any,
        *,
        gamma: float = 0.99,
        by: By = "return",
        scale: float | None = None,
        clip: float | None = 10.0,
        update: bool = True,
        stats: RunningStats | None = None,
        on_nonfinite: str = "raise",
    ) -> None:
        self._wrap(env)
        if isinstance(gamma, bool) or not isinstance(gamma, (int, float)) or not 0 <= gamma <= 1:
            raise ValueError(f"expected gamma between 0 and 1, got {gamma!r}")
        if by not in ("return", "reward"):
            raise ValueError(f"expected by='return' or 'reward', got {by!r}")
        self.gamma = float(gamma)
        self.by = by
        self.fixed_scale = positive("scale", scale, optional=True)
        self.clip = positive("clip", clip, optional=True)
        self.on_nonfinite = check_on_nonfinite(on_nonfinite)
        layout = Layout.array((), quantity=f"return with gamma={self.gamma}" if by == "return" else "reward")
        if stats is not None:
            RunningStats(layout).require(require_stats(self, stats).layout)
        self._stats = RunningStats(layout) if stats is None else stats
        self._moments = self._stats.moments[0]
        self._limit = float("inf") if self.clip is None else self.clip
        self.updating = bool(update)
        self._clipped: Any = 0
        self.steps = 0
        self._closed = False
        endless = self.gamma == 1.0 and by == "return" and self.fixed_scale is None
        self._watch = endless and not self._limited(env)
        self._begin()

    def _wrap(self, env: Any) -> None:
        """Put this around ``env``, if it is of the right kind."""
        raise NotImplementedError

    def _limited(self, env: Any) -> bool:
        """Whether an episode of ``env`` is known to be cut off at some step."""
        return has_time_limit(env)

    def _begin(self) -> None:
        """Prepare the returns under way."""
        raise NotImplementedError

    @property
    def stats(self) -> RunningStats:
        """The statistics of the discounted return (or reward): ``count``, ``mean``, ``var``, ``std``."""
        return self._stats

    @property
    def clipped(self) -> int:
        """Number of rewards set to the clip so far."""
        return int(self._clipped)

    @property
    def scale(self) -> float:
        """The current divisor of rewards; 1 until two returns differ."""
        if self.fixed_scale is not None:
            return self.fixed_scale
        moments = self._moments
        moments.fetch()
        n = moments.count if moments.counts is None else moments.counts.item()
        return (deviation(n, moments.flat[1], moments.flat[2]) if n else 0.0) or 1.0

    def _add(self, n: int, s1: float, s2: float) -> float:
        """Count ``n`` values by their sums about the centre, and those of their squares; the scale then."""
        moments = self._moments
        flat = moments.flat
        flat[1] = s1 = flat[1] + s1
        flat[2] = s2 = flat[2] + s2
        moments.count = total = moments.count + n
        return deviation(total, s1, s2) or 1.0

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the statistics and the returns under way to ``path``, all or nothing."""
        self._stats.extra = self._under_way()
        self._stats.save(path)

    def load(self, path: str | os.PathLike[str]) -> None:
        """Load the statistics in ``path``, and the unfinished returns if the number of environments is equal.

        Raises:
            rlprobe.stats.LayoutError: they are of observations, or of another gamma; both are named.
            rlprobe.stats.StatsFileError: the file is damaged.
        """
        self._stats.load(path)
        self._resume_if_it_fits(self._stats.extra)

    def _resume_if_it_fits(self, saved: dict[str, npt.NDArray[Any]]) -> None:
        """Continue the unfinished returns in ``saved``, if the number of environments is equal."""
        own = {name: part.shape for name, part in self._under_way().items()}
        if {name: part.shape for name, part in saved.items() if name in own} == own:
            self._resume(saved)

    def _under_way(self) -> dict[str, npt.NDArray[Any]]:
        """What belongs to the episodes that are running, not to the statistics."""
        raise NotImplementedError

    def _resume(self, under_way: dict[str, npt.NDArray[Any]]) -> None:
        """Go on with what ``_under_way`` returned."""
        raise NotImplementedError

    def _refused(self, value: float, where: str) -> NonFiniteError:
        return NonFiniteError(
            f"{type(self).__name__}: the reward is {value}{where} at step {self.steps}; the statistics are "
            "as they were "
            "before. Find out where the environment makes it, or pass on_nonfinite='skip' to leave such "
            "values out"
        )

    def _warn_endless(self) -> None:
        self._watch = False
        warnings.warn(
            f"{type(self).__name__} has gamma=1 and an episode longer than {LONG_EPISODE} steps without a "
            "time limit: "
            "the undiscounted return grows without bound and so does the divisor, until all rewards vanish. "
            "Use gamma below 1 or by='reward', or add a TimeLimit",
            stacklevel=4,
        )


def has_time_limit(env: Any) -> bool:
    """Whether the specification of ``env`` says when an episode is cut off at the latest."""
    spec = env.spec
    return spec is not None and spec.max_episode_steps is not None
