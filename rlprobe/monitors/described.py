"""What can be told of a run, whether it goes on or was read from files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from rlprobe.monitors.curves import Curves
    from rlprobe.monitors.findings.finding import Finding, Verdict


class Run(Protocol):
    """A run."""

    name: str
    curves: Curves
    problems: list[str]

    @property
    def findings(self) -> list[Finding]:
        """What was found."""

    @property
    def verdict(self) -> Verdict:
        """The verdict."""

    @property
    def steps(self) -> int:
        """Environment steps."""

    @property
    def seconds(self) -> float:
        """Wall time."""
