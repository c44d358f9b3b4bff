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


def intervals_in(tree: ast.AST, longest: int) -> dict[ast.expr, int]:
    """The expressions that say how often a target network is updated, each with its largest useful value.

    That is ``longest`` steps or updates. Where steps are counted from the beginning of each episode, an
    episode of a probe may be over before any interval, so it is 1.

    >>> tree = ast.parse("if step % every == 0: target.load_state_dict(net.state_dict())")
    >>> [(ast.unparse(expression), limit) for expression, limit in intervals_in(tree, 50).items()]
    [('every', 50)]
    """
    found: dict[ast.expr, int] = {}
    restarting = _restarting(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and _copies(node.body):
            for part in ast.walk(node.test):
                if isinstance(part, ast.BinOp) and isinstance(part.op, ast.Mod):
                    counters = {one.id for one in ast.walk(part.left) if isinstance(one, ast.Name)}
                    found[part.right] = 1 if counters & restarting else longest
                elif isinstance(part, ast.Compare) and isinstance(part.ops[0], REACHED):
                    found[part.comparators[0]] = longest
    return found


def _restarting(tree: ast.AST) -> set[str]:
    r"""The names that count the steps of one episode: in a loop inside of another one, or from 0 in a loop.

    >>> sorted(_restarting(ast.parse("for e in x:\n  n = 0\n  for t in y: env.step(a)")))
    ['n', 't']
    """
    found = set[str]()
    for loop in (node for node in ast.walk(tree) if isinstance(node, (ast.For, ast.While))):
        inner = [node for statement in loop.body for node in ast.walk(statement)]
        loops = [node for node in inner if isinstance(node, (ast.For, ast.While)) and _steps(node)]
        found |= {
            one.target.id for one in loops if isinstance(one, ast.For) and isinstance(one.target, ast.Name)
        }
        for statement in loop.body if loops else ():
            if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Constant):
                zero = statement.value.value in {0, 1}
                found |= {one.id for one in statement.targets if isinstance(one, ast.Name) and zero}
    return found


def _steps(loop: ast.For | ast.While) -> bool:
    calls = (node for node in ast.walk(loop) if isinstance(node, ast.Call))
    return any(isinstance(one.func, ast.Attribute) and one.func.attr == "step" for one in calls)


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
