"""The declaration of a probe: a small Markov decision process. Everything else is derived from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import partial
from math import isfinite
from numbers import Real
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import gymnasium as gym
    import numpy as np
    from numpy.typing import NDArray

State = Any  # hashable
Action = Any
Observation = Any
Law = Mapping[tuple[State, float], float]
"""Distribution of one step: ``{(next state or END, reward): probability}``; probabilities sum to 1."""


class _End:
    """The one absorbing state, after which every reward is 0."""

    def __repr__(self) -> str:
        return "END"

    def __reduce__(self) -> str:
        return "END"


END: Final = _End()


class MDPError(ValueError):
    """A declaration that is not a Markov decision process; the message says where and what to change."""


@dataclass(frozen=True, kw_only=True)
class MDP:
    """A Markov decision process with finitely many states.

    Args:
        start: distribution of the first state, ``{state: probability}``.
        actions: all actions for the solver. With a ``Discrete`` action space these are all its actions in
            order; with a ``Box`` they are candidates that contain an optimal one.
        step: the distribution ``p(s', r | s, a)`` of one step as
            ``{(next state or END, reward): probability}``.
        observe: the observation of a state.
        observe_end: the observation at ``END`` after the given state. By default that of the given state, so
            that bootstrapping from it leads to exact wrong values.
        time_limit: steps after which the episode is truncated. The exact values do not depend on it.
        action_space: ``Discrete(len(actions))`` unless given.
        restart: distribution of the first state of the next episode, given the state in which the last one
            ended; ``start`` by default. It leads only to states of ``start``. The exact values do not depend
            on it, but those of an agent that learns across episodes do.
        cuts: bounds that cut a ``Box`` of one number into one interval for each of ``actions``, ascending;
            only the interval of an action then matters.
        pays: with a ``Box``, the rewards of ``(n, ...)`` actions at once, if only the reward depends on the
            action. It must agree with ``step`` and saves vector environments a loop.
        observation_space: a ``Box`` around all observations unless given.

    >>> coin = MDP(start={"toss": 1.0}, actions=(0,), observe=lambda s: [0.0],
    ...            step=lambda s, a: {(END, 1.0): 0.5, (END, 0.0): 0.5})
    >>> from probe_envs import solve
    >>> solve(coin, gamma=0.9).value("toss")
    0.5
    """

    start: Mapping[State, float]
    actions: Sequence[Action]
    step: Callable[[State, Action], Law]
    observe: Callable[[State], Observation]
    observe_end: Callable[[State], Observation] | None = None
    time_limit: int | None = None
    action_space: gym.Space[Any] | None = None
    observation_space: gym.Space[Any] | None = None
    cuts: tuple[float, ...] | None = None
    restart: Callable[[State], Mapping[State, float]] | None = None
    pays: Callable[[NDArray[np.float64]], NDArray[np.float64]] | None = None
    made_by: Callable[[], MDP] | None = field(default=None, init=False, repr=False, compare=False)
    """Declares the same MDP again, so that an MDP made of functions can be pickled."""

    def __post_init__(self) -> None:
        _check_chances(self.start, "start")
        if END in self.start:
            raise MDPError("start: END cannot be a first state; start in an ordinary state")
        if not len(self.actions):
            raise MDPError("actions: expected at least one action, got none")
        limit = self.time_limit
        if limit is not None and (not isinstance(limit, int) or limit < 2):
            raise MDPError(
                f"time_limit: expected None or at least 2 steps, got {limit!r}; Gymnasium's checker rejects "
                "truncation on the first step, so put one ordinary step before it"
            )

    def __reduce__(self) -> tuple[Callable[[], MDP], tuple[()]]:
        again = partial(type(self), **{f.name: getattr(self, f.name) for f in fields(self) if f.init})
        return self.made_by or again, ()

    def law(self, state: State, action: Action) -> Law:
        """The checked distribution of one step.

        Raises:
            MDPError: the probabilities do not sum to 1, or a reward is not finite.
        """
        law = self.step(state, action)
        place = f"step({state!r}, {action!r})"
        _check_chances(law, place)
        for outcome in law:
            if not isinstance(outcome, tuple) or len(outcome) != 2:
                raise MDPError(f"{place}: expected keys (next state or END, reward), got {outcome!r}")
            if not is_finite(outcome[1]):
                raise MDPError(f"{place}: expected a finite reward, got {outcome[1]!r}")
        return law

    def first(self, last: State) -> Mapping[State, float]:
        """The checked distribution of the first state of an episode that follows an end in ``last``.

        Raises:
            MDPError: the probabilities do not sum to 1, or a state is not in ``start``.
        """
        if self.restart is None:
            return self.start
        chances = self.restart(last)
        _check_chances(chances, f"restart({last!r})")
        strange = [state for state in chances if not self.start.get(state, 0.0) > 0.0]
        if strange:
            raise MDPError(f"restart({last!r}): expected states that start has, got {strange[0]!r}")
        return chances

    def end_view(self, state: State) -> Observation:
        """The observation at ``END`` after ``state``."""
        return (self.observe_end or self.observe)(state)


def is_one_step(mdp: MDP) -> bool:
    """Whether every episode ends with its first step."""
    laws = [mdp.step(state, action) for state in mdp.start for action in mdp.actions]
    return all(following is END for law in laws for following, _ in law)


def is_finite(value: Any) -> bool:
    """Whether ``value`` is a real number (and no bool), neither NaN nor infinite."""
    return not isinstance(value, bool) and isinstance(value, Real) and isfinite(value)


def _check_chances(chances: Mapping[Any, float], place: str) -> None:
    if not isinstance(chances, Mapping) or not chances:
        raise MDPError(f"{place}: expected a distribution such as {{outcome: chance}}, got {chances!r}")
    proper = all(is_finite(chance) and 0.0 <= chance <= 1.0 for chance in chances.values())
    total = sum(chances.values()) if proper else float("nan")
    if not abs(total - 1.0) <= 1e-9:
        raise MDPError(
            f"{place}: expected chances in [0, 1] that sum to 1, got {list(chances.values())} "
            f"with sum {total:.12g}; correct the distribution"
        )
