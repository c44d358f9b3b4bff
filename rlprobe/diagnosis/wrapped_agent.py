"""Any agent behind wrappers. Queried observations pass through the same wrappers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

import gymnasium as gym
import numpy as np
from gymnasium.vector import VectorEnv
from gymnasium.wrappers import NormalizeReward

from rlprobe.wrappers import FrameSkip, NormalizeAll, RewardScale, vector
from rlprobe.wrappers.observations import StandardisedObservations
from rlprobe.wrappers.rewards import ScaledRewards

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from rlprobe.agent import Agent, AgentFactory, MakeAgent, Setting

    Wrapper: TypeAlias = Callable[[Any], Any]

OWN: Final[dict[str, tuple[Wrapper, Wrapper]]] = {
    "NormalizeAll": (NormalizeAll, vector.NormalizeAll),
    "RewardScale": (RewardScale, vector.RewardScale),
    "FrameSkip": (FrameSkip, vector.FrameSkip),
}
"""The wrappers of this package, for single and for vector environments."""
QUERIES = ("act", "value", "q_values", "policy")
IN_REWARD_UNITS = ("value", "q_values")


class WrapError(ValueError):
    """A wrapper that cannot stand between an environment and an agent under diagnosis."""


def wrapper(name: str) -> Wrapper:
    """The wrapper of this package called ``name``.

    Raises:
        WrapError: there is none; the message lists those there are.

    >>> wrapper("RewardScale").__name__
    'RewardScale'
    """
    if name not in OWN:
        raise WrapError(f"expected one of the wrappers {', '.join(OWN)}, got {name!r}")
    return OWN[name][0]


def wrapped(make_agent: MakeAgent, wrappers: Sequence[Wrapper]) -> AgentFactory:
    """A ``make_agent`` whose agents learn behind ``wrappers``.

    The agent is built on the wrapped environment. Queried observations are normalised with the current
    statistics (``NormalizeAll.normalize``), which are not updated. Values are multiplied by
    ``RewardScale.scale``, so that they are in the reward unit of the environment.

    Args:
        make_agent: as for ``rlprobe.diagnose``; its attributes are kept.
        wrappers: functions from environment to environment, innermost first: ``NormalizeAll``,
            ``functools.partial(FrameSkip, skip=2)``, or a Gymnasium wrapper that changes neither
            observations nor rewards. On vector environments, the classes of this package are replaced by
            those of the same name in ``rlprobe.wrappers.vector``.

    Raises:
        WrapError: a wrapper is not callable.

    >>> def make_agent(env, setting): ...
    >>> wrapped(make_agent, [NormalizeAll, RewardScale]).name
    'make_agent in NormalizeAll, RewardScale'
    """
    for one in wrappers:
        if not callable(one):
            raise WrapError(f"wrappers: expected functions from environment to environment, got {one!r}")
    return cast("AgentFactory", _Wrapped(make_agent, tuple(wrappers)))


@dataclass(frozen=True)
class _Wrapped:
    """``make_agent`` behind wrappers; all other attributes are those of ``make_agent``."""

    make_agent: MakeAgent
    wrappers: tuple[Wrapper, ...]

    def __getattr__(self, attribute: str) -> Any:
        if attribute.startswith("__") or attribute == "make_agent":  # while being copied, before it is set
            raise AttributeError(attribute)
        return getattr(self.make_agent, attribute)

    @property
    def name(self) -> str:
        """The agent and its wrappers, for reports."""
        plain = getattr(self.make_agent, "name", None) or getattr(self.make_agent, "__name__", "agent")
        return f"{plain} in {', '.join(_name(one) for one in self.wrappers)}"

    @property
    def vector(self) -> bool:
        """Whether the agent and all wrappers support vector environments."""
        return bool(getattr(self.make_agent, "vector", False)) and all(map(_is_own, self.wrappers))

    def __call__(self, env: Any, setting: Setting) -> Agent:
        """An untrained agent on the wrapped environment."""
        outer = env
        for one in self.wrappers:
            outer = (_vector_face(one) if isinstance(env, VectorEnv) else one)(outer)
        return cast("Agent", _Behind(self.make_agent(outer, setting), tuple(_between(outer, env))))


class _Behind:
    """An agent whose observations and values pass through the wrappers around its environment."""

    def __init__(self, agent: Any, layers: tuple[Any, ...]) -> None:
        self.agent, self.layers = agent, layers
        for question in QUERIES:
            if callable(getattr(agent, question, None)):
                setattr(self, question, partial(self._ask, question))

    def __getattr__(self, attribute: str) -> Any:
        if attribute == "agent":  # while being copied, before it is set
            raise AttributeError(attribute)
        return getattr(self.agent, attribute)

    def _ask(self, question: str, observations: NDArray[Any]) -> Any:
        for layer in self.layers:
            if isinstance(layer, StandardisedObservations):
                observations = layer.normalize(observations)
        answer = getattr(self.agent, question)(observations)
        if question not in IN_REWARD_UNITS:
            return answer
        scales = [layer.scale for layer in self.layers if isinstance(layer, ScaledRewards)]
        return answer * float(np.prod(scales))


def _between(outer: Any, inner: Any) -> list[Any]:
    """The wrappers around ``inner``, innermost first.

    Raises:
        WrapError: one of them changes observations or rewards, and is not of this package.
    """
    layers = []
    while outer is not inner:
        changes = isinstance(outer, (gym.ObservationWrapper, gym.RewardWrapper, NormalizeReward))
        if changes or (outer.observation_space != outer.env.observation_space and not _is_own(type(outer))):
            raise WrapError(
                f"wrappers: {type(outer).__name__} changes observations or rewards in a way that a diagnosis "
                f"cannot undo; use {', '.join(OWN)}, or wrap inside make_agent and undo it in value()"
            )
        layers.append(outer)
        outer = outer.env
    return layers[::-1]


def _name(one: Any) -> str:
    return str(getattr(getattr(one, "func", one), "__name__", type(one).__name__))


def _is_own(one: Any) -> bool:
    found = getattr(one, "func", one)
    return any(found in both for both in OWN.values())


def _vector_face(one: Any) -> Wrapper:
    """The same wrapper, with the same arguments, for vector environments."""
    if isinstance(one, partial):
        return partial(_vector_face(one.func), *one.args, **one.keywords)
    return OWN[one.__name__][1]
