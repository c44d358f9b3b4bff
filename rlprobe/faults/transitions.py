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

from probe_envs import solve
from probe_envs.dynamics import Dynamics

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from probe_envs import MDP


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
    """

    gamma: float
    lam: float = 0.0
    n_step: int = 1
    bootstraps: bool = True
    entropy: float = 0.0
    loss: str = "squared"
    rollout: int | None = None
    phase: int = 0


@dataclass(frozen=True, kw_only=True)
class CriticFault:
    """What is wrong with how a critic is fitted to its targets.

    Args:
        ignores_observation: all observations look the same to the critic.
        fits_batch_mean: every prediction is fitted to the mean of all targets.
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

    ignores_observation: bool = False
    fits_batch_mean: bool = False
    ascends: bool = False
    small_steps: bool = False
    residual_gradient: bool = False
    priority: float = 0.0
    fits_advantage: bool = False
    raised: float = 0.0
    frozen: Literal["no", "critic", "target", "unpredictable"] = "no"


DISCOUNT = 0.9
"""The discount at which actions are the best ones; on probes of values it does not matter."""
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


def transitions_of(mdp: MDP, *, reset_transitions: bool = False) -> Transitions:
    """The transitions that a correct learner stores, for an MDP in which it takes the best actions.

    Args:
        mdp: the MDP; of several best actions, all are equally frequent.
        reset_transitions: whether the reset between two episodes of a next-step vector environment is
            stored as a step (reward 0, from the last observation to the first of the next episode).
    """
    dynamics = Dynamics(mdp)
    of_situation = observed_in(dynamics).of_situation
    steps = _moves(dynamics)
    members = [(code, *move) for code, moves in steps.items() for move in moves]
    if reset_transitions:
        ends = sorted({target for _, target, _, _ in members if target >= dynamics.truncated_from})
        members += [
            (end, i, 0.0, probability) for end in ends for i, probability in dynamics.first_codes(end).items()
        ]
    r, following, probabilities = _successions(members, dynamics, joined=reset_transitions)
    source, target = np.array([m[0] for m in members]), np.array([m[1] for m in members])
    terminated = np.asarray(target >= dynamics.both_from)
    truncated = np.asarray((target >= dynamics.truncated_from) & (target < dynamics.terminated_from))
    P = np.zeros((len(members), len(members)))
    np.add.at(P, (r, following), probabilities)
    return Transitions(
        observation=of_situation[source],
        weight=_stationary(P),
        current=r,
        following=following,
        probability=probabilities,
        reward=np.array([m[2] for m in members])[r],
        bootstrap=of_situation[target][r],
        bootstrap_mask=np.where(terminated, 0.0, 1.0)[r],
        final_bonus=np.zeros(len(r)),
        own_mask=np.ones(len(r)),
        trace_mask=np.where(terminated | truncated, 0.0, 1.0)[r],
        terminated=terminated[r],
        truncated=truncated[r],
        final_observation=of_situation[target][r],
        is_reset=source >= dynamics.truncated_from,
        ends_rollout=np.zeros(len(r), bool),
        n_observations=int(of_situation.max()) + 1,
    )


Member = tuple[int, int, float, float]
"""A transition: situation, next situation, reward and probability."""


def _successions(
    members: list[Member], dynamics: Dynamics, *, joined: bool
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Which transition follows which, with its probability; a start follows an end unless ``joined``."""
    by_code: dict[int, list[int]] = {}
    for i, (code, *_) in enumerate(members):
        by_code.setdefault(code, []).append(i)
    successions: list[tuple[int, int, float]] = []
    for i, (_, target, _, _) in enumerate(members):
        running = target < dynamics.truncated_from or joined
        for first, p in ({target: 1.0} if running else dynamics.first_codes(target)).items():
            successions += [(i, j, p * members[j][3]) for j in by_code[first]]
    current, following, probability = zip(*successions, strict=True)
    return np.array(current), np.array(following), np.array(probability)


def _moves(dynamics: Dynamics) -> dict[int, list[tuple[int, float, float]]]:
    """From each reachable situation before an end: ``(next situation, reward, probability)``."""
    mdp, table = dynamics.mdp, dynamics.table
    actions, best = list(mdp.actions), solve(table, DISCOUNT).optimal
    moves: dict[int, list[tuple[int, float, float]]] = {}
    queue = list(dynamics.first_codes(0))
    while queue:
        code = queue.pop(0)
        if code in moves or code >= dynamics.truncated_from:
            continue
        found: dict[tuple[int, float], float] = {}
        chosen = np.flatnonzero(best[dynamics.place(code)])
        for number in chosen:
            law = mdp.law(dynamics.state(code), actions[number])
            for (state, reward), probability in law.items():
                key = dynamics.arrive(code, table.number(state)), reward
                found[key] = found.get(key, 0.0) + probability / len(chosen)
        moves[code] = [(target, reward, p) for (target, reward), p in found.items() if p > 0]
        queue += [target for target, _, _ in moves[code]]
    return moves


def _stationary(P: NDArray[np.float64]) -> NDArray[np.float64]:
    """The stationary distribution, ``(T,)``: the share of each transition in the long run."""
    A = np.vstack([P.T - np.eye(len(P)), np.ones(len(P))])
    share, *_ = np.linalg.lstsq(A, np.append(np.zeros(len(P)), 1.0), rcond=None)
    return np.asarray(np.clip(share, 0.0, None))
