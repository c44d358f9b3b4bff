"""Record value, policy and visitation while an agent learns, in any training loop."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import gymnasium as gym
import numpy as np

from rlprobe.environments.opening import CannotCopyError, another
from rlprobe.maps.answers import drawn, read, read_actions
from rlprobe.maps.findings import Findings
from rlprobe.maps.moment import Moment, compared
from rlprobe.maps.sentences import sentences
from rlprobe.maps.solving import Reference, solved
from rlprobe.maps.world.finding import world_of
from rlprobe.maps.world.plane import PlaneError

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from rlprobe.maps.world.plane import Plane
    from rlprobe.maps.world.world import World

    Floats = npt.NDArray[np.float64]
    Reads = Callable[[npt.NDArray[Any]], Any]

PENDING: Final = 20_000
"""Visited points that are kept before they are counted."""


class Recorder(gym.Wrapper[Any, Any, Any, Any]):
    """The environment to train on: it counts visits, and records values and actions of the agent.

    Args:
        env: a single environment; the agent is to learn on this wrapper.
        value: learned state values, ``(n, ...)`` observations to ``(n,)``; may be set later.
        policy: greedy actions, ``(n, ...)`` observations to ``(n, ...)``; may be set later.
        chances: instead of a policy, action probabilities ``(n, A)`` of discrete actions.
        gamma: the discount of the agent.
        grid: points along each of the two numbers.
        every: take a snapshot every so many steps; None: only when ``snapshot()`` is called.
        plane: names and ranges of the two numbers; by default those of the state or the observation.
        components: which two numbers of the observation, where the state has more than two.
        name: of the environment in reports.

    Raises:
        PlaneError: observations that have no two numbers to draw over, such as images.
        RecorderError: from ``snapshot``, if ``value`` or ``policy`` returns another shape or NaN.

    >>> recorder = Recorder(gym.make("MountainCar-v0"), grid=11, policy=lambda x: np.where(x[:, 1] < 0, 0, 2))
    >>> _ = recorder.reset(seed=0)
    >>> for _ in range(50):
    ...     _ = recorder.step(2)
    >>> moment = recorder.snapshot()
    >>> moment.step, int(moment.visits.sum())
    (50, 51)
    """

    def __init__(
        self,
        env: gym.Env[Any, Any],
        *,
        value: Reads | None = None,
        policy: Reads | None = None,
        chances: Reads | None = None,
        gamma: float = 0.99,
        grid: int = 101,
        every: int | None = None,
        plane: Plane | None = None,
        components: tuple[int, int] | None = None,
        name: str = "",
    ) -> None:
        super().__init__(env)
        self.value, self.policy, self.chances = value, policy, chances
        self.gamma, self.every = gamma, every
        self.name = name or (env.spec.id if env.spec is not None else type(env.unwrapped).__name__)
        self.world: World = world_of(_own(env), grid=grid, plane=plane, components=components)
        self.exact: Reference | None = solved(self.world, gamma) if self.world.model is not None else None
        self.steps = self.ends = 0
        self.moments: list[Moment] = []
        self._pending: list[Any] = []
        self._later: list[tuple[int, Any, Any, npt.NDArray[np.bool_]]] = []
        self._counts = np.zeros(self.world.plane.size)
        self._ever = np.zeros(self.world.plane.size, dtype=np.bool_)

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        """Step, and count where the environment is."""
        result = self.env.step(action)
        self._stepped(self.env, result)
        return result

    def _stepped(self, env: gym.Env[Any, Any], result: Any) -> None:
        self.steps += 1
        self.ends += bool(result[2] or result[3])
        self._visit(env, result[0])
        if self.every is not None and self.steps % self.every == 0:
            self.snapshot(compare=False)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Reset, and count where the environment is."""
        result = self.env.reset(seed=seed, options=options)
        self._visit(self.env, result[0])
        return result

    def discount(self, gamma: float) -> None:
        """Compare with the exact answer for another discount."""
        self.gamma = gamma
        if self.world.model is not None:
            self.exact = solved(self.world, gamma)

    def another(self) -> gym.Env[Any, Any]:
        """One more environment like this, which counts its steps and visits here."""
        return _Beside(another(self.env), self)

    def _visit(self, env: gym.Env[Any, Any], observation: Any) -> None:
        self._pending.append(self.world.point(env, observation))
        if len(self._pending) >= PENDING:
            self._count()

    def _count(self) -> None:
        if self._pending:
            cells = self._cells(np.array(self._pending))
            np.add.at(self._counts, cells, 1.0)
            self._pending = []

    def _cells(self, points: Floats) -> npt.NDArray[np.int64]:
        if self.world.probe is not None:
            states = points[:, 0].astype(np.int64)
            return states[states < self.world.plane.size]
        return self.world.plane.nearest(points)

    def snapshot(self, *, compare: bool = True) -> Moment:
        """Record values and actions of the agent at every point of the plane.

        Args:
            compare: also compute the exact values of the policy now. False leaves that to ``findings()``, so
                that training is not interrupted for long.
        """
        self._count()
        visits, self._counts = self._counts, np.zeros_like(self._counts)
        self._ever |= visits > 0
        value = read(self.value, self.world, "value")
        actions = read_actions(self.policy, self.world)
        chances = read(self.chances, self.world, "chances")
        moment = Moment(self.steps, value, None, drawn(actions, chances), visits, None)
        self.moments.append(moment)
        self._later.append((len(self.moments) - 1, actions, chances, self._ever.copy()))
        if compare:
            self._compare()
        return self.moments[-1]

    def _compare(self) -> None:
        """Compute exact values, TD errors and numbers of all moments that have none yet."""
        for place, actions, chances, ever in self._later:
            moment, exact, td = self.moments[place], None, None
            if self.exact is not None and (actions is not None or chances is not None):
                exact = self.exact.of_policy(actions, chances)
                if moment.value is not None:
                    model = self.exact.model_of(actions, chances)
                    td = model.backup(moment.value, self.gamma)[:, 0] - moment.value
            numbers = compared(
                self.world.plane,
                self.exact,
                value=moment.value,
                exact=exact,
                visits=moment.visits,
                ever=ever,
            )
            self.moments[place] = replace(moment, exact=exact, td=td, numbers=numbers)
        self._later = []

    def findings(self) -> Findings:
        """Everything recorded so far, and sentences that say what it shows."""
        self._compare()
        return sentences(
            Findings(self.name, self.gamma, self.world, self.exact, tuple(self.moments), self._ever.copy())
        )


class _Beside(gym.Wrapper[Any, Any, Any, Any]):
    """An environment beside the recorded one."""

    def __init__(self, env: gym.Env[Any, Any], recorder: Recorder) -> None:
        super().__init__(env)
        self.recorder = recorder

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        result = self.env.step(action)
        self.recorder._stepped(self.env, result)  # noqa: SLF001 - one thing in two classes
        return result

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        result = self.env.reset(seed=seed, options=options)
        self.recorder._visit(self.env, result[0])  # noqa: SLF001
        return result


def _own(env: gym.Env[Any, Any]) -> gym.Env[Any, Any]:
    """A copy of the environment whose state may be set."""
    if getattr(env, "spec", None) is not None and hasattr(env.unwrapped, "mdp"):
        return env
    try:
        return another(env)
    except CannotCopyError as error:
        raise PlaneError(str(error)) from error
