"""What is heard of a run goes to the places and signals that it concerns; an error of ours is only noted."""

from __future__ import annotations

import os
import sys
import weakref
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from rlprobe.monitors.learning import Learning

PULSE_EVERY = 512
"""Steps between looks at the clock."""
MOST_PROBLEMS = 20
_LISTENING: weakref.WeakSet[Hearing] = weakref.WeakSet()


class Hearing:
    """Hears a run until it is not ``alive`` any more; copies of the process that it forks are not heard.

    Args:
        learning: what is known of the run.
        looked: called when the whole run was looked at.
        pulse: called every few hundred steps.
    """

    def __init__(self, learning: Learning, looked: Callable[[], object], pulse: Callable[[], object]) -> None:
        self.learning, self.looked, self.pulse = learning, looked, pulse
        self.alive = False
        self.problems: list[str] = []
        self._places, self._entropy, self._ratios = learning.places, learning.entropy, learning.ratio
        self._losses = learning.losses
        self._next_pulse = PULSE_EVERY
        _LISTENING.add(self)

    def stepped(self, env: Any, action: Any, result: Any) -> None:
        """The training code has stepped an environment."""
        try:
            calls = self._places.stepped(env, action, result, 2)
            if calls >= self._next_pulse:
                self._next_pulse = calls + PULSE_EVERY
                self.pulse()
        except Exception as error:  # noqa: BLE001 - never the run's problem
            self.failed(error)

    def was_reset(self, env: Any, result: Any, mask: Any) -> None:
        """The training code has reset an environment."""
        pair = isinstance(result, tuple) and len(result) == 2 and isinstance(result[1], dict)
        self.safely(self.learning.places.reset, env, result[0] if pair else result, mask)

    def made_optimizer(self) -> None:
        """The training code has made an optimizer."""
        self.learning.optimizers_made += 1

    def before_update(self, optimizer: Any, *_: Any) -> None:
        """An optimizer is about to change parameters."""
        if not self.alive:
            return
        try:
            if self.learning.before_update(optimizer):
                self.looked()
        except Exception as error:  # noqa: BLE001 - never the run's problem
            self.failed(error)

    def after_update(self, optimizer: Any, *_: Any) -> None:
        """An optimizer has changed parameters."""
        if self.alive and self.learning.updates.pending is not None:
            self.safely(self.learning.after_update, optimizer)

    def wants_sample(self) -> bool:
        """A policy draws actions; whether its distribution is to be looked at."""
        entropy = self._entropy
        entropy.calls += 1
        return self.alive and entropy.calls >= entropy.next

    def sampled(self, distribution: Any) -> None:
        """A policy has drawn actions."""
        self.safely(self.learning.sampled, distribution)

    def entropy(self, tensor: Any) -> None:
        """The entropy of a distribution was computed."""
        if self.alive:
            self._losses.entropy = tensor

    def before_backward(self, loss: Any) -> None:
        """The gradients of a loss are about to be computed."""
        frame = sys._getframe(2)  # noqa: SLF001 - the caller of ``backward``
        place = id(frame.f_code), frame.f_lasti
        if self.safely(self._losses.due, place):
            self.safely(self._losses.before_backward, loss, self.learning.step, place)

    def wants_ratio(self) -> bool:
        """Whether exponentials of differences of log-probabilities are to be looked at now."""
        return self.alive and (self._ratios.listens or self._ratios.experience != self._places.calls)

    def ratio(self, tensor: Any) -> None:
        """The exponential of a difference of log-probabilities was taken."""
        self.safely(self.learning.heard_ratio, tensor)

    def clipped(self, norm: Any, limit: float) -> None:
        """Gradients were clipped."""
        self.learning.updates.clipped(norm, limit)

    def logged(self, name: str, value: float) -> None:
        """The script has logged a number."""
        try:
            self.learning.logged(name, value)
        except Exception as error:  # noqa: BLE001 - never the run's problem
            self.failed(error)

    def safely(self, act: Callable[..., Any], *given: Any) -> Any:
        """Do something of our own; an error of it is noted and changes nothing for the run."""
        try:
            return act(*given)
        except Exception as error:  # noqa: BLE001 - never the run's problem
            self.failed(error)
            return None

    def failed(self, error: Exception) -> None:
        """Note an error of ours, once."""
        words = f"not everything was watched ({type(error).__name__}: {error})"
        if os.environ.get("RLPROBE_DEBUG"):
            raise error
        if words not in self.problems and len(self.problems) < MOST_PROBLEMS:
            self.problems.append(words)


def _in_child() -> None:
    """A forked copy of this process: what it does is not the run."""
    for one in list(_LISTENING):
        one.alive = False


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_child)
