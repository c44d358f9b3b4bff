"""Query an agent for its values and actions, and check shape, type and range of its answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from gymnasium import spaces

if TYPE_CHECKING:
    import gymnasium as gym
    from numpy.typing import NDArray

    from rlprobe.diagnosis.probe_settings import Needs

UPDATES_TO_SETTLE = 250
"""Large step sizes throw values about for so many updates, more or less."""


class AgentError(Exception):
    """The agent cannot be diagnosed. The message names the method and what to change."""


class FactoryError(AgentError):
    """``make_agent`` itself raised, for Discrete and for Box actions."""


def check_agent(agent: Any) -> None:
    """Raise ``AgentError`` unless the agent has ``learn`` and ``act``."""
    for method in ("learn", "act"):
        if not callable(getattr(agent, method, None)):
            raise AgentError(
                f"make_agent returned {type(agent).__name__!r}, which has no method {method}(); "
                "an agent needs learn(steps) and act(observations)"
            )


def shows_values(agent: Any) -> bool:
    """Whether the agent shows its critic: it has ``value`` or ``q_values``."""
    return callable(getattr(agent, "value", None)) or callable(getattr(agent, "q_values", None))


def unsuited(agent: Any, needs: Needs) -> str:
    """Why a probe for a certain kind of agent is not for this one; empty if it is."""
    on_policy = getattr(agent, "on_policy", None)
    of_actions = callable(getattr(agent, "q_values", None)) or getattr(agent, "learns_action_values", False)
    if needs == "action values" and (not of_actions or on_policy):
        return "for agents that learn action values off-policy"
    if needs == "off-policy actor" and on_policy is not False:
        return "for actor-critics that learn off-policy"
    if needs == "on-policy critic" and (on_policy is False or not callable(getattr(agent, "value", None))):
        return "for actor-critics that learn on-policy"
    if needs == "memory" and getattr(agent, "recurrent", False) is not True:
        return "for agents with a recurrent network"
    return ""


def discount(agent: Any, asked: float) -> float:
    """The discount the agent says it learns with; the one it was asked for if it says nothing, or 1.

    A discount of 1 is a way of forgetting it, to be found like any other.
    """
    gamma = getattr(agent, "gamma", None)
    if gamma is None:
        return asked
    try:
        number = float(gamma)
    except (TypeError, ValueError):
        raise AgentError(f"gamma: expected a number, got {gamma!r}") from None
    if not 0.0 <= number <= 1.0:
        raise AgentError(f"gamma: expected a discount in [0, 1), got {number!r}")
    return asked if number == 1.0 else number


def values(agent: Any, observations: NDArray[Any], *, first: bool) -> NDArray[np.float64]:
    """The agent's state values, ``(n,)``; the largest action values if it has only ``q_values``.

    Args:
        agent: the agent.
        observations: ``(n, *shape)``.
        first: whether this is before learning; then values that are not finite are an error.

    Raises:
        AgentError: a wrong shape, or values that are not finite before learning.
    """
    count = len(observations)
    if callable(getattr(agent, "value", None)):
        name, shape = "value", (count,)
        found = _array(agent.value(observations), name)
        if found.shape != shape:
            raise AgentError(
                f"value(observations): expected shape {shape} for observations of shape "
                f"{observations.shape}, got {found.shape}; return one number per observation"
            )
    else:
        name = "q_values"
        table = _array(agent.q_values(observations), name)
        if table.ndim != 2 or len(table) != count or not table.shape[1]:
            raise AgentError(
                f"q_values(observations): expected shape ({count}, number of actions), got {table.shape}"
            )
        found = table.max(axis=1)
    if first and not np.isfinite(found).all():
        raise AgentError(f"{name}(observations): expected finite numbers, got {found} before any learning")
    return found


def actions(agent: Any, observations: NDArray[Any], space: gym.Space[Any]) -> NDArray[Any]:
    """The actions the agent believes best, ``(n, *action_shape)``.

    Raises:
        AgentError: a wrong shape, or a discrete action outside the space. A continuous one counts as the
            bound next to it.
    """
    found = _array(agent.act(observations), "act", numbers=False)
    shape = (len(observations), *(space.shape or ()))
    if found.shape != shape:
        raise AgentError(
            f"act(observations): expected shape {shape} for observations of shape {observations.shape}, "
            f"got {found.shape}; return one action per observation"
        )
    if isinstance(space, spaces.Box) and found.dtype.kind == "f":
        found = np.clip(found, space.low, space.high)
    for i, action in enumerate(found):
        kinds = "iu" if isinstance(space, spaces.Discrete) else "iuf"
        if action.dtype.kind not in kinds or not space.contains(action.astype(space.dtype)):
            raise AgentError(f"act(observations)[{i}]: expected a member of {space}, got {action!r}")
    return found


def _array(answer: Any, name: str, *, numbers: bool = True) -> NDArray[Any]:
    if hasattr(answer, "detach"):
        answer = answer.detach().cpu().numpy()
    try:
        return np.asarray(answer, dtype=np.float64 if numbers else None)
    except (TypeError, ValueError):
        raise AgentError(f"{name}(observations): expected an array, got {answer!r}") from None


def targets(agent: Any) -> dict[str, Any]:
    """How the critic forms its targets, from the attributes of the agent."""
    on_policy, lam = getattr(agent, "on_policy", None), getattr(agent, "gae_lambda", None)
    if lam is None and on_policy is False:
        lam = 0.0
    n_step = getattr(agent, "n_step", None)
    return {
        "lam": None if lam is None else float(lam),
        "loss": getattr(agent, "loss", None),
        "rollout": getattr(agent, "rollout_length", None),
        "n_step": None if n_step is None else int(n_step),
        "on_policy": None if on_policy is None else bool(on_policy),
        "undiscounted": getattr(agent, "gamma", None) is not None and float(agent.gamma) == 1.0,
        "recurrent": getattr(agent, "recurrent", False) is True,
        "of_one_action": getattr(agent, "q_network", False) is True,
        "q_network": getattr(agent, "q_network", False) is True
        or (on_policy is False and callable(getattr(agent, "q_values", None))),
        "temperature": temperature(agent),
    }


def temperature(agent: Any) -> float:
    """The weight of entropy in the agent's values; 0 if it says nothing."""
    return float(getattr(agent, "temperature", None) or 0.0)


def values_actions(agent: Any) -> bool:
    """Whether an agent acts by values of actions, so that one that it hardly tries may still come to lead."""
    return callable(getattr(agent, "q_values", None)) or bool(getattr(agent, "learns_action_values", False))


def few_updates(agent: Any) -> bool:
    """Whether an agent that counts its updates has made too few to call wrong values converged."""
    updates = getattr(agent, "all_updates", None)
    return isinstance(updates, int) and updates < UPDATES_TO_SETTLE
