"""What a kind of flag is, and how ``rlprobe explain`` and the documentation describe it."""

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
        severities: how bad it can be, the worst first: ``"harmful"`` spoils learning, ``"look"`` deserves
            thought, ``"note"`` is good to know.
        summary: what was seen, in one sentence.
        why: why it matters to a learner.
        remedy: what to do about it.
    """

    id: str
    section: Section
    severities: tuple[Severity, ...]
    summary: str
    why: str
    remedy: str


def page_of(kind: FlagKind) -> str:
    """What `rlprobe explain` and the documentation say of a kind of flag, in Markdown."""
    severity = " or ".join(kind.severities)
    return (
        f"# {kind.id}\n\n{kind.summary}\n\n**Severity:** {severity}. **Section of the report:** "
        f"{TITLES[kind.section]}.\n\n**Why it matters.** {kind.why}\n\n**What to do.** {kind.remedy}\n"
    )
