"""Belief states: what an agent with memory can know of a process that it observes in part."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from probe_envs.mdp import END, MDP, MDPError

if TYPE_CHECKING:
    from collections.abc import Hashable

    from probe_envs.mdp import Law, Observation, State


def belief(mdp: MDP, *, most_states: int = 5_000) -> MDP:
    """The belief MDP: its states are distributions over the states of ``mdp``, given all observations so far.

    A state of the result is a tuple of ``(state, probability)`` pairs of states with the same observation.
    Its exact values are the best that any agent with memory can reach.

    Args:
        mdp: the partially observable MDP.
        most_states: the largest number of distributions to follow.

    Raises:
        MDPError: more than ``most_states`` distributions are reachable.
    """
    seen: set[State] = set()

    def split(weights: dict[State, float]) -> list[tuple[State, float]]:
        groups: dict[Hashable, dict[State, float]] = {}
        for state, weight in weights.items():
            groups.setdefault(_look(mdp.observe(state)), {})[state] = weight
        return [_normal(group) for group in groups.values()]

    def step(current: State, action: object) -> Law:
        weights: dict[float, dict[State, float]] = {}
        law: dict[tuple[State, float], float] = {}
        totals: dict[State, float] = {}
        for state, p in current:
            for (target, reward), chance in mdp.law(state, action).items():
                if target is END:
                    law[END, reward] = law.get((END, reward), 0.0) + p * chance
                elif chance:
                    totals[target] = totals.get(target, 0.0) + p * chance
                    group = weights.setdefault(reward, {})
                    group[target] = group.get(target, 0.0) + p * chance
        for new, _ in split(totals):
            members = {state for state, _ in new}
            seen.add(new)
            for reward, group in weights.items():
                chance = sum(w for state, w in group.items() if state in members)
                if chance:
                    law[new, reward] = chance
        if len(seen) > most_states:
            raise MDPError(f"more than {most_states} beliefs are reachable; declare a smaller process")
        return law

    return MDP(
        start=dict(split(dict(mdp.start))),
        actions=mdp.actions,
        step=step,
        observe=lambda b: mdp.observe(b[0][0]),
        time_limit=mdp.time_limit,
        action_space=mdp.action_space,
        observation_space=mdp.observation_space,
    )


def _look(view: Observation) -> Hashable:
    if isinstance(view, Mapping):
        return tuple((key, _look(part)) for key, part in view.items())
    if isinstance(view, tuple):
        return tuple(_look(part) for part in view)
    return np.asarray(view).tobytes()


def _normal(group: dict[State, float]) -> tuple[State, float]:
    total = sum(group.values())
    pairs = sorted(((s, round(w / total, 12)) for s, w in group.items()), key=repr)
    return tuple(pairs), total
