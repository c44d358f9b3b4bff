"""Transforms of MDPs: other rewards, actions, observations or starts with the same dynamics."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from gymnasium import spaces

from probe_envs.mdp import END, MDP, MDPError, State
from probe_envs.observe import plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from probe_envs.mdp import Action, Law


def scale_rewards(mdp: MDP, factor: float) -> MDP:
    """Every reward times ``factor``; so is every value."""

    def step(state: State, action: Action) -> Law:
        return _merged(((s, factor * r), p) for (s, r), p in mdp.step(state, action).items())

    return replace(mdp, step=step, pays=None)


def shift_rewards(mdp: MDP, shift: float) -> MDP:
    """Every reward plus ``shift``. This is another problem: it changes the value of longer episodes."""

    def step(state: State, action: Action) -> Law:
        return _merged(((s, r + shift), p) for (s, r), p in mdp.step(state, action).items())

    return replace(mdp, step=step, pays=None)


def shape_rewards(mdp: MDP, phi: Callable[[State], float], gamma: float, *, keep_at_end: bool = False) -> MDP:
    """Every reward plus ``gamma * phi(next state) - phi(state)``, with ``phi(END) = 0``.

    The best actions stay the same, and ``V'(s) = V(s) - phi(s)`` (Ng, Harada and Russell, 1999).

    Args:
        mdp: the process.
        phi: the potential of a state.
        gamma: the discount of the values.
        keep_at_end: keep ``phi(state)`` at ``END``, a frequent mistake: it can change the best actions.

    >>> from probe_envs import probe, solve
    >>> chain = probe("Decoder").mdp()
    >>> shaped = solve(shape_rewards(chain, lambda state: 5.0, 0.9), gamma=0.9)
    >>> (solve(chain, gamma=0.9).V - shaped.V).round(9).tolist()
    [5.0, 5.0, 5.0]
    """

    def step(state: State, action: Action) -> Law:
        before, kept = phi(state), gamma * phi(state) if keep_at_end else 0.0
        return _merged(
            ((s, r + (kept if s is END else gamma * phi(s)) - before), p)
            for (s, r), p in mdp.step(state, action).items()
        )

    return replace(mdp, step=step, pays=None)


def continuous_actions(mdp: MDP) -> MDP:
    """The same actions as equal intervals of ``Box(-1, 1, (1,))``; with one action, nothing matters.

    >>> from probe_envs import probe
    >>> two = continuous_actions(probe("ContextBandit").mdp())
    >>> two.actions
    (-0.5, 0.5)
    """
    if isinstance(mdp.action_space, spaces.Box):
        return mdp
    count, actions = len(mdp.actions), tuple(mdp.actions)
    centres = tuple((2 * i + 1) / count - 1 for i in range(count))
    cuts = tuple(2 * i / count - 1 for i in range(1, count))

    def step(state: State, action: Action) -> Law:
        return mdp.step(state, actions[bisect_right(cuts, np.asarray(action).item())])

    box = spaces.Box(-1.0, 1.0, (1,), np.float32)
    return replace(mdp, actions=centres, step=step, action_space=box, cuts=cuts)


def repeat_actions(mdp: MDP, count: int) -> MDP:
    """The same process with ``count`` discrete actions: further ones repeat the declared ones in turn.

    With fewer actions than declared, the last ones are missing.

    Raises:
        MDPError: the actions are not a ``Discrete`` row that starts at 0.

    >>> from probe_envs import probe, solve
    >>> solve(repeat_actions(probe("ActionOrder").mdp(), 2), gamma=0.9).start_value
    0.7
    """
    space, known = mdp.action_space, len(mdp.actions)
    plain = space is None or (isinstance(space, spaces.Discrete) and space.start == 0)
    if not plain or list(mdp.actions) != list(range(known)):
        raise MDPError(
            f"repeat_actions: expected Discrete actions from 0 on, got {list(mdp.actions)} in {space}"
        )

    def step(state: State, action: Action) -> Law:
        return mdp.step(state, action % known)

    return replace(mdp, actions=tuple(range(count)), step=step, action_space=None)


def with_first_step(mdp: MDP) -> MDP:
    """The same episodes, each after one more step, whose action and reward (0) do not matter.

    For agents that cannot learn from episodes of a single step. Observations get one more number, which is 1
    in the first step only; the others show already where it leads. All values stay the same, and that of the
    first step has no more noise than the one it leads to.

    Raises:
        MDPError: observations are not arrays of one axis.

    >>> from probe_envs import probe, solve
    >>> longer = solve(with_first_step(probe("ObservationSign").mdp()), gamma=0.9)
    >>> longer.value(-1), longer.value(1), longer.value(First(1))
    (-1.0, 1.0, 0.9)
    """

    def look(view: Any, *, first: bool) -> NDArray[np.float32]:
        array = plain(mdp, view, "with_first_step").astype(np.float32)
        if array.ndim != 1:
            raise MDPError(f"with_first_step: expected observations of one axis, got shape {array.shape}")
        return np.append(array, np.float32(first))

    def step(state: State, action: Action) -> Law:
        return {(state.then, 0.0): 1.0} if isinstance(state, First) else mdp.step(state, action)

    def seen(view: Callable[[State], Any]) -> Callable[[State], Any]:
        def observe(state: State) -> NDArray[np.float32]:
            first = isinstance(state, First)
            return look(view(state.then if first else state), first=first)

        return observe

    def restart(last: State) -> dict[State, float]:
        begins = mdp.start if isinstance(last, First) else mdp.first(last)
        return {First(state): chance for state, chance in begins.items()}

    return replace(
        mdp,
        start={First(state): chance for state, chance in mdp.start.items()},
        step=step,
        observe=seen(mdp.observe),
        observe_end=seen(mdp.end_view),
        restart=restart if mdp.restart is not None else None,
        time_limit=None if mdp.time_limit is None else mdp.time_limit + 1,
        observation_space=None,
        pays=None,
    )


def with_own_end(mdp: MDP) -> MDP:
    """The same episodes, but those that terminate end in an observation of its own, no ordinary one.

    So do environments with final states, where a table may bootstrap from them: their values stay 0.
    Observations get one more number, which is 1 there only; the others are 0 then.

    Raises:
        MDPError: observations are not arrays.

    >>> from probe_envs import probe
    >>> mdp = with_own_end(probe("Constant").mdp())
    >>> mdp.observe(0).tolist(), mdp.end_view(0).tolist()
    ([1.0, 0.0], [0.0, 1.0])
    """

    def observe(state: State) -> NDArray[np.float32]:
        return np.append(plain(mdp, mdp.observe(state), "with_own_end"), np.float32(0.0))

    def observe_end(state: State) -> NDArray[np.float32]:
        return np.append(np.zeros_like(observe(state)[:-1]), np.float32(1.0))

    return replace(mdp, observe=observe, observe_end=observe_end, observation_space=None)


class First(NamedTuple):
    """The state of the step that ``with_first_step`` adds before a state."""

    then: State

    def __str__(self) -> str:
        return f"before {self.then}"


def _merged(outcomes: Any) -> Law:
    law: dict[tuple[State, float], float] = {}
    for outcome, chance in outcomes:
        law[outcome] = law.get(outcome, 0.0) + chance
    return law
