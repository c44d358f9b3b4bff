"""Ask networks at a batch of observations: values, action values, distributions over actions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from rlprobe.monitors.networks.twin import Twin

    Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Reading:
    """Something that a network says at observations.

    Args:
        name: what the training code calls it.
        twin: the copy that is asked.
        ask: from a tensor of observations ``(n, ...)``, and of actions where it takes them, to its output.
        takes_actions: whether it is asked at pairs of observation and action.
    """

    name: str
    twin: Twin
    ask: Callable[..., Any]
    takes_actions: bool = False

    def at(self, *given: Any) -> Any:
        """Its output, with the parameters of now."""
        self.twin.refresh()
        with self.twin.undisturbed():
            return self.ask(*given)


def stacked(observations: list[Any], torch: Any) -> Any:
    """Observations as one tensor ``(n, ...)``, of dicts as a dict of tensors."""
    if isinstance(observations[0], dict):
        return {key: stacked([one[key] for one in observations], torch) for key in observations[0]}
    array = np.array(observations)
    return torch.as_tensor(array if array.dtype == np.uint8 else array.astype(np.float32))


def as_floats(tensor: Any) -> Floats:
    """A tensor as numbers."""
    return np.asarray(tensor.detach().to("cpu").double().numpy())


def divergence(before: Any, after: Any, torch: Any) -> float:
    """Mean KL divergence of the policy after from the policy before: ``E_s KL(before(.|s) || after(.|s))``.

    Args:
        before: distributions over actions at observations, or a list of independent ones.
        after: the same at the same observations, later.
        torch: the library.
    """
    if isinstance(before, list):
        return sum(divergence(one, other, torch) for one, other in zip(before, after, strict=True))
    with torch.no_grad():
        kl = torch.distributions.kl_divergence(before, after)
        rows = kl.reshape(kl.shape[0], -1).sum(1) if kl.ndim > 1 else kl
        return float(rows.double().mean())
