"""What a correct learner stores of an MDP, as a chain of transitions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from probe_envs import solve
from probe_envs.dynamics import Dynamics
from rlprobe.faults.transitions import Transitions, observed_in

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from probe_envs import MDP

DISCOUNT = 0.9
"""The discount at which actions are the best ones; on probes of values it does not matter."""


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
