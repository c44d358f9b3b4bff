"""When the last step comes of those that a wrapper takes within one of its own."""

from __future__ import annotations

SURE_AFTER = 3
"""Steps of a wrapper in a row with equally many inside, after which as many are expected."""
Ends = tuple[bool, bool]
"""Whether an episode is terminated, and whether it is truncated."""
GOES_ON: Ends = False, False


class FrameSkips:
    """Holds the end of an episode back until the last step within one of a wrapper.

    A wrapper that skips frames keeps the last two, and stops where an episode ends: it then shows frames of
    the step before. In a game these are almost the same, but in a probe they are another state.

    Args:
        usual: how many further steps a wrapper takes within one of its own, if that is known.

    >>> skips = FrameSkips()
    >>> for _ in range(4):
    ...     flags = [skips.first(GOES_ON), skips.further(), skips.further()]
    >>> skips.first((True, False)), skips.further(), skips.further()
    ((False, False), (False, False), (True, False))
    """

    def __init__(self, usual: int = 0) -> None:
        self._times = self._usual = usual
        self._same = SURE_AFTER
        self._held: Ends | None = None
        self._whole = False

    def first(self, ends: Ends) -> Ends:
        """The first step within one of a wrapper, or a step of its own: what it says of the end."""
        if self._held is not None:  # the wrapper took fewer than usual: nothing is held back any more
            self._usual, self._same, self._whole = 0, 0, False
        if self._whole:
            self._same = self._same + 1 if self._times == self._usual else 0
            self._usual = self._times
        held = any(ends) and self.known > 0
        self._held, self._times, self._whole = ends if held else None, 0, held or not any(ends)
        return GOES_ON if held else ends

    def further(self) -> Ends:
        """A further step within the same one of a wrapper."""
        self._times += 1
        if self._held is None or self._times < self._usual:
            return GOES_ON
        ends, self._held = self._held, None
        return ends

    @property
    def known(self) -> int:
        """How many further steps there are each time; 0 if that is not sure."""
        return self._usual if self._same >= SURE_AFTER else 0

    def reset(self) -> None:
        """An episode begins."""
        self._held, self._whole = None, False
