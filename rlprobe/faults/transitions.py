"""The rows a critic learns from, as a small Markov chain.

Everything a value learner does to a probe is held in one chain, whose members are the *rows* of
experience in the order in which they are stored, with for each pair of successive rows the reward, the
observation bootstrapped from, and whether bootstrapping and eligibility go on. A fault is a change of
these fields; ``rlprobe.faults.fixed_point`` gives the values that the changed rows teach.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

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
        loss: ``"squared"``, or ``"huber"`` with a threshold of 1.
        rollout: steps of one environment between two updates, at which sums of advantages end; None if
            they are many, or if there are none.
    """

    gamma: float
    lam: float = 0.0
    loss: str = "squared"
    rollout: int | None = None


PAIRED = (
    "row", "after", "chance", "reward", "boot", "mask", "bonus", "cut",
    "terminated", "truncated", "final", "last",
)  # fmt: skip
"""The fields of ``Rows`` that have one entry per pair."""


@dataclass(frozen=True, eq=False)
class Rows:
    """The stored rows as a chain of pairs; pair ``k`` says that row ``after[k]`` follows row ``row[k]``.

    Args:
        seen: ``(R,)`` number of the observation that each row is about.
        weight: ``(R,)`` how often each row is stored (the stationary distribution).
        row, after: ``(K,)`` numbers of a row and of the row stored after it.
        chance: ``(K,)`` probability of ``after`` given ``row``.
        reward: ``(K,)``.
        boot: ``(K,)`` number of the observation bootstrapped from.
        mask: ``(K,)`` factor of the bootstrapped value: 0 after a termination.
        bonus: ``(K,)`` factor of the value of ``final`` that is added to the reward.
        cut: ``(K,)`` factor of the eligibility carried over to the next row: 0 at an episode's end.
        terminated, truncated: ``(K,)`` the flags of ``row``.
        final: ``(K,)`` number of the true next observation.
        between: ``(R,)`` whether the row lies between two episodes; with a weight of 0 it is not fitted.
        last: ``(K,)`` whether ``row`` is the last of its rollout.
        views: number of different observations.
        learner: how targets are formed from the rows.
        blind: whether all observations look the same to the critic.
        pooled: whether every prediction is fitted to the mean of all targets.
        negated: whether the critic moves away from its targets.
        damped: whether targets are followed in small steps, so that overshooting ones do no harm.
        frozen: whether the critic, or the values it bootstraps from (``"target"``), stay as they were at
            first; ``"adrift"``: values go somewhere that cannot be foretold.
    """

    seen: NDArray[np.int64]
    weight: NDArray[np.float64]
    row: NDArray[np.int64]
    after: NDArray[np.int64]
    chance: NDArray[np.float64]
    reward: NDArray[np.float64]
    boot: NDArray[np.int64]
    mask: NDArray[np.float64]
    bonus: NDArray[np.float64]
    cut: NDArray[np.float64]
    terminated: NDArray[np.bool_]
    truncated: NDArray[np.bool_]
    final: NDArray[np.int64]
    between: NDArray[np.bool_]
    last: NDArray[np.bool_]
    views: int
    learner: Learner = field(default_factory=lambda: Learner(gamma=0.9))
    blind: bool = False
    pooled: bool = False
    negated: bool = False
    damped: bool = False
    frozen: str = ""

    @property
    def ended(self) -> NDArray[np.bool_]:
        """``(K,)`` whether the episode ends with ``row``."""
        return self.terminated | self.truncated

    @property
    def pair_weight(self) -> NDArray[np.float64]:
        """``(K,)`` how often each pair is stored."""
        return np.asarray(self.weight[self.row] * self.chance)

    def pairs(self, numbers: NDArray[np.int64], **fields: Any) -> Rows:
        """The rows with the pairs of the given numbers, in that order, and some fields changed."""
        return self.change(**{name: getattr(self, name)[numbers] for name in PAIRED} | fields)

    def change(self, **fields: Any) -> Rows:
        """The same rows with other fields."""
        return replace(self, **fields)


@dataclass(frozen=True, eq=False)
class Views:
    """The different observations of a probe, and which are shown while an episode runs.

    Args:
        observations: ``(V, ...)`` each different observation once.
        asked: numbers of those that belong to ordinary states.
        of_code: the number of the observation at each code of the dynamics.
    """

    observations: Any
    asked: NDArray[np.int64]
    of_code: NDArray[np.int64]


def views_of(dynamics: Dynamics) -> Views:
    """Number the different observations of a probe."""
    numbers: dict[bytes, int] = {}
    of_code = [numbers.setdefault(np.asarray(v).tobytes(), len(numbers)) for v in dynamics.views]
    ordinary = sorted(set(of_code[: dynamics.truncated_from]))
    first = [of_code.index(i) for i in range(len(numbers))]
    return Views(
        np.stack([np.asarray(dynamics.views[i]) for i in first]), np.array(ordinary), np.array(of_code)
    )


def rows_of(mdp: MDP, *, reset_rows: bool = False) -> Rows:
    """The rows that a correct learner stores of a process whose actions do not matter.

    Args:
        mdp: the process; with several actions, all are taken equally often.
        reset_rows: whether the row between two episodes of a next-step vector environment is stored as
            if it were a step (reward 0, from the last observation to the first).
    """
    dynamics = Dynamics(mdp)
    of_code = views_of(dynamics).of_code
    steps = _moves(dynamics)
    members = [(code, *move) for code, moves in steps.items() for move in moves]
    if reset_rows:
        ends = sorted({target for _, target, _, _ in members if target >= dynamics.truncated_from})
        members += [(end, i, 0.0, chance) for end in ends for i, chance in dynamics.first_codes(end).items()]
    r, after, chances = _pairs(members, dynamics, joined=reset_rows)
    source, target = np.array([m[0] for m in members]), np.array([m[1] for m in members])
    terminated = np.asarray(target >= dynamics.both_from)
    truncated = np.asarray((target >= dynamics.truncated_from) & (target < dynamics.terminated_from))
    P = np.zeros((len(members), len(members)))
    np.add.at(P, (r, after), chances)
    return Rows(
        seen=of_code[source],
        weight=_stationary(P),
        row=r,
        after=after,
        chance=chances,
        reward=np.array([m[2] for m in members])[r],
        boot=of_code[target][r],
        mask=np.where(terminated, 0.0, 1.0)[r],
        bonus=np.zeros(len(r)),
        cut=np.where(terminated | truncated, 0.0, 1.0)[r],
        terminated=terminated[r],
        truncated=truncated[r],
        final=of_code[target][r],
        between=source >= dynamics.truncated_from,
        last=np.zeros(len(r), bool),
        views=int(of_code.max()) + 1,
    )


Member = tuple[int, int, float, float]
"""Code, next code, reward and chance of a row."""


def _pairs(
    members: list[Member], dynamics: Dynamics, *, joined: bool
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Which row follows which, with its chance; an ended episode is followed by a start unless joined."""
    by_code: dict[int, list[int]] = {}
    for i, (code, *_) in enumerate(members):
        by_code.setdefault(code, []).append(i)
    pairs: list[tuple[int, int, float]] = []
    for i, (_, target, _, _) in enumerate(members):
        running = target < dynamics.truncated_from or joined
        for first, p in ({target: 1.0} if running else dynamics.first_codes(target)).items():
            pairs += [(i, j, p * members[j][3]) for j in by_code[first]]
    row, after, chance = zip(*pairs, strict=True)
    return np.array(row), np.array(after), np.array(chance)


def _moves(dynamics: Dynamics) -> dict[int, list[tuple[int, float, float]]]:
    """From each ordinary code that occurs: ``(next code, reward, chance)``."""
    mdp, actions = dynamics.mdp, list(dynamics.mdp.actions)
    table = dynamics.table
    moves: dict[int, list[tuple[int, float, float]]] = {}
    queue = list(dynamics.first_codes(0))
    while queue:
        code = queue.pop(0)
        if code in moves or code >= dynamics.truncated_from:
            continue
        found: dict[tuple[int, float], float] = {}
        for action in actions:
            for (state, reward), chance in mdp.law(dynamics.state(code), action).items():
                key = dynamics.arrive(code, table.number(state)), reward
                found[key] = found.get(key, 0.0) + chance / len(actions)
        moves[code] = [(target, reward, p) for (target, reward), p in found.items() if p > 0]
        queue += [target for target, _, _ in moves[code]]
    return moves


def _stationary(P: NDArray[np.float64]) -> NDArray[np.float64]:
    """The mean share of time in each row, from the first ones on; ``(R,)``."""
    A = np.vstack([P.T - np.eye(len(P)), np.ones(len(P))])
    share, *_ = np.linalg.lstsq(A, np.append(np.zeros(len(P)), 1.0), rcond=None)
    return np.asarray(np.clip(share, 0.0, None))
