"""Let target networks be updated often, and networks early and seldom in a row."""

from __future__ import annotations

import ast

from rlprobe.scripts.inside.changes.intervals import at_most, intervals_in
from rlprobe.scripts.inside.changes.rules import LATEST_START, LONGEST_SYNC
from rlprobe.scripts.inside.changes.starts import starts_in
from rlprobe.scripts.inside.changes.updates import MOST_IN_A_ROW, updates_in_a_row


def shorten(tree: ast.Module) -> None:
    """Limit the numbers of a script that say how long it waits; changes the tree in place."""
    wanted = intervals_in(tree, LONGEST_SYNC)
    wanted |= starts_in(tree, LATEST_START)
    wanted |= {call.args[0]: MOST_IN_A_ROW for call in updates_in_a_row(tree)}
    for node in ast.walk(tree):
        for name, value in ast.iter_fields(node):
            if isinstance(value, list):
                value[:] = [at_most(v, wanted[v]) if v in wanted else v for v in value]
            elif value in wanted:
                setattr(node, name, at_most(value, wanted[value]))
