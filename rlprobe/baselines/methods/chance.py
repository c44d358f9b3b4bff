"""Play without looking: random actions, random actions held for several steps, extremes, constants."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from gymnasium import spaces

from rlprobe.baselines.playing import OutOfTimeError, Player
from rlprobe.baselines.table import Facts, Missing, Row
from rlprobe.environments.random_policy import RandomActions

if TYPE_CHECKING:
    from collections.abc import Callable

    from rlprobe.environments.opening import Make

HOLDS: Final = (2, 4, 8, 16)
RANDOM_EPISODES: Final = 100
"""Episodes of random play that say whether there is a signal."""
LATE: Final = "no episode ended in its time"
MOST_CONSTANTS: Final = 32
Outcome = tuple[list[Row], list[Missing], Facts | None]


class Held:
    """Random actions, each taken for ``hold`` steps; ``extreme`` ones lie in the corners of a box."""

    def __init__(self, space: spaces.Space[Any], hold: int, *, extreme: bool = False) -> None:
        self._actions, self._hold = RandomActions(space), hold
        self._space = space
        self._extreme = extreme
        self._random = np.random.default_rng(hold)
        self._actions.restart(hold)
        self.begin()

    def begin(self) -> None:
        """Draw anew at the first step of an episode."""
        self._left = 0

    def __call__(self, observation: Any) -> Any:
        """The action, whatever the observation is."""
        del observation
        if self._left == 0:
            self._left = self._hold
            self._action = self._corner() if self._extreme else self._actions.draw()
        self._left -= 1
        return self._action

    def _corner(self) -> Any:
        assert isinstance(self._space, spaces.Box)
        high = self._random.random(self._space.shape) < 0.5
        return np.where(high, self._space.high, self._space.low).astype(self._space.dtype)


def random_play(make: Make, until: float) -> Outcome:
    """Random actions, drawn anew at each step or held."""
    player = Player(make, until)
    space = player.env.action_space
    policies = [("random", "random", Held(space, 1))]
    policies += [(f"random, held {hold} steps", "held", Held(space, hold)) for hold in HOLDS]
    if isinstance(space, spaces.Box) and space.is_bounded():
        policies.append(("random extremes, held 8 steps", "held", Held(space, 8, extreme=True)))
    rows: list[Row] = []
    missing: list[Missing] = []
    facts = Facts()
    for number, (name, kind, policy) in enumerate(policies):
        if player.left <= 0:
            missing.append(Missing(name, LATE))
            continue
        part = Player(make, player.began + (until - player.began) * _share(number, len(policies)))
        returns = part.fresh(policy, policy.begin)
        if kind == "random":
            facts = _facts(part, policy, returns)
        if returns:
            rows.append(Row(name, kind, returns, part.best, part.steps, part.seconds))
        else:
            missing.append(Missing(name, LATE))
    return rows, missing, facts


def _share(number: int, count: int) -> float:
    """By when method ``number`` ends: random play gets 40 % of the time, the others equal parts."""
    return 0.4 + 0.6 * number / (count - 1)


def _facts(player: Player, policy: Held, returns: tuple[float, ...]) -> Facts:
    more = list(returns)
    try:
        while returns and len(more) < RANDOM_EPISODES:
            policy.begin()
            more.append(player.episode(policy).total)
    except OutOfTimeError:
        pass
    return Facts(
        returns=tuple(more),
        distinct_rewards=len(player.rewards) > 1,
        terminations=player.terminations,
        step_seconds=player.seconds / max(1, player.steps),
        cut_at=player.longest if player.cut else None,
    )


def constant_play(make: Make, until: float) -> Outcome:
    """The best of all constant actions, or of many where there are too many."""
    player = Player(make, until)
    candidates = constants(player.env.action_space)
    totals: list[list[float]] = [[] for _ in candidates]
    alive = list(range(len(candidates)))
    try:
        for episodes in (1, 3, 6):
            for which in alive:
                while len(totals[which]) < episodes and player.searching():
                    totals[which].append(player.episode(_always(candidates[which])).total)
            known = [which for which in alive if totals[which]]
            ranked = sorted(known, key=lambda which: -float(np.mean(totals[which])))
            alive = ranked[: max(1, (len(ranked) + 1) // 2)]
    except OutOfTimeError:
        alive = [which for which in alive if totals[which]]
    if not alive:
        return [], [Missing("best constant action", "no episode ended in its time")], None
    best = candidates[alive[0]]
    returns = player.fresh(_always(best))
    note = f"{_short(best)}; {len(candidates)} tried"
    if not returns:
        return [], [Missing("best constant action", "no time for evaluation episodes")], None
    return (
        [Row("best constant action", "constant", returns, player.best, player.steps, player.seconds, note)],
        [],
        None,
    )


def constants(space: spaces.Space[Any]) -> list[Any]:
    """Actions to try: all of a small discrete space, corners, centre and random ones of a box.

    >>> constants(spaces.Discrete(3, start=1))
    [1, 2, 3]
    >>> [float(a[0]) for a in constants(spaces.Box(-1, 1, (1,)))]
    [-1.0, -0.5, 0.0, 0.5, 1.0]
    """
    if isinstance(space, spaces.Discrete) and space.n <= MOST_CONSTANTS:
        return [int(space.start + i) for i in range(int(space.n))]
    if isinstance(space, spaces.Box) and space.is_bounded() and space.shape == (1,):
        return list(np.linspace(space.low, space.high, 5).astype(space.dtype))
    found: list[Any] = []
    if isinstance(space, spaces.Box) and space.is_bounded():
        size = int(np.prod(space.shape))
        found = [((space.low + space.high) / 2).astype(space.dtype), space.low.copy(), space.high.copy()]
        if size <= 4:
            corners = itertools.product((False, True), repeat=size)
            found = found[:1] + [
                np.where(np.reshape(c, space.shape), space.high, space.low).astype(space.dtype)
                for c in corners
            ]
    actions = RandomActions(space)
    return [*found, *(actions.draw() for _ in range(MOST_CONSTANTS - len(found)))]


def _always(action: Any) -> Callable[[Any], Any]:
    def act(observation: Any) -> Any:
        del observation
        return action

    return act


def _short(action: Any) -> str:
    text = (
        np.array2string(np.asarray(action), precision=2, threshold=4)
        if hasattr(action, "shape")
        else repr(action)
    )
    return f"action {' '.join(text.split())}"[:60]
