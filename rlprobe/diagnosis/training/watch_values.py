"""Follow the values of a critic, until they have converged or are close to the exact ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.diagnosis import questions
from rlprobe.diagnosis.probe_settings import settings_of
from rlprobe.diagnosis.training.looks import turned_smoothly
from rlprobe.diagnosis.trial import tolerance
from rlprobe.faults.transitions import Learner

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rlprobe.diagnosis.trial import Trial

CONVERGED_FROM_LOOKS = 8
"""Values count as converged only after this many chunks."""
NOISE_KNOWN_FROM_LOOKS = 24
"""From this many chunks on, noise can be told from drift."""
STOP_CONVERGED_AFTER_STEPS, STOP_NOISY_AFTER_STEPS = 1_600, 2_400
"""A run whose values converged to wrong ones ends after this many steps; if they are noisy, after more."""
NOISY_FROM_SHARE = 0.25
"""Wrong values are noisy if they vary by more than this share of their error over the last half of a run."""
SLOWS_BELOW, CREEPS_NOISE = 0.5, 2.0
"""Values creep if they moved, over the last quarter of a run, at least this share of what they moved over the
second, and over the run this many times as far as they vary."""
FAR_TIMES = 3.0
"""A value is far from the exact one if its error is so many times the size of the exact one, and of 1."""
APPROACHING = 0.15
"""A value that lost this share of its error over half a run is still approaching the exact one."""
SELDOM_BELOW_SHARE = 0.5
"""Values change seldom if they do so at fewer looks than this share."""
DIVERGED_ABOVE = 1_000.0
"""Values larger than this count as diverged."""


@dataclass
class WatchValues:
    """The values of a critic after each chunk of training."""

    agent: Any
    trial: Trial
    least: int
    curve: list[NDArray[np.float64]] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)
    tables: list[NDArray[np.float64]] = field(default_factory=list)
    """``(n, A)``: the action values after each chunk, on probes where the largest one matters."""

    def __post_init__(self) -> None:
        self.queried = self.trial.queried
        self.gamma = questions.discount(self.agent, self.trial.setting.gamma)
        self.shown = questions.shows_values(self.agent)
        self._expect(questions.temperature(self.agent))
        largest = abs(self.trial.transitions(reset_transitions=False).reward).max()
        self.largest = largest / (1.0 - self.gamma) if self.gamma < 1.0 else 0.0
        self.initial = self._values(first=True) if self.shown else None
        self.first_actions = (
            self._actions() if settings_of(self.trial.name).needs == "off-policy actor" else None
        )

    def _expect(self, weight: float) -> None:
        """Compute the exact values, which depend on the weight of entropy."""
        self.weight = weight
        self.exact = self.trial.exact(Learner(gamma=self.gamma, entropy=self.trial.entropy(weight)))
        self.near = tolerance(self.exact)

    def _values(self, *, first: bool) -> NDArray[np.float64]:
        return questions.values(self.agent, self.queried, first=first) / self.trial.unit

    def _actions(self) -> NDArray[Any]:
        space = self.trial.mdp.action_space
        assert space is not None
        return questions.actions(self.agent, self.queried, space)

    def look(self, steps: int) -> None:
        """Query the values after a chunk."""
        del steps
        if self.shown:
            self.curve.append(self._values(first=False))
        if (weight := questions.temperature(self.agent)) != self.weight:
            self._expect(weight)
        self.weights.append(weight)
        if settings_of(self.trial.name).needs == "action values" and hasattr(self.agent, "q_values"):
            self.tables.append(np.asarray(self.agent.q_values(self.queried), np.float64) / self.trial.unit)

    def clear(self, steps: int) -> bool:
        """Whether more training would not change the answer."""
        if not self.shown or self.diverged:
            return True
        recent = np.array(self.curve[-4:])
        centred = bool((abs(recent.mean(axis=0) - self.exact) <= 0.6 * self.near).all())
        judged = bool((abs(self._last_mean() - self.exact) <= self.near).all())  # what will be judged
        close = judged and bool((abs(recent - self.exact) <= 2.0 * self.near).all())
        settled = steps >= STOP_CONVERGED_AFTER_STEPS and self.settled
        settled &= steps >= STOP_NOISY_AFTER_STEPS or not self._noisy()
        settled &= not questions.few_updates(self.agent)
        settled |= steps >= STOP_CONVERGED_AFTER_STEPS and self._grows()
        return steps >= self.least and len(recent) == 4 and ((centred and close) or settled)

    @property
    def diverged(self) -> bool:
        """Whether the values are huge or not finite."""
        largest = DIVERGED_ABOVE * max(1.0, 1.0 / self.trial.unit)
        return not bool((abs(self.curve[-1]) <= largest).all())  # nor are they NaN

    @property
    def converged_wrong(self) -> bool:
        """Whether the values have converged, and some of them are not the exact ones."""
        if not self.settled or self.diverged:
            return False
        return bool((abs(self._last_mean() - self.exact) > self.near).any())

    @property
    def settled(self) -> bool:
        """Whether the values have converged: their drift is small beside their error and their progress.

        Noisy values count as converged when their drift is smaller than their noise and too small to reach
        the exact values. Values that still approach the exact ones, however slowly, have not converged.
        """
        if len(self.curve) < CONVERGED_FROM_LOOKS or self.initial is None:
            return False
        last, drift = self._last_mean(), abs(self._trend())
        error = abs(last - self.exact)
        still = drift <= np.maximum(0.1 * np.minimum(error, abs(last - self.initial)), 0.3 * self.near)
        if len(self.curve) >= NOISE_KNOWN_FROM_LOOKS:
            still |= (drift <= self._noise()) & (drift <= np.maximum(0.1 * error, self.near))
        moves = self._creeps(last) or self._may_overtake()
        swings = (error > self.near) & turned_smoothly(self._part(0.5), 0.5 * self.near)
        return bool((still & ~self._approaching(last) & ~swings).all()) and not moves

    def _may_overtake(self) -> bool:
        """Whether the value of an action that is not the largest one still rises.

        An agent that explores little learns the value of the best action late. Until then the largest value
        stands still at that of another action.
        """
        if not self.tables:
            return False
        width = max(2, len(self.tables) // 4)
        before, last = (np.mean(self.tables[a:b], axis=0) for a, b in ((-2 * width, -width), (-width, None)))
        below = last < last.max(axis=1, keepdims=True)
        return bool((below & (last - before > 0.3 * self.near[:, None])).any())

    def _creeps(self, last: NDArray[np.float64]) -> bool:
        """Whether wrong values move to the exact ones without slowing down, however little they move.

        With a tiny step size values are nearly constant for thousands of steps. Values that converge to
        wrong numbers slow down.
        """
        assert self.initial is not None
        wrong = abs(self.exact - last) > self.near
        way = np.where(wrong, np.sign(self.exact - self.initial), 0.0)
        quarters = [self._part(0.25, skip=skip) @ way for skip in (0.75, 0.5, 0.25, 0.0)]
        moved = np.diff([quarter.mean() for quarter in quarters])
        steady = (moved > 0.0).all() and moved[-1] > SLOWS_BELOW * moved[0]
        return bool(steady and moved.sum() > CREEPS_NOISE * quarters[-1].std())

    def _approaching(self, last: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which wrong values approached the exact ones over the second half of the run by more than noise."""
        error = self.exact - last
        nearer = (last - self._part(0.25, skip=0.5).mean(axis=0)) * np.sign(error)
        wrong = abs(error) > self.near
        return np.asarray(wrong & (nearer > APPROACHING * abs(error)) & (nearer > self._noise() / 2))

    def findings(self) -> dict[str, Any]:
        """The fields of a ``Run`` that follow from the values."""
        found: dict[str, Any] = {"gamma": self.gamma, **questions.targets(self.agent)}
        found["cooling"] = float(np.ptp(self.weights[len(self.weights) // 2 :])) if self.weights else 0.0
        if self.shown:
            found |= {
                "initial": self.initial,
                "first_actions": self.first_actions,
                "at_ends": self._at_ends(),
                "values": self.curve[-1] if self.diverged else self._last_mean(),
                "drift": abs(self._trend()),
                "trend": self._trend(),
                "pace": self._pace(),
                "noise": self._noise(),
                "settled": self.settled and not self.diverged,
                "seldom": self._seldom(),
                "diverged": self.diverged,
            }
        return found

    def _seldom(self) -> bool:
        """Whether the values were the same at most looks, and still changed in the last half of the run."""
        changed = (np.diff(self.curve, axis=0) != 0).any(axis=1)
        enough = len(changed) >= CONVERGED_FROM_LOOKS
        return bool(enough and changed.mean() < SELDOM_BELOW_SHARE and changed[-(len(changed) // 2) :].any())

    def _at_ends(self) -> NDArray[np.float64] | None:
        """The values of the final observations; None if the agent has no finite ones."""
        ends = self.trial.ends
        if not len(ends):
            return np.zeros(0)
        try:
            found = questions.values(self.agent, ends, first=False) / self.trial.unit
        except Exception:  # noqa: BLE001 - an agent need not know them, a table has no entry
            return None
        return found if np.isfinite(found).all() else None

    def _part(self, share: float, skip: float = 0.0) -> NDArray[np.float64]:
        count = len(self.curve)
        width = max(2, round(count * share))
        end = count - round(count * skip)
        return np.array(self.curve[max(0, end - width) : max(end, 1)])

    def _last_mean(self) -> NDArray[np.float64]:
        return np.asarray(self._part(0.25).mean(axis=0))

    def _noise(self) -> NDArray[np.float64]:
        with np.errstate(all="ignore"):
            return np.asarray(np.std(self._part(0.25), axis=0))

    def _noisy(self) -> bool:
        """Whether some wrong value varies too much to say after few steps where it will end."""
        error = abs(self._last_mean() - self.exact)
        varies = np.std(self._part(0.5), axis=0)
        return bool((varies > NOISY_FROM_SHARE * error)[error > self.near].any())

    def _grows(self) -> bool:
        """Whether some value has left the exact one far behind and still moves away as fast as before.

        Without a discount the sum of rewards grows by as much in every step. Values that approach a wrong
        number slow down, and values that explode are soon past all bounds. Below what the largest reward in
        every step is worth, values that move slowly may still approach a number.
        """
        second, third, last = (self._part(0.25, skip=skip).mean(axis=0) for skip in (0.5, 0.25, 0.0))
        away = np.sign(last - self.exact)
        before, now = away * (third - second), away * (last - third)
        far = abs(last - self.exact) > FAR_TIMES * np.maximum(1.0, abs(self.exact))
        far &= abs(last) > self.largest
        return bool((far & (before > 0) & (0.9 * before <= now) & (now <= 1.3 * before)).any())

    def _trend(self) -> NDArray[np.float64]:
        """How far the values moved from the last but one quarter of the run to its last."""
        with np.errstate(all="ignore"):
            return np.asarray(self._part(0.25).mean(axis=0) - self._part(0.25, skip=0.25).mean(axis=0))

    def _pace(self) -> NDArray[np.float64]:
        """How far the values moved, as a share of how far they did in the quarter of the run before."""
        before = self._part(0.25, skip=0.25).mean(axis=0) - self._part(0.25, skip=0.5).mean(axis=0)
        with np.errstate(all="ignore"):
            share = np.where(before == 0.0, 0.0, self._trend() / before)
        return np.asarray(np.maximum(share, 0.0))
