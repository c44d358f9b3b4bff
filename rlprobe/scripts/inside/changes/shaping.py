"""Leave out rewards that a script makes up itself, so that it learns from those of its environment.

``reward = reward if not done else -10`` and the like shape one task; on a probe, they are other rewards.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from operator import itemgetter
from typing import TYPE_CHECKING

from rlprobe.scripts.inside.changes.numbers import folded

if TYPE_CHECKING:
    from collections.abc import Iterator

END = re.compile(r"done|termin|trunc|game_?over|dead|fail", re.IGNORECASE)
REWARD = re.compile(r"reward", re.IGNORECASE)
STEP = re.compile(r"(.*_)?step(_.*)?")
OBSERVATION, GIVEN, FLAGS = 0, 1, slice(2, 4)
"""Places in what ``step`` returns: the observation, the reward, and the flags of an end."""


def leave_out_shaping(tree: ast.AST) -> list[tuple[int, str]]:
    r"""Change a tree in place; the line and the text of each statement that was left out.

    >>> code = "while True:\n  o, r, done, _, _ = env.step(a)\n  r = r if not done else -10\n  learn(o, r)"
    >>> tree = ast.parse(code)
    >>> leave_out_shaping(tree)
    [(3, 'r = r if not done else -10')]
    >>> ast.unparse(tree).splitlines()[2].strip()
    'r = r'
    """
    found: list[tuple[int, str]] = []
    for scope in _scopes(tree):
        for names in _steps(scope):
            for block in _blocks(scope):
                for i in range(len(block)):
                    found += names.leave_out(block, i)
    return sorted(dict.fromkeys(found), key=itemgetter(0))


class _Names:
    """The names that a line of a scope gives to what ``step`` returns."""

    def __init__(self, targets: list[ast.expr], line: int, scope: ast.AST) -> None:
        self.uses = Counter(name for node in (scope, *own_nodes(scope)) for name in _used(node))
        names = [ast.unparse(one) for one in targets]
        self.observation, self.reward, self.line = names[OBSERVATION], names[GIVEN], line
        self.flags = set(names[FLAGS])

    def leave_out(self, block: list[ast.stmt], i: int) -> list[tuple[int, str]]:
        """Replace one statement of a block if it makes up a reward; what was left out."""
        statement = block[i]
        if statement.lineno <= self.line:
            return []
        if isinstance(statement, ast.If):
            return self._at_end(statement)
        if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
            return []
        parts = [i] if self._is_made_up(statement) else self._from_observation(block, i)
        found = [(block[k].lineno, ast.unparse(block[k])) for k in parts]
        for k in parts:
            new = f"{ast.unparse(statement.targets[0])} = {self.reward}" if k == i else "pass"
            block[k] = _placed(ast.parse(new).body[0], block[k])
        return found

    def _at_end(self, statement: ast.If) -> list[tuple[int, str]]:
        """Leave out the numbers that stand for the reward where an episode ends."""
        own = [one for one in statement.body if self._is_own(one)]
        other = [one for one in statement.orelse if self._is_own(one)]
        if not own or len(other) < len(statement.orelse) or not self._is_end(statement.test):
            return []
        found = [(one.lineno, f"{ast.unparse(one)} if {ast.unparse(statement.test)}") for one in own]
        kept = [one for one in statement.body if one not in own]
        statement.body, statement.orelse = kept or [_placed(ast.Pass(), own[0])], []
        return [*found, *((one.lineno, ast.unparse(one)) for one in other)]

    def _is_made_up(self, statement: ast.Assign) -> bool:
        """Whether a reward is one of two, by whether the episode ends."""
        name, value = ast.unparse(statement.targets[0]), statement.value
        if not isinstance(value, ast.IfExp) or not self._is_end(value.test):
            return False
        branches = (value.body, value.orelse)
        constants = sum(_constant(one) not in {None, 0.0} for one in branches)
        given = sum(ast.unparse(one) == self.reward for one in branches)
        is_reward = name == self.reward or bool(REWARD.search(name))
        return is_reward and (constants, given) in {(1, 1), (2, 0)}

    def _from_observation(self, block: list[ast.stmt], i: int) -> list[int]:
        """The statements of a block that compute a reward from the observation alone; empty if none do."""
        last = block[i]
        assert isinstance(last, ast.Assign)
        if ast.unparse(last.targets[0]) != self.reward or self.reward in _loaded(last.value):
            return []
        needed, parts = _loaded(last.value), [i]
        for k in range(i - 1, -1, -1):
            one = block[k]
            if not isinstance(one, ast.Assign) or one.lineno <= self.line:
                continue
            if needed & _given(one):
                needed |= _loaded(one.value)
                parts.append(k)
        if self.observation not in needed or self.reward in needed:
            return []
        here = Counter(name for k in parts for node in ast.walk(block[k]) for name in _used(node))
        return [
            k
            for k in sorted(parts)
            if k == i or all(self.uses[name] <= here[name] for name in _given(block[k]))
        ]

    def _is_own(self, statement: ast.stmt) -> bool:
        """Whether a statement puts a number in place of the reward, or adds one."""
        if isinstance(statement, ast.Assign):
            target = statement.targets[0]
        elif isinstance(statement, ast.AugAssign) and isinstance(statement.op, (ast.Add, ast.Sub)):
            target = statement.target
        else:
            return False
        return ast.unparse(target) == self.reward and _constant(statement.value) not in {None, 0.0}

    def _is_end(self, test: ast.expr) -> bool:
        """Whether a condition asks for the end of an episode, and not for the reward."""
        names = _loaded(test)
        ends = any(name in self.flags or END.search(name) for name in names)
        return ends and self.reward not in names


def _loaded(node: ast.AST) -> set[str]:
    """The names in an expression, and attributes such as ``self.done``."""
    return {ast.unparse(one) for one in ast.walk(node) if isinstance(one, (ast.Name, ast.Attribute))}


def _used(node: ast.AST) -> list[str]:
    """The name that a node reads, if it is one."""
    return [node.id] if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) else []


def _given(statement: ast.stmt) -> set[str]:
    """The names that an assignment gives."""
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    parts = [one.elts if isinstance(one, (ast.Tuple, ast.List)) else [one] for one in targets]
    return {ast.unparse(one) for part in parts for one in part}


def _placed(new: ast.stmt, old: ast.stmt) -> ast.stmt:
    return ast.fix_missing_locations(ast.copy_location(new, old))


def _constant(node: ast.expr) -> float | None:
    """The number of a constant, with its sign; None if it is none."""
    sign = 1.0
    while isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
        sign, node = (-sign if isinstance(node.op, ast.USub) else sign), node.operand
    number = folded(node)
    return None if number is None else sign * float(number)


def _scopes(tree: ast.AST) -> Iterator[ast.AST]:
    """The module and every function in it."""
    yield tree
    yield from (one for one in ast.walk(tree) if isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef)))


def own_nodes(scope: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a scope, without those of functions in it."""
    waiting = list(ast.iter_child_nodes(scope))
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            waiting += ast.iter_child_nodes(node)


def _blocks(scope: ast.AST) -> Iterator[list[ast.stmt]]:
    """The lists of statements of a scope."""
    for node in (scope, *own_nodes(scope)):
        if node is not scope and isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        for _, value in ast.iter_fields(node):
            if isinstance(value, list) and value and all(isinstance(one, ast.stmt) for one in value):
                yield value


def _steps(scope: ast.AST) -> Iterator[_Names]:
    """The names that calls of ``step`` in a scope give to what it returns."""
    for node in own_nodes(scope):
        if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Call):
            continue
        called = node.value.func.attr if isinstance(node.value.func, ast.Attribute) else ""
        (target, *_) = node.targets
        if STEP.fullmatch(called) and isinstance(target, ast.Tuple) and len(target.elts) in {4, 5}:
            yield _Names(target.elts, node.lineno, scope)
