"""How often a script copies its network to the target: the number in ``if step % interval == 0``."""

from __future__ import annotations

import ast
import re

COPIES = re.compile(r"target|tgt|sync|load_state_dict|polyak", re.IGNORECASE)
LEARNS = re.compile(r"backward|optimi[sz]er|loss|learn|env\.|append|push", re.IGNORECASE)
MOST_STATEMENTS = 4


def divisors_of(tree: ast.AST) -> set[ast.expr]:
    """The expressions that a counter is divided by where a target network is updated."""
    found: set[ast.expr] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and _copies(node.body):
            found |= {
                part.right
                for part in ast.walk(node.test)
                if isinstance(part, ast.BinOp) and isinstance(part.op, ast.Mod)
            }
    return found


def _copies(body: list[ast.stmt]) -> bool:
    """Whether a block does nothing else than to update a target network."""
    text = "\n".join(ast.unparse(statement) for statement in body)
    return len(body) <= MOST_STATEMENTS and bool(COPIES.search(text)) and not LEARNS.search(text)
