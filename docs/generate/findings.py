"""The page of each finding that the monitors can raise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generate.markdown import joined, links, table
from generate.probes import PROBES
from rlprobe.monitors.findings.catalogue import CATALOGUE
from rlprobe.monitors.findings.kind import TITLES

if TYPE_CHECKING:
    from rlprobe.monitors.findings.kind import FindingKind, Part

WORDS = {"broken": "broken", "look": "look here", "note": "note"}
INTRODUCTION = """# Findings

What [`rlprobe run`](../commands/run.md) and [`rlprobe.watch`](../monitors/index.md) can point at in a
training run. `rlprobe explain FINDING` prints the same pages.

*Broken* prevents learning. *Look here* is worth a look. A *note* is good to know and
leaves the verdict alone.
"""


def finding_list() -> str:
    """All findings, one table for each part of the report."""
    return joined(INTRODUCTION, *(f"## {title}\n\n{_table(part)}" for part, title in TITLES.items()))


def _table(part: Part) -> str:
    return table(
        ["finding", "what was seen", "severity"],
        [[f"[{k.id}]({k.id}.md)", k.summary, _severity(k)] for k in CATALOGUE if k.part == part],
    )


def _severity(kind: FindingKind) -> str:
    return " or ".join(WORDS[severity] for severity in kind.severities)


def finding_page(kind: FindingKind) -> str:
    """What a finding means, where its range comes from, and where to look."""
    others = [one.id for one in CATALOGUE if one.part == kind.part and one is not kind]
    known = {row.name for row in PROBES}
    return joined(
        f"# {kind.id}",
        f"**{kind.summary}**",
        f"Severity: *{_severity(kind)}*. Part of the report: {TITLES[kind.part]}.",
        f"## Why it matters\n\n{kind.why}",
        f"## Where the range comes from\n\n{kind.source}",
        f"## Look at\n\n{kind.look_at[0].upper()}{kind.look_at[1:]}.",
        f"## Next\n\n```text\n{kind.next}\n```",
        "## See also",
        f"- Probes: {links([p for p in kind.probes if p in known], '../probes/')}" if kind.probes else "",
        f"- Other findings of this part: {links(others)}" if others else "",
        "- [How runs are watched](../monitors/index.md), [all findings](index.md)",
    )
