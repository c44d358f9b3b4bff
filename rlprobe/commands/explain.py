"""``rlprobe explain``: what a probe isolates, what a fault is, what a flag or a finding means."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from rlprobe.extras import need

if TYPE_CHECKING:
    import argparse

    from rlprobe.faults.declaration import Fault


class UnknownNameError(ValueError):
    """No probe, fault, flag or finding has this name."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.epilog = "example: rlprobe explain truncation-as-termination"
    parser.add_argument("name", metavar="PROBE|FAULT|FLAG|FINDING", help="as printed by `rlprobe list`")


def run(args: argparse.Namespace) -> int:
    """Print the explanation; returns the exit code."""
    markdown = need("rich.markdown", "rlprobe explain").Markdown(explanation(args.name))
    need("rich.console", "rlprobe explain").Console().print(markdown)
    return 0


def _fault_page(fault: Fault) -> str:
    from rlprobe.diagnosis.report.example import example_of

    lines, forms = (
        "\n".join(f"- {one}" for one in some)
        for some in (example_of(fault), (form.name for form in fault.forms))
    )
    return "\n\n".join(
        [
            f"# {fault.id}",
            fault.doc,
            *([fault.not_named] if fault.not_named else []),
            f"**Look at** {fault.look_at}.",
            fault.code,
            *(["**In a report**", lines] if lines else []),
            *(["**Forms**", forms] if forms else []),
        ]
    )


def explanation(name: str) -> str:
    """The documentation of a probe, a fault, a flag of an inspection or a finding of a run, in Markdown.

    Raises:
        UnknownNameError: there is none; the message gives the nearest names.
    """
    from probe_envs import CHOICE_PROBES, SUITE, WRAPPER_PROBES
    from rlprobe.checks.pages import family_pages, mistake_pages
    from rlprobe.faults import ALIASES
    from rlprobe.faults import CATALOGUE as FAULTS
    from rlprobe.inspection.catalogue import CATALOGUE
    from rlprobe.inspection.flag_kind import page_of
    from rlprobe.monitors.findings import kind
    from rlprobe.monitors.findings.catalogue import CATALOGUE as FINDINGS

    short = name.removeprefix("probe/").removesuffix("-v0")
    probes = {row.name: row for row in (*SUITE, *WRAPPER_PROBES, *CHOICE_PROBES)}
    faults = {fault.id: fault for fault in FAULTS}
    faults |= {alias: faults[name] for alias, name in ALIASES.items()}
    flags = {one.id: one for one in CATALOGUE}
    findings = {one.id: one for one in FINDINGS}
    if short in probes:
        row = probes[short]
        faults_shown = ", ".join(f"`{fault}`" for fault in row.isolates) or "none in particular"
        before = ", ".join(row.prerequisites) or "nothing"
        return f"# {row.id}\n\n{row.doc}\n\n**Isolates** {faults_shown}. **Must pass before:** {before}."
    if short in faults:
        return _fault_page(faults[short])
    if short in flags:
        return page_of(flags[short])
    if short in findings:
        return kind.page_of(findings[short])
    pages = {**mistake_pages(), **family_pages()}
    if short in pages:
        return pages[short]
    near = get_close_matches(short, [*probes, *faults, *flags, *findings, *pages], n=3, cutoff=0.4)
    hint = f"did you mean {' or '.join(near)}?" if near else "see `rlprobe list`"
    raise UnknownNameError(f"no probe, fault, flag or finding is called {name!r}: {hint}")
