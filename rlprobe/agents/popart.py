"""A linear output layer whose targets are standardised, without disturbing what it has learned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import torch
from torch import nn

from rlprobe.stats.moments import Moments

if TYPE_CHECKING:
    from collections.abc import Mapping

LEAST_STD: Final = 1e-6
"""Targets that vary less are not stretched any further."""


class PopArt(nn.Module):
    """The last layer of a critic: targets are standardised, predictions stay when the statistics move.

    ``update(targets)`` counts targets and rescales weights and bias, so that ``values(features)`` stays what
    it was: ``W' = W * std / std'``, ``b' = (std * b + mean - mean') / std'``. Train ``forward(features)``
    against ``normalise(targets)``; read ``values(features)``. An optimiser's own averages (Adam's) are not
    rescaled; they adapt within a few steps.

    Args:
        inputs: number of features.
        outputs: number of predictions, each with statistics of its own (tasks, quantiles).
        memory: samples that the statistics remember, for targets that drift: older ones fade as in an
            exponential average of about that many. None: all targets so far count equally.

    Raises:
        ValueError: a number below 1; from ``update``, targets of another shape or not finite.

    Source: van Hasselt, Guez, Hessel, Mnih and Silver (2016), "Learning values across many orders of
    magnitude".

    >>> _ = torch.manual_seed(0)
    >>> critic = PopArt(inputs=4)
    >>> features, targets = torch.ones(3, 4), torch.tensor([100.0, 200.0, 300.0])
    >>> before = critic.values(features)
    >>> critic.update(targets)
    >>> torch.allclose(critic.values(features), before, rtol=1e-6, atol=1e-4)
    True
    >>> critic.normalise(targets).tolist()
    [-1.2247449159622192, 0.0, 1.2247449159622192]
    """

    mean: torch.Tensor
    std: torch.Tensor

    def __init__(self, inputs: int, outputs: int = 1, *, memory: int | None = None) -> None:
        super().__init__()
        for name, number in (("inputs", inputs), ("outputs", outputs), ("memory", memory or 1)):
            if number < 1:
                raise ValueError(f"PopArt expected {name} of at least 1, got {number}")
        self.outputs, self.memory = outputs, memory
        self.layer = nn.Linear(inputs, outputs)
        self.moments = Moments((outputs,))
        self.register_buffer("mean", torch.zeros(outputs, dtype=torch.float64))
        self.register_buffer("std", torch.ones(outputs, dtype=torch.float64))

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Standardised predictions, ``(..., outputs)``; ``(...)`` for a single output."""
        return self._shaped(self.layer(features))

    def values(self, features: torch.Tensor) -> torch.Tensor:
        """Predictions in the units of the targets."""
        return self.denormalise(self(features))

    def normalise(self, targets: torch.Tensor) -> torch.Tensor:
        """``(targets - mean) / std``, for the loss."""
        return ((targets.double() - self._like(self.mean)) / self._like(self.std)).to(self.layer.weight.dtype)

    def denormalise(self, predictions: torch.Tensor) -> torch.Tensor:
        """``predictions * std + mean``."""
        found = predictions.double() * self._like(self.std) + self._like(self.mean)
        return found.to(self.layer.weight.dtype)

    @torch.no_grad()
    def update(self, targets: torch.Tensor) -> None:
        """Count ``targets``, ``(n,)`` or ``(n, outputs)``, and keep all predictions as they are.

        Raises:
            ValueError: another shape, NaN or infinity; nothing has changed.
        """
        rows = targets.detach().double().cpu().reshape(-1, self.outputs)
        if targets.shape not in {(len(rows),), (len(rows), self.outputs)}:
            raise ValueError(
                f"targets: expected shape (n,) or (n, {self.outputs}), got {tuple(targets.shape)}"
            )
        if not torch.isfinite(rows).all():
            raise ValueError(
                "targets: expected finite numbers, got NaN or infinity: find out where they arise"
            )
        self.moments.update(rows.numpy())
        self._fade()
        mean, std = self._statistics()
        scale = self.std / std
        weight, bias = self.layer.weight.double(), self.layer.bias.double()
        self.layer.weight.copy_(weight * scale[:, None])
        self.layer.bias.copy_((self.std * bias + self.mean - mean) / std)
        self.mean.copy_(mean)
        self.std.copy_(std)

    def _fade(self) -> None:
        """Let the statistics weigh as much as ``memory`` samples."""
        count = self.moments.count
        if self.memory is not None and count > self.memory:
            state = self.moments.state.centred()
            self.moments.restore(state._replace(n=self.memory, sums=state.sums * (self.memory / count)))

    def _statistics(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Mean and standard deviation of the targets; 1 where they have not varied yet."""
        mean = torch.as_tensor(self.moments.mean, device=self.mean.device)
        std = torch.as_tensor(self.moments.std, device=self.std.device)
        return mean, torch.where(std > LEAST_STD, std, torch.ones_like(std))

    def _like(self, statistic: torch.Tensor) -> torch.Tensor:
        return statistic if self.outputs > 1 else statistic[0]

    def _shaped(self, predictions: torch.Tensor) -> torch.Tensor:
        return predictions if self.outputs > 1 else predictions[..., 0]

    def get_extra_state(self) -> dict[str, torch.Tensor]:
        """The statistics, as tensors, for ``state_dict``."""
        return {name: torch.as_tensor(part) for name, part in self.moments.state_dict().items()}

    def set_extra_state(self, state: Mapping[str, Any]) -> None:
        """Continue with saved statistics."""
        self.moments.load_state_dict({name: part.numpy() for name, part in state.items()})
