"""What an agent must show to be diagnosed, and the conditions it is asked to learn under."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from numpy.typing import NDArray


@runtime_checkable
class Agent(Protocol):
    """Learns on the environment it was built with; the optional methods make the diagnosis sharper.

    Observations come with a leading batch axis, ``(n, *observation_shape)``. An agent may also have

    - ``value(observations) -> (n,)``: its critic's state values,
    - ``q_values(observations) -> (n, A)``: its action values,
    - ``policy(observations) -> (n, A)``: its chances of the actions,

    and the attributes ``gamma`` and ``gae_lambda``, if they differ from what the setting asked for.
    """

    def learn(self, steps: int) -> None:
        """Take about ``steps`` more environment steps and learn from them."""

    def act(self, observations: NDArray[Any]) -> NDArray[Any]:
        """The actions it believes best, without exploration; ``(n, *action_shape)``."""


@dataclass(frozen=True, kw_only=True)
class Setting:
    """The conditions of one run.

    Args:
        gamma: the discount the agent should learn with.
        seed: seeds everything random in the agent; the environment is seeded with it as well.
        num_envs: how many environments run side by side; above 1 the agent gets a ``VectorEnv``.
        autoreset_mode: ``"next_step"``, ``"same_step"`` or ``"disabled"``; None for a single environment.
        rollout_length: wished steps between two updates of an on-policy agent.
        replay_capacity: wished capacity of a replay buffer.
        target_interval: wished steps between two synchronisations of a target network.
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
