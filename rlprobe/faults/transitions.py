"""The transitions a critic learns from, as a small Markov chain.

The states of the chain are the stored transitions, in the order of storage. A *succession* is a pair: a
transition and the one stored after it. It holds the reward, the observation to bootstrap from, and the masks
of the bootstrap and of the eligibility trace. A fault changes these fields, and
``rlprobe.faults.fixed_point`` computes the values that a critic then converges to.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from probe_envs.dynamics import Dynamics


@dataclass(frozen=True, kw_only=True)
class Learner:
    """How a critic forms its targets.

    Args:
        gamma: the discount.
        lam: lambda of its lambda-returns; 0 is one-step bootstrapping, 1 Monte-Carlo.
        n_step: number of rewards in a target of replayed experience before it bootstraps.
        bootstraps: whether returns bootstrap at a time limit; Monte-Carlo returns of whole episodes do not.
        entropy: what each later step adds to a value besides its reward: in maximum-entropy methods the
            entropy weight times the entropy of the policy.
        loss: ``"squared"``, or ``"huber"`` with a threshold of 1.
        rollout: steps of one environment between two updates (``n_steps``), where sums of advantages end;
            None for long rollouts or none.
        phase: where episodes begin in such rollouts, if their lengths have a common factor; see
            ``rlprobe.faults.rollouts``.
        table: whether no value changes when another one is learned.
    """

    gamma: float
    lam: float = 0.0
    n_step: int = 1
    bootstraps: bool = True
    entropy: float = 0.0
    loss: str = "squared"
    rollout: int | None = None
    phase: int = 0
    table: bool = False


@dataclass(frozen=True, kw_only=True)
class CriticFault:
    """What is wrong with how a critic is fitted to its targets.

    Args:
        one_value: every observation gets the mean of all targets: all look the same to the critic, or its
            loss pairs every prediction with every target.
        ascends: the critic moves away from its targets.
        small_steps: the learning rate is so small that overshooting targets do no harm.
        residual_gradient: the gradient also flows through the bootstrapped value, so that the mean squared
            error itself is minimised.
        priority: power of the size of its error with which a transition is weighted.
        fits_advantage: its target is the advantage, to which its own value was not added.
        raised: what another loss adds to each value beyond its target.
        frozen: ``"critic"``: the critic keeps its initial values; ``"target"``: the network it bootstraps
            from does; ``"unpredictable"``: its values cannot be predicted.
    """

    one_value: bool = False
    ascends: bool = False
    small_steps: bool = False
    residual_gradient: bool = False
    priority: float = 0.0
    fits_advantage: bool = False
    raised: float = 0.0
    frozen: Literal["no", "critic", "target", "unpredictable"] = "no"


SUCCESSION_FIELDS = (
    "current", "following", "probability", "reward", "bootstrap", "bootstrap_mask", "final_bonus",
    "own_mask", "trace_mask", "terminated", "truncated", "final_observation", "ends_rollout",
)  # fmt: skip
"""The fields of ``Transitions`` that have one entry per succession."""


@dataclass(frozen=True, eq=False)
class Transitions:
    """The stored transitions as a chain: transition ``following[k]`` is stored after ``current[k]``.

    ``T`` is the number of transitions, ``K`` that of successions.

    Args:
        observation: ``(T,)`` number of the observation that each transition starts from.
        weight: ``(T,)`` how often each transition is stored (the stationary distribution).
        current, following: ``(K,)`` numbers of a transition and of the one stored after it.
        probability: ``(K,)`` probability of ``following`` given ``current``.
        reward: ``(K,)``.
        bootstrap: ``(K,)`` number of the observation bootstrapped from.
        bootstrap_mask: ``(K,)`` factor of the bootstrapped value: 0 after a termination.
        final_bonus: ``(K,)`` factor of the value of ``final_observation`` that is added to the reward.
        own_mask: ``(K,)`` factor of the subtracted value of the transition's own observation; 1 if correct.
        trace_mask: ``(K,)`` factor of the eligibility trace: 0 at the end of an episode.
        terminated, truncated: ``(K,)`` the flags of ``current``.
        final_observation: ``(K,)`` number of the true next observation.
        is_reset: ``(T,)`` whether the transition is a reset: from the end of one episode to the start of the
            next. With a weight of 0 it is stored but not fitted.
        ends_rollout: ``(K,)`` whether ``current`` is the last of its rollout.
        n_observations: number of different observations.
        learner: how the targets are formed.
        critic: what is wrong with how the critic is fitted to the targets.
    """

    observation: NDArray[np.int64]
    weight: NDArray[np.float64]
    current: NDArray[np.int64]
    following: NDArray[np.int64]
    probability: NDArray[np.float64]
    reward: NDArray[np.float64]
    bootstrap: NDArray[np.int64]
    bootstrap_mask: NDArray[np.float64]
    final_bonus: NDArray[np.float64]
    own_mask: NDArray[np.float64]
    trace_mask: NDArray[np.float64]
    terminated: NDArray[np.bool_]
    truncated: NDArray[np.bool_]
    final_observation: NDArray[np.int64]
    is_reset: NDArray[np.bool_]
    ends_rollout: NDArray[np.bool_]
    n_observations: int
    learner: Learner = field(default_factory=lambda: Learner(gamma=0.9))
    critic: CriticFault = field(default_factory=CriticFault)

    @property
    def ended(self) -> NDArray[np.bool_]:
        """``(K,)`` whether the episode ends with ``current``."""
        return self.terminated | self.truncated

    @property
    def succession_weight(self) -> NDArray[np.float64]:
        """``(K,)`` how often each succession is stored."""
        return np.asarray(self.weight[self.current] * self.probability)

    def successions(self, numbers: NDArray[np.int64], **fields: Any) -> Transitions:
        """The successions with the given numbers, in that order, with some fields changed."""
        return self.change(**{name: getattr(self, name)[numbers] for name in SUCCESSION_FIELDS} | fields)

    def change(self, **fields: Any) -> Transitions:
        """The same transitions with other fields."""
        return replace(self, **fields)

    def with_critic(self, **fields: Any) -> Transitions:
        """The same transitions for a critic with the given fault."""
        return replace(self, critic=replace(self.critic, **fields))


@dataclass(frozen=True, eq=False)
class Observed:
    """The distinct observations of a probe.

    Args:
        observations: ``(V, ...)``, each distinct observation once.
        queried: indices of the observations at which the agent is queried: those shown before an episode's
            end.
        of_situation: the index of the observation in each situation (state and clock) of the dynamics.
    """

    observations: Any
    queried: NDArray[np.int64]
    of_situation: NDArray[np.int64]


def observed_in(dynamics: Dynamics) -> Observed:
    """The distinct observations of a probe, numbered."""
    numbers: dict[bytes, int] = {}
    of_situation = [numbers.setdefault(np.asarray(v).tobytes(), len(numbers)) for v in dynamics.views]
    ordinary = sorted(set(of_situation[: dynamics.truncated_from]))
    first = [of_situation.index(i) for i in range(len(numbers))]
    return Observed(
        np.stack([np.asarray(dynamics.views[i]) for i in first]), np.array(ordinary), np.array(of_situation)
    )
