"""Any agent with wrappers between it and its environment: what it is asked goes through them too."""

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
ASKED = ("act", "value", "q_values", "policy")
IN_REWARDS = ("value", "q_values")


class WrapError(ValueError):
    """Something that cannot be put between an environment and an agent that is to be asked questions."""


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

    The agent is built on the wrapped environment. Observations that it is asked about pass through the
    wrappers as they are at that moment (``NormalizeAll.normalize``, which counts nothing), and values come
    back in the unit of the environment: times ``RewardScale.scale``.

    Args:
        make_agent: as for ``rlprobe.diagnose``; what it says of itself stays true.
        wrappers: functions from environment to environment, the innermost first: ``NormalizeAll``,
            ``functools.partial(FrameSkip, skip=2)``, or a Gymnasium wrapper that leaves observations and
            rewards as they are. For vector environments the classes of this package stand for
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
    """``make_agent`` behind wrappers; whatever else is asked of it, ``make_agent`` answers."""

    make_agent: MakeAgent
    wrappers: tuple[Wrapper, ...]

    def __getattr__(self, attribute: str) -> Any:
        if (
            attribute.startswith("__") or attribute == "make_agent"
        ):  # asked for before it is there, by copying
            raise AttributeError(attribute)
        return getattr(self.make_agent, attribute)

    @property
    def name(self) -> str:
        """The agent and its wrappers, for reports."""
        plain = getattr(self.make_agent, "name", None) or getattr(self.make_agent, "__name__", "agent")
        return f"{plain} in {', '.join(_name(one) for one in self.wrappers)}"

    @property
    def vector(self) -> bool:
        """Whether agent and wrappers all know vector environments."""
        return bool(getattr(self.make_agent, "vector", False)) and all(map(_is_own, self.wrappers))

    def __call__(self, env: Any, setting: Setting) -> Agent:
        """An untrained agent on the wrapped environment."""
        outer = env
        for one in self.wrappers:
            outer = (_vector_face(one) if isinstance(env, VectorEnv) else one)(outer)
        return cast("Agent", _Behind(self.make_agent(outer, setting), tuple(_between(outer, env))))


class _Behind:
    """An agent whose questions and answers pass through the layers around its environment."""

    def __init__(self, agent: Any, layers: tuple[Any, ...]) -> None:
        self.agent, self.layers = agent, layers
        for question in ASKED:
            if callable(getattr(agent, question, None)):
                setattr(self, question, partial(self._ask, question))

    def __getattr__(self, attribute: str) -> Any:
        if attribute == "agent":  # not there yet while being copied
            raise AttributeError(attribute)
        return getattr(self.agent, attribute)

    def _ask(self, question: str, observations: NDArray[Any]) -> Any:
        for layer in self.layers:
            if isinstance(layer, StandardisedObservations):
                observations = layer.normalize(observations)
        answer = getattr(self.agent, question)(observations)
        if question not in IN_REWARDS:
            return answer
        scales = [layer.scale for layer in self.layers if isinstance(layer, ScaledRewards)]
        return answer * float(np.prod(scales))


def _between(outer: Any, inner: Any) -> list[Any]:
    """The layers around ``inner``, the innermost first.

    Raises:
        WrapError: one of them changes observations or rewards in a way that single questions cannot follow.
    """
    layers = []
    while outer is not inner:
        changes = isinstance(outer, (gym.ObservationWrapper, gym.RewardWrapper, NormalizeReward))
        if changes or (outer.observation_space != outer.env.observation_space and not _is_own(type(outer))):
            raise WrapError(
                f"wrappers: {type(outer).__name__} changes observations or rewards, so what the agent is "
                f"asked cannot be put to it; use {', '.join(OWN)}, or wrap inside make_agent and undo it in "
                "value()"
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
