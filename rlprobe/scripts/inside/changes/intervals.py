"""Let a script update its target network often enough: the number in ``if step % interval == 0``."""

from __future__ import annotations

import ast
import re

COPIES = re.compile(r"target|tgt|sync|load_state_dict|polyak", re.IGNORECASE)
LEARNS = re.compile(
    r"backward|optimi[sz]er|loss|learn|train\b|train_|\.grad\b|grads|batch|sample|replay|env\.|append|push",
    re.IGNORECASE,
)
TELLS = re.compile(r"(.*\.)?(print|add_scalars?|log\w*|info|debug|write|set_postfix|set_description)")
"""Functions that only tell how it goes."""
MOST_STATEMENTS = 4
REACHED = (ast.Gt, ast.GtE)


def intervals_in(tree: ast.AST) -> list[ast.expr]:
    """The expressions that say after how many steps or updates a target network is updated.

    >>> tree = ast.parse("if step % every == 0: target.load_state_dict(net.state_dict())")
    >>> [ast.unparse(expression) for expression in intervals_in(tree)]
    ['every']
    """
    found: list[ast.expr] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and _copies(node.body):
            for part in ast.walk(node.test):
                if isinstance(part, ast.BinOp) and isinstance(part.op, ast.Mod):
                    found.append(part.right)
                elif isinstance(part, ast.Compare) and isinstance(part.ops[0], REACHED):
                    found.append(part.comparators[0])
    return found


def at_most(expression: ast.expr, number: int) -> ast.expr:
    """The expression, or ``number`` where it is smaller.

    >>> ast.unparse(at_most(ast.parse("self.every", mode="eval").body, 50))
    '(lambda n: min(n, 50))(self.every)'
    """
    limited = ast.parse(f"(lambda n: min(n, {number}))(0)", mode="eval").body
    assert isinstance(limited, ast.Call)
    limited.args = [expression]
    return ast.copy_location(limited, expression)


def _copies(body: list[ast.stmt]) -> bool:
    """Whether a block does nothing else than to update a target network."""
    body = [statement for statement in body if not _tells(statement)]
    text = "\n".join(ast.unparse(statement) for statement in body)
    copies = bool(COPIES.search(text)) and not LEARNS.search(text)
    return len(body) <= MOST_STATEMENTS and copies and not any(_uses(statement) for statement in body)


def _tells(statement: ast.stmt) -> bool:
    """Whether a statement prints or logs something.

    >>> [_tells(ast.parse(line).body[0]) for line in ("writer.add_scalar('loss', loss, k)", "sync(target)")]
    [True, False]
    """
    call = statement.value if isinstance(statement, ast.Expr) else None
    return isinstance(call, ast.Call) and bool(TELLS.fullmatch(ast.unparse(call.func)))


def _uses(statement: ast.stmt) -> bool:
    """Whether a target network is an argument of a call that makes something else.

    >>> [_uses(ast.parse(line).body[0]) for line in ("w = step(w, target)", "target = copy(w)")]
    [True, False]
    """
    if not isinstance(statement, ast.Assign) or not isinstance(statement.value, ast.Call):
        return False
    made = " ".join(ast.unparse(one) for one in statement.targets)
    given = " ".join(ast.unparse(one) for one in statement.value.args)
    return bool(COPIES.search(given)) and not COPIES.search(made)
