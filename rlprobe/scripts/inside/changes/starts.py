"""Let a script learn early: the number in ``if steps > number: learn()``, whatever it is called."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from rlprobe.scripts.inside.changes.numbers import name_of

if TYPE_CHECKING:
    from collections.abc import Iterator

COUNTER = re.compile(
    r"(.*_)?(steps?|frames?|time_?steps?|transitions?|iters?|count(er)?|cntr|t|it)(_(count|num|done|so_far))?",
    re.IGNORECASE,
)
"""Names of the number of steps so far."""
AFTER = re.compile(r"after|before|start|warm|init|min|begin|explor|random|fill|learn|train", re.IGNORECASE)
OF_A_ROLLOUT = re.compile(
    r"batch|horizon|rollout|len|interval|every|freq|max|total|episode|epoch", re.IGNORECASE
)
LEARNS = re.compile(r"(.*_)?(train|learn|update|optimi[sz]e|replay|fit)(_.*)?", re.IGNORECASE)
OTHER_UPDATE = re.compile(
    r"target|lr|rate|eps|beta|alpha|stat|log|best|plot|bar|sched|anneal|decay", re.IGNORECASE
)
ABOVE, BELOW = (ast.Gt, ast.GtE), (ast.Lt, ast.LtE)


def starts_in(tree: ast.AST, latest: int) -> dict[ast.expr, int]:
    r"""The expressions that say after how many steps learning or the policy begins, each with ``latest``.

    Learning stands behind the condition, or behind a ``return``; before a policy, actions are sampled. Where
    the steps are counted anew after an update, or compared with the length of a rollout, nothing begins.

    >>> text = "if self.steps > self.late: self.learn()\nif t < 900: a = env.action_space.sample()"
    >>> [ast.unparse(one) for one in starts_in(ast.parse(text), 400)]
    ['self.late', '900']
    >>> starts_in(ast.parse("if t >= n: learn(); t = 0"), 400)
    {}
    """
    resets = list(_resets(tree))
    found: dict[ast.expr, int] = {}
    for node in ast.walk(tree):
        if not isinstance(node, ast.If):
            continue
        for part in (one for one in ast.walk(node.test) if isinstance(one, ast.Compare)):
            text, number = ast.unparse(part.left), part.comparators[0]
            again = any(line >= node.lineno and name == text for line, name in resets)
            if not again and _counts(part.left, number) and _begins(node, part.ops[0]):
                found[number] = latest
    return found


def _resets(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and text of whatever is set to a number."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
            yield from ((node.lineno, ast.unparse(one)) for one in node.targets)


def _counts(left: ast.expr, number: ast.expr) -> bool:
    """Whether the steps so far, or the transitions in a memory, are compared with a number."""
    name = name_of(number)
    if not isinstance(number, (ast.Name, ast.Attribute, ast.Constant)) or OF_A_ROLLOUT.search(name):
        return False
    if isinstance(left, ast.Call):
        return name_of(left.func) == "len" and bool(AFTER.search(name))
    return isinstance(left, (ast.Name, ast.Attribute)) and bool(COUNTER.fullmatch(name_of(left)))


def _begins(node: ast.If, op: ast.cmpop) -> bool:
    """Whether a condition lets learning or the policy begin."""
    if isinstance(op, BELOW):
        leaves = len(node.body) == 1 and isinstance(node.body[0], (ast.Return, ast.Continue))
        return leaves or _samples(node.body)
    return isinstance(op, ABOVE) and (_learns(node.body) or _samples(node.orelse))


def _learns(body: list[ast.stmt]) -> bool:
    names = [name_of(one.func) for one in _calls(body)]
    return any(LEARNS.fullmatch(name) and not OTHER_UPDATE.search(name) for name in names)


def _samples(body: list[ast.stmt]) -> bool:
    """Whether an action is sampled from the action space."""
    return any(ast.unparse(one.func).endswith("action_space.sample") for one in _calls(body))


def _calls(body: list[ast.stmt]) -> list[ast.Call]:
    return [node for statement in body for node in ast.walk(statement) if isinstance(node, ast.Call)]
