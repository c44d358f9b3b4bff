"""A kind of flag, and its page for ``rlprobe explain`` and the documentation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Severity = Literal["harmful", "look", "note"]
Section = Literal["life", "scale", "horizon", "timestep", "contract", "picture"]
ORDER: Final[tuple[Severity, ...]] = ("harmful", "look", "note")
TITLES: Final[dict[Section, str]] = {
    "life": "Signs of life",
    "scale": "Scale",
    "horizon": "Horizon",
    "timestep": "Time step",
    "contract": "Contract",
    "picture": "Pictures",
}


@dataclass(frozen=True)
class FlagKind:
    """One kind of flag.

    Args:
        id: stable name, e.g. ``"constant-component"``.
        section: the part of the report that it belongs to.
        severities: possible severities, worst first: ``"harmful"`` prevents or impairs learning, ``"look"``
            is worth a look, ``"note"`` is good to know.
        summary: what was measured, in one sentence.
        why: why it matters for learning.
        remedy: what to do about it.
    """

    id: str
    section: Section
    severities: tuple[Severity, ...]
    summary: str
    why: str
    remedy: str


def page_of(kind: FlagKind) -> str:
    """The page of a kind of flag, in Markdown."""
    severity = " or ".join(kind.severities)
    return (
        f"# {kind.id}\n\n{kind.summary}\n\n**Severity:** {severity}. **Section of the report:** "
        f"{TITLES[kind.section]}.\n\n**Why it matters.** {kind.why}\n\n**What to do.** {kind.remedy}\n"
    )
