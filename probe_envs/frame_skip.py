"""The MDP behind a frame skip: the exact problem that an agent behind it solves."""

from __future__ import annotations

from dataclasses import replace
from math import ceil
from typing import TYPE_CHECKING, TypeAlias

from probe_envs.mdp import END, MDP, MDPError, State
from probe_envs.options import count

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from probe_envs.mdp import Action, Law

Rewards: TypeAlias = tuple[float, ...]
"""The rewards of one skip, in order; fewer than the skip if the episode ended inside."""


def frame_skip(mdp: MDP, skip: int, *, combine: Callable[[Rewards], float] = sum) -> MDP:
    """Every action is repeated ``skip`` times or until the end; the rewards on the way are added.

    The values are those of an agent that acts, and discounts, once per skip. A time limit that falls
    inside a skip cuts it short; states are then pairs with the number of the skip in the episode, and a
    termination in the last skip of an episode carries both flags.

    Args:
        mdp: the process.
        skip: how often each action is repeated.
        combine: what becomes of the rewards of a skip; their sum, unless a mistake is to be predicted.

    Raises:
        MDPError: the process shows at ``END`` which state was left, which may lie inside a skip where no
            state of the result stands; or its time limit is within the first skip.

    >>> from probe_envs import probe, solve
    >>> solve(frame_skip(probe("Decoder").mdp(), 2), gamma=0.9).V.round(3)
    array([2.8, 2. ])
    """
    if count("skip", skip, least=1) == 1:
        return mdp
    if mdp.observe_end is None:
        raise MDPError("frame_skip: expected an observe_end that ignores the state left")
    if mdp.time_limit is None:
        return replace(mdp, step=lambda s, a: _combined(mdp, s, a, skip, combine))
    limit, skips = mdp.time_limit, ceil(mdp.time_limit / skip)
    if skips < 2:
        raise MDPError(f"frame_skip: expected a time limit above the skip of {skip}, got {limit}")

    def step(state: tuple[State, int], action: Action) -> Law:
        inner, number = state
        law = _combined(mdp, inner, action, min(skip, limit - number * skip), combine)
        then = (number + 1) % skips
        return {(s if s is END else (s, then), r): p for (s, r), p in law.items()}

    return replace(
        mdp,
        start={(s, 0): p for s, p in mdp.start.items()},
        step=step,
        observe=lambda state: mdp.observe(state[0]),
        observe_end=lambda state: mdp.end_view(state[0]),
        time_limit=skips,
    )


def _combined(mdp: MDP, state: State, action: Action, times: int, combine: Callable[[Rewards], float]) -> Law:
    """The law of ``times`` steps with the same action."""
    law: dict[tuple[State, float], float] = {}
    for after, rewards, chance in _paths(mdp, state, action, times):
        key = after, float(combine(rewards))
        law[key] = law.get(key, 0.0) + chance
    return law


def _paths(mdp: MDP, state: State, action: Action, times: int) -> Iterator[tuple[State, Rewards, float]]:
    """Every way through ``times`` steps: where it leads, its rewards and its chance."""
    if times == 0 or state is END:
        yield state, (), 1.0
        return
    for (after, reward), chance in mdp.step(state, action).items():
        for end, rewards, p in _paths(mdp, after, action, times - 1):
            yield end, (reward, *rewards), chance * p
