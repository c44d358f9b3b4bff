"""``rlprobe list``: every probe and every fault, with a line on each."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from rlprobe.extras import need

if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.epilog = "example: rlprobe list --json"
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> int:
    """Print the lists; returns the exit code."""
    from probe_envs import SUITE
    from rlprobe.faults import FAULTS

    probes = [(row.name, row.doc.splitlines()[0].split(": ", 1)[-1]) for row in SUITE]
    faults = [(fault.id, fault.summary) for fault in FAULTS]
    if args.json:
        print(json.dumps({"probes": dict(probes), "faults": dict(faults)}, indent=2))  # noqa: T201
        return 0
    console = need("rich.console", "rlprobe list").Console()
    for title, rows in (("probe", probes), ("fault", faults)):
        console.print(_table(title, rows))
    console.print("`rlprobe explain NAME` tells more about each.", markup=False)
    return 0


def _table(title: str, rows: list[tuple[str, str]]) -> Any:
    table = need("rich.table", "rlprobe list").Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(title, no_wrap=True, style="bold")
    table.add_column("")
    for row in rows:
        table.add_row(*row)
    return table
