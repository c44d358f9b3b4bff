"""Let a script go on learning when it has solved its task: what solves its own says nothing on a probe.

``if np.mean(scores) >= 195: break`` ends learning at once where rewards are large, and elsewhere never.
"""

from __future__ import annotations

import ast
import re
from operator import itemgetter
from typing import TYPE_CHECKING, TypeVar

from rlprobe.scripts.inside.changes.numbers import name_of
from rlprobe.scripts.inside.changes.shaping import STEP, own_nodes

if TYPE_CHECKING:
    from collections.abc import Iterator

SCORE = re.compile(
    r"reward|score|return|solved|running|avg|average|mean|success|win_?rate|patience|improve", re.IGNORECASE
)
NO_SCORE = re.compile(
    r"kl\b|kl_|_kl|loss|grad|err|ratio|eps|entropy|delta|diff|\blen\(|steps?\b", re.IGNORECASE
)
EVALUATES = re.compile(r"eval|test|play|demo|render|valid", re.IGNORECASE)
GOAL = re.compile(r"goal|solved|reached|finished|converged|early_?stop|stop_?(training|early)", re.IGNORECASE)
"""Names of whether learning may end."""
ENDS = re.compile(r"((sys|os)\.)?(_?exit|quit)")
ABOVE, BELOW = (ast.Gt, ast.GtE), (ast.Lt, ast.LtE)
"""How a score on the left is compared with its threshold to end a loop, and to go on with one."""
MIRRORED = {ast.Gt: ast.Lt, ast.GtE: ast.LtE, ast.Lt: ast.Gt, ast.LtE: ast.GtE}
"""The same comparison with its sides swapped."""
Loop = TypeVar("Loop", ast.For, ast.While)


def leave_out_early_ends(tree: ast.Module) -> list[tuple[int, str]]:
    r"""Change a tree in place; the line and the text of each condition that was left out.

    >>> tree = ast.parse("for i in range(9):\n  train(i)\n  if np.mean(scores) > 195: break")
    >>> leave_out_early_ends(tree)
    [(3, 'np.mean(scores) > 195')]
    >>> print(ast.unparse(tree))
    for i in range(9):
        train(i)
        pass
    """
    leaver = _Leaver(tree)
    leaver.visit(tree)
    return sorted(dict.fromkeys(leaver.found), key=itemgetter(0))


def is_over_episodes(loop: ast.For) -> bool:
    r"""Whether each pass of a loop resets an environment to learn from it.

    >>> is_over_episodes(ast.parse("for i in range(n_games): obs, _ = env.reset()").body[0])
    True
    >>> is_over_episodes(ast.parse("for i in range(n_evals): obs, _ = eval_env.reset()").body[0])
    False

    A loop over steps does so after some of them only:

    >>> is_over_episodes(ast.parse("for i in range(1000):\n  if env.step(0)[2]: env.reset()").body[0])
    False
    """
    resets = [
        node.func.value
        for node in _always_run(loop)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "reset"
    ]
    named = " ".join([ast.unparse(loop.iter), *(ast.unparse(one) for one in resets)])
    return bool(resets) and not EVALUATES.search(named)


def _always_run(loop: ast.For) -> Iterator[ast.AST]:
    """All nodes in the body of a loop, without those behind a condition."""
    waiting: list[ast.AST] = [*loop.body]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += [node.test] if isinstance(node, ast.If) else ast.iter_child_nodes(node)


class _Leaver(ast.NodeTransformer):
    """Leaves out conditions on a score that end a loop; the reward of a single step is no score."""

    def __init__(self, tree: ast.Module) -> None:
        self.found: list[tuple[int, str]] = []
        self.scope: ast.AST = tree
        self.rewards, self.depth = _rewards_of_steps(tree), 0

    def visit_For(self, node: ast.For) -> ast.AST:
        return self._inside(node)

    def visit_While(self, node: ast.While) -> ast.AST:
        kept = self._without(node.test, BELOW, ast.And)
        if kept is not node.test:
            node.test = ast.copy_location(ast.Constant(value=True), node.test) if kept is None else kept
        return self._inside(node)

    def _inside(self, node: Loop) -> Loop:
        self.depth += 1
        self.generic_visit(node)
        self.depth -= 1
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        if EVALUATES.search(node.name):
            return node
        outside = self.scope, self.rewards, self.depth
        self.scope, self.rewards, self.depth = node, _rewards_of_steps(node), 0
        self.generic_visit(node)
        self.scope, self.rewards, self.depth = outside
        return node

    visit_AsyncFunctionDef = visit_FunctionDef  # type: ignore[assignment]  # noqa: N815 - ast's name

    def visit_If(self, node: ast.If) -> ast.AST | list[ast.stmt]:
        self.generic_visit(node)
        if not self.depth or not self._ends(node.body[-1]):
            return node
        kept = self._without(node.test, ABOVE, ast.Or)
        if kept is None:
            return node.orelse or ast.copy_location(ast.Pass(), node)
        node.test = kept
        return node

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        """``reached_goal = mean_score >= goal`` is never true."""
        named = isinstance(node.targets[0], ast.Name) and GOAL.search(node.targets[0].id)
        if named and self._is_score(node.value, ABOVE):
            self.found.append((node.lineno, ast.unparse(node.value)))
            node.value = ast.copy_location(ast.Constant(value=False), node.value)
        return node

    def _without(
        self, test: ast.expr, reached: tuple[type[ast.cmpop], ...], either: type[ast.boolop]
    ) -> ast.expr | None:
        """A condition without the parts that compare a score; None if nothing is left.

        Args:
            test: the condition.
            reached: the comparisons of a score, on the left, with its threshold.
            either: how parts are joined that do not need each other.
        """
        if isinstance(test, ast.BoolOp):
            parts = [self._without(one, reached, either) for one in test.values]
            kept = [one for one in parts if one is not None]
            if len(kept) == len(parts):
                return test
            if not isinstance(test.op, either) or not kept:
                return None
            new = kept[0] if len(kept) == 1 else ast.BoolOp(test.op, kept)
            return ast.copy_location(new, test)
        if self._is_score(test, reached):
            self.found.append((test.lineno, ast.unparse(test)))
            return None
        return test

    def _ends(self, statement: ast.stmt) -> bool:
        """Whether a statement ends a loop, the script, or a function that plays episodes."""
        if isinstance(statement, ast.Return):
            calls = (one for one in own_nodes(self.scope) if isinstance(one, ast.Call))
            return any(name_of(one.func) == "reset" for one in calls)
        call = statement.value if isinstance(statement, ast.Expr) else None
        exits = isinstance(call, ast.Call) and bool(ENDS.fullmatch(ast.unparse(call.func)))
        return isinstance(statement, ast.Break) or exits

    def _is_score(self, test: ast.expr, reached: tuple[type[ast.cmpop], ...]) -> bool:
        if reached is BELOW and isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            return _says_solved(test.operand)
        if reached is ABOVE and _says_solved(test):
            return True
        if not isinstance(test, ast.Compare) or len(test.ops) != 1:
            return False
        operator, (left, right) = type(test.ops[0]), (test.left, test.comparators[0])
        if operator not in reached and MIRRORED.get(operator) not in reached:
            return False
        score = ast.unparse(left if operator in reached else right)
        return bool(SCORE.search(score)) and not NO_SCORE.search(score) and score not in self.rewards


def _says_solved(test: ast.expr) -> bool:
    """Whether a name says that the task is solved."""
    return isinstance(test, (ast.Name, ast.Attribute)) and "solved" in ast.unparse(test).lower()


def _rewards_of_steps(scope: ast.AST) -> set[str]:
    """The names of the second thing that calls of ``step`` return, in a module or function itself."""
    return {
        ast.unparse(node.targets[0].elts[1])
        for node in own_nodes(scope)
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Call)
        and isinstance(node.targets[0], ast.Tuple)
        and STEP.fullmatch(name_of(node.value.func))
        and len(node.targets[0].elts) in {4, 5}
    }
