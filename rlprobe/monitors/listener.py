"""What hooks report to."""

from __future__ import annotations

from typing import Any, Protocol


class Listener(Protocol):
    """Hears what happens while a run goes on; never raises, and does nothing once it is not alive."""

    alive: bool

    def stepped(self, env: Any, action: Any, result: Any) -> None:
        """The training code has stepped an environment."""

    def was_reset(self, env: Any, result: Any, mask: Any) -> None:
        """The training code has reset an environment."""

    def made_optimizer(self) -> None:
        """The training code has made an optimizer."""

    def before_update(self, optimizer: Any, *given: Any) -> None:
        """An optimizer is about to change parameters."""

    def after_update(self, optimizer: Any, *given: Any) -> None:
        """An optimizer has changed parameters."""

    def wants_sample(self) -> bool:
        """A policy draws actions; whether its distribution is to be looked at."""

    def sampled(self, distribution: Any) -> None:
        """A policy has drawn actions."""

    def entropy(self, tensor: Any) -> None:
        """The entropy of a distribution was computed."""

    def before_backward(self, loss: Any) -> None:
        """The gradients of a loss are about to be computed."""

    def wants_ratio(self) -> bool:
        """Whether exponentials of differences of log-probabilities are to be looked at now."""

    def ratio(self, tensor: Any) -> None:
        """The exponential of a difference of log-probabilities was taken."""

    def clipped(self, norm: Any, limit: float) -> None:
        """Gradients were clipped."""

    def logged(self, name: str, value: float) -> None:
        """The script has logged a number."""
