"""Watch the state that recurrent layers begin an episode with."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING, Any

from rlprobe.diagnosis.training.torch_calls.backward import quietly

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

RECURRENT = frozenset({"LSTM", "GRU", "RNN", "LSTMCell", "GRUCell", "RNNCell"})
MOST_CALLS, MOST_WITHOUT = 60_000, 2_000
"""Calls of modules that are looked at: in all, and before the first recurrent one."""
LEAST_STARTS, KEPT_SHARE = 20, 0.9
LEAK = "recurrent-state-leak"


class Recurrence:
    """What was seen of recurrent layers at the beginning of episodes.

    Args:
        fresh: whether the environment is between the end of an episode and its next step; None if that is not
            known.
        steps: the environment steps so far.
    """

    def __init__(self, fresh: Callable[[], bool] | None, steps: Callable[[], int]) -> None:
        self._fresh, self._steps = fresh, steps
        self._calls = 0
        self._is_recurrent = False
        self._last: dict[int, bool] = {}
        self._at = -1
        self._kept: dict[int, int] = {}
        self._starts: dict[int, int] = {}
        self.remove: Callable[[], None] = lambda: None

    def before_layer(self, layer: Any, given: tuple[Any, ...]) -> None:
        """A layer is about to be called.

        The last call before a step chooses its action; others before may be for the value of the last
        observation of the episode before.
        """
        self._calls += 1
        if self._calls >= (MOST_CALLS if self._is_recurrent else MOST_WITHOUT):
            self.remove()
        if self._fresh is None or type(layer).__name__ not in RECURRENT:
            return
        self._is_recurrent = True
        if (steps := self._steps()) != self._at:
            self._count()
            self._at = steps
        if steps and self._fresh():
            state = given[1] if len(given) > 1 else None
            parts = state if isinstance(state, tuple) else (state,)
            self._last[id(layer)] = any(
                one is not None and bool(one.detach().any()) and not _is_learned(one) for one in parts
            )

    def _count(self) -> None:
        for key, kept in self._last.items():
            self._starts[key] = self._starts.get(key, 0) + 1
            self._kept[key] = self._kept.get(key, 0) + kept
        self._last = {}

    @property
    def observed(self) -> dict[str, str]:
        """A sentence for each fault that was seen."""
        for key, starts in self._starts.items():
            kept = self._kept[key]
            if starts >= LEAST_STARTS and kept >= KEPT_SHARE * starts:
                return {
                    LEAK: f"in {kept} of {starts} episodes, a recurrent layer began with a state that is not "
                    "zero: it is left from the episode before"
                }
        return {}


def _is_learned(state: Any) -> bool:
    """Whether a state is a parameter, or shows one: the learned state at the start of each episode."""
    parameter = sys.modules["torch"].nn.Parameter
    return isinstance(state, parameter) or (state._is_view() and isinstance(state._base, parameter))  # noqa: SLF001


@contextlib.contextmanager
def recurrence_seen(fresh: Callable[[], bool] | None, steps: Callable[[], int]) -> Iterator[Recurrence]:
    """Record meanwhile with what state recurrent layers begin episodes.

    Args:
        fresh: as for ``Recurrence``.
        steps: likewise.
    """
    seen = Recurrence(fresh, steps)
    torch = sys.modules.get("torch")
    if torch is None or fresh is None:
        yield seen
        return
    heard = quietly(seen.before_layer)
    seen.remove = torch.nn.modules.module.register_module_forward_pre_hook(heard).remove
    try:
        yield seen
    finally:
        seen.remove()
