"""Transforms of MDPs: other rewards, actions, observations or starts with the same dynamics."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from gymnasium import spaces

from probe_envs.mdp import END, MDP, MDPError, State
from probe_envs.observe import box_around

if TYPE_CHECKING:
    import gymnasium as gym
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


class First(NamedTuple):
    """The state of the step that ``with_first_step`` adds before a state."""

    then: State

    def __str__(self) -> str:
        return f"before {self.then}"


def encode(mdp: MDP, encoding: str) -> MDP:
    """The same observations in another encoding, numbered in order of discovery.

    Args:
        mdp: the process; observations that are equal stay equal.
        encoding: ``"index"``: a ``Discrete`` number; ``"image"``: a uint8 picture ``(8, 12, 3)`` with a
            bright column; ``"dict"``: ``{"vector": the observation, "index": its number}``.

    Raises:
        ValueError: an unknown encoding.
    """
    if encoding not in ENCODINGS:
        raise ValueError(f"encoding: expected one of {', '.join(ENCODINGS)}, got {encoding!r}")
    from probe_envs.table import tabulate

    states = tabulate(mdp).states
    looks = [*(mdp.observe(s) for s in states), *(mdp.end_view(s) for s in states)]
    looks = [plain(mdp, look, "encode") for look in looks]
    numbers: dict[bytes, int] = {}
    for look in looks:
        numbers.setdefault(look.tobytes(), len(numbers))
    space, draw = ENCODINGS[encoding](np.stack(looks), len(numbers))

    def coded(look: Callable[[State], Any]) -> Callable[[State], Any]:
        return lambda state: draw(np.asarray(look(state)), numbers[np.asarray(look(state)).tobytes()])

    return replace(mdp, observe=coded(mdp.observe), observe_end=coded(mdp.end_view), observation_space=space)


Encoded = tuple["gym.Space[Any]", Callable[["NDArray[Any]", int], Any]]


def _index(looks: NDArray[Any], count: int) -> Encoded:
    del looks
    return spaces.Discrete(count), lambda _, number: np.int64(number)


def _image(looks: NDArray[Any], count: int) -> Encoded:
    del looks
    width = max(12, count)

    def draw(_: NDArray[Any], number: int) -> NDArray[np.uint8]:
        picture = np.zeros((8, width, 3), dtype=np.uint8)
        picture[:, number] = (255, 200, 80)
        return picture

    return spaces.Box(0, 255, (8, width, 3), np.uint8), draw


def _dict(looks: NDArray[Any], count: int) -> Encoded:
    vector = box_around(looks.astype(np.float32))
    space = spaces.Dict({"vector": vector, "index": spaces.Discrete(count)})
    return space, lambda view, number: {"vector": view.astype(np.float32), "index": np.int64(number)}


ENCODINGS = {"index": _index, "image": _image, "dict": _dict}


def plain(mdp: MDP, view: Any, transform: str) -> NDArray[Any]:
    """``view`` as an array; ``MDPError`` if observations are encoded."""
    if mdp.observation_space is not None and not isinstance(mdp.observation_space, spaces.Box):
        raise MDPError(
            f"{transform}: expected observations that are arrays, got members of {mdp.observation_space}; "
            "encode last"
        )
    return np.asarray(view)


def _merged(outcomes: Any) -> Law:
    law: dict[tuple[State, float], float] = {}
    for outcome, chance in outcomes:
        law[outcome] = law.get(outcome, 0.0) + chance
    return law
