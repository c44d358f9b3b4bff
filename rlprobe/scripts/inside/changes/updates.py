"""Let a script learn from a few batches of its replay memory in a row, and not from dozens.

Twenty updates after each episode are few where episodes last 200 steps. Those of a probe have one to seven.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from rlprobe.scripts.inside.changes.numbers import name_of

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_IN_A_ROW = 4
MEMORY = re.compile(r"mem|buf|replay|\brb\b|storage|pool|batch|transitions", re.IGNORECASE)
SAMPLES = re.compile(r"sample\w*|get_batch|draw\w*|next_batch", re.IGNORECASE)
Function = ast.FunctionDef | ast.AsyncFunctionDef


def updates_in_a_row(tree: ast.AST) -> Iterator[ast.Call]:
    r"""The ``range`` of each loop that draws a batch from a memory in each pass, and acts in none.

    It lies in another loop, or in a function that does not act either: the loop of a whole run may act in
    ways that cannot be seen.

    >>> text = "for e in range(300):\n  play()\n  for i in range(20): learn(memory.sample(64))"
    >>> [ast.unparse(one) for one in updates_in_a_row(ast.parse(text))]
    ['range(20)']
    """
    acting = _acting(tree)
    outside: list[tuple[ast.AST, bool]] = [(tree, False)]
    while outside:
        node, inside = outside.pop()
        if isinstance(node, ast.For) and inside and _draws(node) and not _acts(node, acting):
            assert isinstance(node.iter, ast.Call)
            yield node.iter
        within = inside or isinstance(node, (ast.For, ast.While))
        if isinstance(node, Function):
            within = node.name not in acting
        outside += [(one, within) for one in ast.iter_child_nodes(node)]


def _draws(loop: ast.For) -> bool:
    """Whether a loop over a range of numbers draws batches from a memory."""
    if not isinstance(loop.iter, ast.Call) or len(loop.iter.args) != 1:
        return False
    if name_of(loop.iter.func) not in {"range", "trange"}:
        return False
    calls = [one for line in loop.body for one in ast.walk(line) if isinstance(one, ast.Call)]
    return any(SAMPLES.fullmatch(name_of(one.func)) and MEMORY.search(ast.unparse(one)) for one in calls)


def _acting(tree: ast.AST) -> set[str]:
    """The names of the functions that step an environment, or call one that does."""
    functions = [node for node in ast.walk(tree) if isinstance(node, Function)]
    found = set[str]()
    while new := {one.name for one in functions if one.name not in found and _acts(one, found)}:
        found |= new
    return found


def _acts(node: ast.AST, acting: set[str]) -> bool:
    """Whether something steps or resets an environment; a step of an optimizer has no argument."""
    calls = [one for one in ast.walk(node) if isinstance(one, ast.Call)]
    named = {name_of(one.func) for one in calls if one.args or name_of(one.func) != "step"}
    return not named.isdisjoint({*acting, "step", "reset"})
