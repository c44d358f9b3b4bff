"""A kind of finding, and its page for ``rlprobe explain`` and the documentation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["broken", "look", "note"]
Part = Literal["episodes", "updates", "policy", "critic", "data", "machine"]
TITLES: dict[Part, str] = {
    "episodes": "Episodes",
    "updates": "Updates",
    "policy": "Policy",
    "critic": "Critic",
    "data": "Data",
    "machine": "Machine",
}


@dataclass(frozen=True)
class FindingKind:
    """One kind of finding of a training run.

    Args:
        id: stable name, e.g. ``"entropy-collapse"``.
        part: the part of the report that it belongs to.
        severities: possible severities, worst first: ``"broken"`` prevents learning, ``"look"`` is worth a
            look, ``"note"`` is good to know and leaves the verdict alone.
        summary: what was measured, in one sentence.
        why: why it matters for learning.
        source: where the range comes from.
        look_at: where to look in the code.
        probes: the probes that tell more.
        series: the curve of the report that shows it.
    """

    id: str
    part: Part
    severities: tuple[Severity, ...]
    summary: str
    why: str
    source: str
    look_at: str
    probes: tuple[str, ...] = ()
    series: str = ""

    @property
    def next(self) -> str:
        """The command to run next."""
        only = f" --only {' '.join(self.probes)}" if self.probes else ""
        return f"rlprobe diagnose train.py{only}"


def page_of(kind: FindingKind) -> str:
    """The page of a kind of finding, in Markdown."""
    severity = " or ".join(kind.severities)
    return (
        f"# {kind.id}\n\n{kind.summary}\n\n**Severity:** {severity}. **Part of the report:** "
        f"{TITLES[kind.part]}.\n\n**Why it matters.** {kind.why}\n\n**Where the range comes from.** "
        f"{kind.source}\n\n**Look at** {kind.look_at}.\n\n**Next:** `{kind.next}`\n"
    )
