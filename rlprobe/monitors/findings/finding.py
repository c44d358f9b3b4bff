"""A finding of the monitors: since when, by which number, and which range that number should be in."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from rlprobe.monitors.findings.catalogue import kind_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rlprobe.monitors.findings.kind import Severity

Verdict = Literal["healthy", "look here", "broken", "too early"]
ORDER: tuple[Severity, ...] = ("broken", "look", "note")


@dataclass(frozen=True)
class Finding:
    """One finding.

    Args:
        id: one of ``rlprobe.monitors.findings.catalogue``, e.g. ``"entropy-collapse"``.
        severity: one that the catalogue allows for it.
        since_step: the environment step since which it is true.
        evidence: what was measured, in one sentence with the numbers.
        value: the number that is out of range; None if it is no single number.
        range: the range that it should be in; None for an open end.

    Raises:
        ValueError: the catalogue has no such id, or does not allow the severity.
    """

    id: str
    severity: Severity
    since_step: int
    evidence: str
    value: float | None = None
    range: tuple[float | None, float | None] = (None, None)

    def __post_init__(self) -> None:
        allowed = kind_of(self.id).severities
        if self.severity not in allowed:
            raise ValueError(f"finding {self.id!r}: expected one of {allowed}, got {self.severity!r}")

    @property
    def look_at(self) -> str:
        """Where to look in the code."""
        return kind_of(self.id).look_at

    @property
    def next(self) -> str:
        """The command to run next."""
        return kind_of(self.id).next

    def as_json(self) -> dict[str, Any]:
        """The finding as plain data, schema 1."""
        kind = kind_of(self.id)
        value = self.value if self.value is not None and np.isfinite(self.value) else None
        return {
            **asdict(self),
            "value": value,
            "range": list(self.range),
            "source": kind.source,
            "look_at": kind.look_at,
            "next": kind.next,
        }

    def __str__(self) -> str:
        """One line: ``look here  entropy-collapse  since step 4,096: ...``."""
        return f"{WORDS[self.severity]}: {self.id} since step {self.since_step:,}: {self.evidence}"


WORDS: dict[str, str] = {"broken": "broken", "look": "look here", "note": "note"}


def ordered(findings: Sequence[Finding]) -> list[Finding]:
    """Findings sorted by severity, worst first, then by the step since which they hold."""
    return sorted(findings, key=lambda one: (ORDER.index(one.severity), one.since_step))


def verdict_of(findings: Sequence[Finding], *, enough: bool) -> Verdict:
    """The verdict on a run.

    Args:
        findings: what was found.
        enough: whether the run was long enough to be called healthy.

    >>> verdict_of([], enough=False)
    'too early'
    """
    severities = {one.severity for one in findings}
    if "broken" in severities:
        return "broken"
    if "look" in severities:
        return "look here"
    return "healthy" if enough else "too early"
