"""The interface of an agent under diagnosis, and the setting in which it learns."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, cast, runtime_checkable

if TYPE_CHECKING:
    from numpy.typing import NDArray


@runtime_checkable
class Agent(Protocol):
    """An agent that learns on the environment it was built with.

    Observations have a leading batch axis, ``(n, *observation_shape)``. With these optional methods a
    diagnosis can name more faults:

    - ``value(observations) -> (n,)``: state values of the critic,
    - ``q_values(observations) -> (n, A)``: action values,
    - ``policy(observations) -> (n, A)``: action probabilities.

    Optional attributes say how the critic forms its targets: ``gamma`` (if it differs from the setting),
    ``gae_lambda``, ``rollout_length``, ``on_policy``, ``n_step``, ``loss``, ``recurrent`` and
    ``temperature``; see the page on adapters. ``finished`` says that it takes no more steps, and ``close()``
    is called at the end.
    """

    def learn(self, steps: int) -> None:
        """Take about ``steps`` more environment steps and learn from them."""

    def act(self, observations: NDArray[Any]) -> NDArray[Any]:
        """The greedy actions, without exploration; ``(n, *action_shape)``."""


@dataclass(frozen=True, kw_only=True)
class Setting:
    """The conditions of one run.

    Args:
        gamma: the discount the agent should learn with.
        seed: the seed for everything random in the agent; the environment is seeded with it as well.
        num_envs: number of parallel environments; above 1 the agent gets a ``VectorEnv``.
        autoreset_mode: ``"next_step"``, ``"same_step"`` or ``"disabled"``; None for a single environment.
        rollout_length: requested steps between two updates of an on-policy agent.
        replay_capacity: requested capacity of the replay buffer.
        target_interval: requested steps between two synchronisations of the target network.
    """

    gamma: float = 0.9
    seed: int = 0
    num_envs: int = 1
    autoreset_mode: str | None = None
    rollout_length: int | None = None
    replay_capacity: int | None = None
    target_interval: int | None = None


MakeAgent = Callable[[Any, Setting], Agent]
"""``make_agent(env, setting) -> Agent``."""

AUTORESET_MODES = ("next_step", "same_step", "disabled")
ACTION_KINDS = ("discrete", "continuous")


class AgentFactory(Protocol):
    """A ``make_agent`` that says what it supports; ``agent_factory`` makes one from a plain function.

    Attributes:
        name: the name of the agent in reports.
        actions: the kinds of action space it supports: ``"discrete"``, ``"continuous"`` or both.
        vector: whether it also learns on a ``VectorEnv``.
        autoreset_modes: the autoreset modes of a ``VectorEnv`` that it supports.
        discrete_start: whether it supports a ``Discrete`` space that does not start at 0.
    """

    name: str
    actions: frozenset[str]
    vector: bool
    autoreset_modes: tuple[str, ...]
    discrete_start: bool

    def __call__(self, env: Any, setting: Setting, /) -> Agent:
        """An untrained agent on ``env``."""


def agent_factory(
    *,
    name: str,
    actions: Iterable[str] = ACTION_KINDS,
    vector: bool = False,
    autoreset_modes: Iterable[str] = AUTORESET_MODES,
    discrete_start: bool = False,
) -> Callable[[MakeAgent], AgentFactory]:
    """Decorate ``make_agent(env, setting) -> Agent`` with what its agents support.

    Args:
        name: the name of the agent in reports.
        actions: the kinds of action space it supports: ``"discrete"``, ``"continuous"`` or both.
        vector: whether the agent also learns on a ``VectorEnv``.
        autoreset_modes: the autoreset modes that it supports; ignored if ``vector`` is False.
        discrete_start: whether it supports a ``Discrete`` space that does not start at 0.

    Raises:
        ValueError: an unknown kind of action or autoreset mode.

    >>> @agent_factory(name="mine", actions=["discrete"])
    ... def make_agent(env, setting): ...
    >>> make_agent.name, sorted(make_agent.actions), make_agent.vector
    ('mine', ['discrete'], False)
    """
    support = {
        "name": name,
        "actions": frozenset(_known(actions, ACTION_KINDS, "actions")),
        "vector": vector,
        "autoreset_modes": tuple(_known(autoreset_modes, AUTORESET_MODES, "autoreset_modes"))
        if vector
        else (),
        "discrete_start": discrete_start,
    }

    def declare(make_agent: MakeAgent) -> AgentFactory:
        for attribute, value in support.items():
            setattr(make_agent, attribute, value)
        return cast("AgentFactory", make_agent)

    return declare


def _known(given: Iterable[str], known: tuple[str, ...], place: str) -> list[str]:
    chosen = list(given)
    if unknown := [one for one in chosen if one not in known]:
        raise ValueError(f"{place}: expected some of {known}, got {unknown}")
    return chosen


IDLE_CALLS = 40
"""Calls of ``learn`` without a step of the environment, after which the agent is given up."""


class AgentCrashedError(Exception):
    """The agent raised an error; the message is one line with its place."""


def told(error: BaseException) -> str:
    """An error of foreign code in one line, with its place; errors of our own explain themselves."""
    if type(error).__module__.startswith(("rlprobe.", "probe_envs.")):
        return " ".join(str(error).split())
    text = " ".join(f"{type(error).__name__}: {error}".split()).rstrip(": ")
    frames = traceback.extract_tb(error.__traceback__)
    return f"{text} ({frames[-1].filename}:{frames[-1].lineno})" if frames else text


class Learning:
    """Lets an agent learn, and notices one that takes no steps.

    Args:
        agent: the agent.
        steps: how many steps its environment has taken so far.

    Raises:
        AgentCrashedError: it has no ``learn`` or no ``act``.
    """

    def __init__(self, agent: Agent, steps: Callable[[], int]) -> None:
        self.agent, self.steps, self._idle = agent, steps, 0
        for method in ("learn", "act"):
            if not callable(getattr(agent, method, None)):
                raise AgentCrashedError(
                    f"the agent has no method {method}(): it needs learn(steps) and act(observations)"
                )

    @property
    def finished(self) -> bool:
        """Whether the agent says that it will take no more steps, as a script that has ended."""
        return bool(getattr(self.agent, "finished", False))

    def go(self, steps: int) -> None:
        """Call ``learn(steps)``.

        Raises:
            AgentCrashedError: it was called many times, and never took a step.
        """
        before = self.steps()
        self.agent.learn(steps)
        self._idle = 0 if self.steps() != before else self._idle + 1
        if self._idle >= IDLE_CALLS and not self.finished:
            raise AgentCrashedError(
                f"learn() was called {self._idle} times and took no step in the environment it was given"
            )


def close(agent: Any) -> None:
    """Call ``close`` of an agent that has it."""
    if callable(getattr(agent, "close", None)):
        agent.close()
