"""The page of each flag that an inspection can raise, and of each part of its report."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from generate.markdown import joined, links, table
from rlprobe.inspection.catalogue import CATALOGUE
from rlprobe.inspection.flag_kind import TITLES

if TYPE_CHECKING:
    from rlprobe.inspection.flag_kind import FlagKind, Section, Severity

SEVERITIES: dict[Severity, str] = {"harmful": "harmful", "look": "worth a look", "note": "note"}
QUESTIONS: dict[Section, str] = {
    "life": "Does random play ever get a good reward, and do returns differ between episodes?",
    "scale": "Do observations and rewards have a scale that a network learns from?",
    "horizon": "How far does the discount look ahead, compared with what the task needs?",
    "timestep": "Does each action last long enough for exploration to get anywhere?",
    "contract": "Does the environment do what Gymnasium requires, over whole episodes?",
    "picture": "Can a human see in the images what the agent needs?",
}
WRAPPERS = re.compile(r"\b(NormalizeAll|RewardScale|FrameSkip)\b")
INTRODUCTION = """# Flags

What [`rlprobe inspect`](../commands/inspect.md) can point at, by the part of its report. `rlprobe explain
FLAG` prints the same pages.

*Harmful* flags break learning, and make the exit code 1. *Worth a look* may be intended, but you should know.
A *note* is good to know.
"""


def flag_list() -> str:
    """All flags, one table for each part of the report."""
    parts = (f"## [{title}]({section}.md)\n\n{_table(section)}" for section, title in TITLES.items())
    return joined(INTRODUCTION, *parts)


def section_page(section: Section) -> str:
    """The question of a part of the report, and its flags."""
    return joined(
        f"# {TITLES[section]}",
        f"**{QUESTIONS[section]}**",
        "A part of the report of [`rlprobe inspect`](../commands/inspect.md), with the flags it can raise:",
        _table(section),
        "[How it is measured](../inspect/index.md#how-it-measures)",
    )


def _table(section: Section) -> str:
    return table(
        ["flag", "what was seen", "severity"],
        [
            [f"[{one.id}]({one.id}.md)", one.summary, _severity(one)]
            for one in CATALOGUE
            if one.section == section
        ],
    )


def _severity(kind: FlagKind) -> str:
    return " or ".join(SEVERITIES[severity] for severity in kind.severities)


def flag_page(kind: FlagKind) -> str:
    """What a flag means, why it matters and what to do."""
    wrappers = ", ".join(f"`{name}`" for name in dict.fromkeys(WRAPPERS.findall(kind.remedy)))
    others = [one.id for one in CATALOGUE if one.section == kind.section and one is not kind]
    return joined(
        f"# {kind.id}",
        f"**{kind.summary}**",
        f"Severity: *{_severity(kind)}*. Part of the report: [{TITLES[kind.section]}]({kind.section}.md).",
        f"## Why it matters\n\n{_linked(kind.why)}",
        f"## What to do\n\n{_linked(kind.remedy)}",
        "## See also",
        f"- The wrappers: [{wrappers}](../wrappers/index.md)" if wrappers else "",
        f"- Other flags of this part: {links(others)}" if others else "",
        "- [What an inspection measures](../inspect/index.md), [all flags](index.md)",
    )


def _linked(text: str) -> str:
    """Names of other flags as links to their pages."""
    names = {kind.id for kind in CATALOGUE}

    def link(found: re.Match[str]) -> str:
        return f"[{found[1]}]({found[1]}.md)" if found[1] in names else found[0]

    return re.sub(r"`([\w-]+)`", link, text)
