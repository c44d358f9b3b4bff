"""What kind of learner an agent is: what it says of itself, and what it has been seen to do."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rlprobe.faults.transitions import Learner

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rlprobe.diagnosis.run import Run
    from rlprobe.diagnosis.trial import Trial

COLD = 0.01
"""Weight of entropy up to which values are those of rewards alone."""
STEADY = 0.2
"""Share of the weight of entropy by which it may change while values are compared with soft ones."""


@dataclass(frozen=True, kw_only=True)
class Method:
    """What decides which values are right, besides the discount.

    Args:
        monte_carlo: whether values may be means of returns of whole episodes, which stop at a time limit.
        temperature: the weight of entropy in its values.
        steady: whether that weight stayed as it was, so that soft values can be compared.
        own_entropy: whether the value of a state contains the entropy of the action taken there.
        quantiles: whether its critic learns quantiles, whose mean is not that of skewed returns.
        recurrent: whether it remembers what it has seen.
    """

    monte_carlo: bool = False
    temperature: float = 0.0
    steady: bool = True
    own_entropy: bool = False
    quantiles: bool = False
    recurrent: bool = False

    @property
    def warm(self) -> bool:
        """Whether entropy is so much of its values that it must be counted."""
        return self.temperature > COLD

    def learners(self, trial: Trial, gamma: float) -> tuple[Learner, ...]:
        """How a correct critic of this method may form its targets on ``trial``."""
        plain = Learner(gamma=gamma, entropy=self.entropy(trial))
        return (plain, replace(plain, lam=1.0, bootstraps=False)) if self.monte_carlo else (plain,)

    def entropy(self, trial: Trial) -> float:
        """What the entropy of a step adds to its values on ``trial``."""
        return trial.entropy(self.temperature) if self.warm else 0.0


def method_of(runs: Iterable[Run]) -> Method:
    """The method of the agent that these runs are of."""
    known = list(runs)
    if not known:
        return Method()
    run = known[0]
    warmth = max(run.temperature for run in known)
    return Method(
        monte_carlo=_learns_from_whole_episodes(known),
        temperature=warmth,
        steady=all(run.cooling <= STEADY * max(run.temperature, COLD) for run in known),
        quantiles=run.loss == "quantile",
        recurrent=run.recurrent,
    )


def _learns_from_whole_episodes(runs: list[Run]) -> bool:
    """Whether its returns are sums to the end of an episode: by what it says, and by when it learned.

    An agent that says ``gae_lambda = 1`` and names no ``rollout_length`` does, unless its values were seen to
    change in the middle of an episode. One that says nothing does if they changed at ends only.
    """
    run = runs[0]
    seen = [one.whole_episodes for one in runs if one.whole_episodes is not None]
    if run.rollout is not None or run.on_policy is False or run.lam not in {None, 1.0}:
        return False
    return all(seen) if run.lam == 1.0 else bool(seen) and all(seen)
