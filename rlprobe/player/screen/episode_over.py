"""The line that says how an episode ended, and its return."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rlprobe.player.screen.header import PAD
from rlprobe.view.canvas import FAINT, MARK, TEXT, blank
from rlprobe.view.text import HUGE, LARGE, cut_to, line_height, width_of, write

if TYPE_CHECKING:
    from rlprobe.player.game import Played
    from rlprobe.view.canvas import Picture

ENDINGS: Final = {
    (True, False): ("terminated", "the environment ended the episode"),
    (False, True): ("truncated", "a limit cut the episode off; the agent should bootstrap here"),
    (True, True): ("terminated and truncated", "both flags are set"),
}


def episode_over(now: Played, width: int, height: int) -> Picture:
    """Shown in place of the key caps: how the episode ended, its return and its length."""
    word, reason = ENDINGS[now.terminated, now.truncated]
    page = blank(height, width, (33, 37, 45))
    top = max(0, (height - line_height(HUGE)) // 2 - 6)
    head = f"EPISODE OVER: {word}"
    write(page, PAD, top, cut_to(head, width - 2 * PAD, HUGE), MARK, size=HUGE)
    x = PAD + width_of(head, HUGE) + 24
    sums = f"return {now.total:.5g} in {len(now.actions)} steps"
    if x < width - 200:
        write(page, x, top + 2, cut_to(sums, width - PAD - x, LARGE), TEXT, size=LARGE)
        write(page, x, top + 26, cut_to(reason, width - PAD - x), FAINT)
    return page
