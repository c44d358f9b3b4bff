"""The progress bar of every command."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rlprobe.extras import MissingExtraError, need

if TYPE_CHECKING:
    from typing import Self


class Progress:
    """A progress bar on standard error, where that is a terminal and ``rich`` is installed.

    Args:
        title: what is being done.
        hidden: whether to show none.
    """

    def __init__(self, title: str, *, hidden: bool = False) -> None:
        self._bar: Any = None
        try:
            module = need("rich.progress", "a progress bar")
            console = need("rich.console", "a progress bar").Console(stderr=True)
        except MissingExtraError:
            return
        self._bar = module.Progress(
            module.TextColumn("{task.description}"),
            module.BarColumn(bar_width=24),
            module.MofNCompleteColumn(),
            module.TimeElapsedColumn(),
            module.TextColumn("{task.fields[last]}"),
            console=console,
            transient=True,
            disable=hidden or not console.is_terminal,
        )
        self._task = self._bar.add_task(title, total=None, last="")

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def update(self, done: int, total: int, last: str = "") -> None:
        """Show that ``done`` of ``total`` parts have ended, ``last`` being the latest."""
        if self._bar is not None:
            self._bar.update(self._task, completed=done, total=total, last=last)
