"""Watch the state of recurrent layers: at the first step of an episode, and at the later ones."""

from __future__ import annotations

import contextlib
import functools
import sys
from typing import TYPE_CHECKING, Any, Final

from rlprobe.diagnosis.training.torch_calls.backward import quietly
from rlprobe.monitors.hooks.patches import Patches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LAYERS: Final = ("LSTM", "GRU", "RNN", "LSTMCell", "GRUCell", "RNNCell")
CELLS: Final = frozenset({"LSTMCell", "GRUCell", "RNNCell"})
MOST_CALLS = 60_000
LEAST_STARTS, KEPT_SHARE, LEAST_LATER = 20, 0.9, 50
LEAK, FORGETS = "recurrent-state-leak", "recurrent-state-not-kept"


class Recurrence:
    """What was seen of the states of recurrent layers.

    Args:
        fresh: whether the environment is between the end of an episode and its next step; None where that is
            not known.
        steps: the environment steps so far.
        over: whether an episode has ended, and the next one has not begun; ``fresh`` may be false then.
    """

    def __init__(
        self, fresh: Callable[[], bool | None], steps: Callable[[], int], over: Callable[[], bool]
    ) -> None:
        self._fresh, self._steps, self._over = fresh, steps, over
        self._calls = 0
        self._at = -1
        self._last: dict[int, bool] = {}
        self._kept: dict[int, int] = {}
        self._starts: dict[int, int] = {}
        self._ends, self._valued, self._goes_on = 0, 0, False
        self._empty: bool | None = None
        self._forgotten = 0
        self._remembers = False

    def before_layer(self, layer: Any, given: Any, state: Any = None) -> None:
        """A recurrent layer is about to be called with an input and a state.

        The last call before a step chooses its action; others before may be for the value of the last
        observation of the episode before.
        """
        self._calls += 1
        steps, fresh = self._steps(), self._fresh()
        if steps != self._at:
            self._count()
            self._at = steps
        if self._calls >= MOST_CALLS or not steps or fresh is None:
            return
        parts = [one for one in (state if isinstance(state, tuple) else (state,)) if one is not None]
        if not fresh and self._over():
            self._goes_on = self._goes_on or any(bool(one.detach().any()) for one in parts)
            self._empty = None
        elif fresh:
            kept = any(bool(one.detach().any()) and not _is_learned(one) for one in parts)
            self._last[id(layer)] = kept
            self._goes_on, self._empty = self._goes_on or kept, None
        elif not self._remembers:
            alone = type(layer).__name__ in CELLS or _is_one_step(layer, given)
            self._empty = alone and not any(bool(one.detach().any()) for one in parts)

    def _count(self) -> None:
        for key, kept in self._last.items():
            self._starts[key] = self._starts.get(key, 0) + 1
            self._kept[key] = self._kept.get(key, 0) + kept
        self._ends += bool(self._last)
        self._valued += self._goes_on
        self._remembers = self._remembers or self._empty is False
        self._forgotten += self._empty is True
        self._last, self._empty, self._goes_on = {}, None, False

    @property
    def values_ends(self) -> bool:
        """Whether the last observations of episodes are valued, with the memory of the episode."""
        return self._ends >= LEAST_STARTS and self._valued >= KEPT_SHARE * self._ends

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
        if self._forgotten >= LEAST_LATER and not self._remembers:
            return {
                FORGETS: f"at all of {self._forgotten} steps after the first of an episode, a recurrent "
                "layer got one observation and a state of zeros: it cannot remember anything"
            }
        return {}


def _is_one_step(layer: Any, given: Any) -> bool:
    """Whether the input of a layer is a sequence of one observation."""
    shape = getattr(given, "shape", ())
    return len(shape) > 1 and shape[1 if layer.batch_first and len(shape) == 3 else 0] == 1


def _is_learned(state: Any) -> bool:
    """Whether a state is a parameter, or shows one: the learned state at the start of each episode."""
    parameter = sys.modules["torch"].nn.Parameter
    return isinstance(state, parameter) or (state._is_view() and isinstance(state._base, parameter))  # noqa: SLF001


@contextlib.contextmanager
def recurrence_seen(
    fresh: Callable[[], bool | None] | None, steps: Callable[[], int], over: Callable[[], bool]
) -> Iterator[Recurrence]:
    """Record meanwhile which states recurrent layers get.

    Args:
        fresh: as for ``Recurrence``.
        steps: likewise.
        over: likewise.
    """
    seen = Recurrence(fresh or (lambda: None), steps, over)
    torch = sys.modules.get("torch")
    if torch is None or fresh is None:
        yield seen
        return
    heard = quietly(seen.before_layer)
    plain = torch.nn.Module.__call__

    @functools.wraps(plain)
    def call(layer: Any, *args: Any, **kwargs: Any) -> Any:
        heard(layer, *args, *([kwargs["hx"]] if len(args) == 1 and "hx" in kwargs else []))
        return plain(layer, *args, **kwargs)

    patches = Patches()
    for name in LAYERS:
        patches.put(getattr(torch.nn, name), "__call__", call)
    try:
        yield seen
    finally:
        patches.remove()
