"""A flag: one finding of an inspection, as a sentence with a remedy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rlprobe.inspection.catalogue import kind_of
from rlprobe.inspection.flag_kind import ORDER
from rlprobe.output.numbers import listed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rlprobe.inspection.flag_kind import Section, Severity
    from rlprobe.inspection.measures.component import Component
    from rlprobe.inspection.place import Place


@dataclass(frozen=True)
class Flag:
    """One finding.

    Args:
        id: one of ``rlprobe.inspection.catalogue``, e.g. ``"constant-component"``.
        severity: one that the catalogue allows for it.
        sentence: what was measured, in one sentence with the numbers.
        advice: what to do, with wrapper and argument; empty for the remedy of the catalogue.
        components: names of the components concerned.
        place: seed and step at which it happened; None if it was not at a single step.
        value: the value of the first component there.

    Raises:
        UnknownFlagError: the catalogue has no such id.
        ValueError: the catalogue does not allow the severity.
    """

    id: str
    severity: Severity
    sentence: str
    advice: str = ""
    components: tuple[str, ...] = ()
    place: Place | None = None
    value: float | None = None

    def __post_init__(self) -> None:
        allowed = kind_of(self.id).severities
        if self.severity not in allowed:
            raise ValueError(f"flag {self.id!r}: expected one of {allowed}, got {self.severity!r}")

    @property
    def remedy(self) -> str:
        """What to do: the advice, or else the remedy of the catalogue."""
        return self.advice or kind_of(self.id).remedy

    @property
    def section(self) -> Section:
        """The part of the report that it belongs to."""
        return kind_of(self.id).section


def ordered(flags: list[Flag]) -> tuple[Flag, ...]:
    """``flags`` sorted by severity, worst first."""
    return tuple(sorted(flags, key=lambda flag: ORDER.index(flag.severity)))


def grouped(found: Sequence[Component], id_: str, say: Callable[[str], str], **more: str) -> list[Flag]:
    """One flag for all components with the same defect."""
    names = tuple(c.name for c in found)
    if not names:
        return []
    severity = more.get("severity", "look")
    return [Flag(id_, severity, say(listed(names)), more.get("advice", ""), names)]  # type: ignore[arg-type]
