"""Policies of Stable-Baselines3, recognised by their methods."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rlprobe.monitors.networks.asking import Reading
from rlprobe.monitors.networks.twin import Twin

if TYPE_CHECKING:
    Three = tuple[Reading | None, Reading | None, Reading | None]


def readings_of_sb3(name: str, network: Any, space: Any, torch: Any) -> Three | None:
    """Policy, critic and action values of a policy of Stable-Baselines3; None if it is none."""
    if not all(hasattr(type(network), one) for one in ("obs_to_tensor", "predict", "_predict")):
        return None
    if hasattr(network, "lstm_actor"):
        return None, None, None
    twin = Twin(network, torch)
    if hasattr(type(network), "get_distribution") and hasattr(type(network), "predict_values"):
        return (
            Reading(f"{name}.get_distribution", twin, lambda x: _distribution(twin.copy, x)),
            Reading(f"{name}.predict_values", twin, twin.copy.predict_values),
            None,
        )
    if hasattr(network, "q_net"):
        return None, None, Reading(f"{name}.q_net", twin, twin.copy.q_net)
    if hasattr(network, "critic") and hasattr(network, "actor"):
        return None, None, Reading(f"{name}.critic", twin, _pairs(twin, space), takes_actions=True)
    return None, None, None


def _distribution(policy: Any, observations: Any) -> Any:
    """The distribution of torch inside the one of Stable-Baselines3."""
    found = policy.get_distribution(observations).distribution
    return list(found) if isinstance(found, list) else found


def _pairs(twin: Twin, space: Any) -> Any:
    """The smallest of the critics, at actions as the environment takes them."""

    def ask(observations: Any, actions: Any) -> Any:
        low, high = (twin.torch.as_tensor(bound).reshape(-1) for bound in (space.low, space.high))
        scaled = 2.0 * (actions - low) / (high - low) - 1.0
        values = twin.torch.cat(list(twin.copy.critic(observations, scaled)), 1)
        return values.min(1).values

    return ask
