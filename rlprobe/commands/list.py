"""``rlprobe list``: one line on every probe, fault, flag of an inspection and finding of a run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from rlprobe.extras import need

if TYPE_CHECKING:
    import argparse

    from probe_envs import Probe


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.epilog = "example: rlprobe list --json"
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> int:
    """Print the lists; returns the exit code."""
    from probe_envs import CHOICE_PROBES, SUITE, WRAPPER_PROBES
    from rlprobe.faults import NAMED, UNNAMED
    from rlprobe.inspection.catalogue import CATALOGUE
    from rlprobe.monitors.findings.catalogue import CATALOGUE as FINDINGS

    probes = [(row.name, _question(row)) for row in (*SUITE, *WRAPPER_PROBES, *CHOICE_PROBES)]
    named, unnamed = ([(fault.id, fault.summary) for fault in some] for some in (NAMED, UNNAMED))
    flags = [(kind.id, kind.summary) for kind in CATALOGUE]
    findings = [(kind.id, kind.summary) for kind in FINDINGS]
    if args.json:
        faults = [*named, *unnamed]
        parts = {"probes": probes, "faults": faults, "flags": flags, "findings": findings}
        print(json.dumps({name: dict(rows) for name, rows in parts.items()}, indent=2))  # noqa: T201
        return 0
    console = need("rich.console", "rlprobe list").Console()
    for title, rows in (
        ("Probes", probes),
        ("Faults", named),
        ("Faults that a diagnosis does not name", unnamed),
        ("Flags of an inspection", flags),
        ("Findings of a training run", findings),
    ):
        console.print(title, style="bold underline")
        console.print(_table(rows))
        console.print()
    console.print("`rlprobe explain NAME` explains each.", markup=False)
    names = ", ".join(row.name for row in WRAPPER_PROBES)
    console.print(f"{names} are about wrappers: they run only when named with --only.", markup=False)
    return 0


def _question(row: Probe) -> str:
    words = row.doc.splitlines()[0].split(": ", 1)[-1]
    return words[0].upper() + words[1:]


def _table(rows: list[tuple[str, str]]) -> Any:
    table = need("rich.table", "rlprobe list").Table(
        box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False
    )
    table.add_column(no_wrap=True, style="bold")
    table.add_column()
    for row in rows:
        table.add_row(*row)
    return table
