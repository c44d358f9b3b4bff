"""Change settings of a script in memory, never on disk: its discount, and slow hyperparameters."""

from __future__ import annotations

import ast
import importlib.abc
import importlib.machinery
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

Number = int | float
Change = Callable[[Number], Number]

GAMMA = re.compile(r"(gamma|discount|discount_?factor|discount_?rate|gamma_?discount|reward_?decay)")
RATE = re.compile(
    r"(lr|learning_?rate|(actor|critic|policy|pi|vf?|q|value|pg)_?(lr|learning_?rate)"
    r"|lr_?(actor|critic|policy|pi|vf?|q|value)|learning_?rate_?(actor|critic))"
)
TOTAL = re.compile(
    r"(total_?(time_?)?steps|total_?env_?steps|total_?num_?steps|max_?(time|training|train)_?steps"
    r"|n_?total_?steps|training_?steps|train_?steps|num_?(train_?|training_?|time_?)steps_?total|n_?time_?steps)"
)
EPISODES = re.compile(
    r"((num|n|max|total|training|train|no)_?(of_?)?(train(ing)?_?)?(episodes?|epi|eps)|episodes"
    r"|episode_?(count|num|number|limit))"
)
STARTS = re.compile(
    r"(learning_?starts?|start_?(time_?)?steps|start_?training|warm_?up(_?steps)?|random_?steps|burn_?in"
    r"|(replay_?|buffer_?)?(start|min|initial)_?(replay|buffer|memory)?_?size|update_?after|train_?start"
    r"|explor(e|ation)_?steps|learn_?start)"
)
SYNC = re.compile(
    r"(target_?(network_?)?(update_?)?(frequency|freq|interval|period|every|steps)?|(update|sync)_?target(_?\w+)?"
    r"|target_?(network_?)?update(_?\w+)?|target_?sync(_?\w+)?|sync_?(rate|frequency|freq|every|interval))"
)
CAPACITY = re.compile(
    r"((replay_?|buffer_?|memory_?)(buffer_?)?(size|capacity|len|length)|capacity|max_?memory|memory)"
)
DECAY = re.compile(r"(e(ps|psilon)_?decay_?(steps|frames|last_?frame)?|explor\w*_?(decay_?)?(steps|frames))")
BATCH = re.compile(r"(mini_?)?batch_?size")
TAU = re.compile(r"(tau|polyak_?tau|soft_?update_?tau)")
ROLLOUT = re.compile(
    r"(num_?steps|n_?steps|rollout_?(len|length|steps|size)|steps_?per_?(epoch|update|rollout)"
    r"|update_?time_?steps?|t_?horizon|horizon|time_?steps_?per_?batch|batch_?time_?steps)"
)
EPISODE_VARIABLE = re.compile(r"((i|n|t)_?)?(ep|epi|eps|episode|episodes|i_?episode|game|trial)(_?\w{0,4})?")
REWARD = re.compile(r"r|rew|rews|rewards?|rwd|r_t|rew_t|reward_t")
SCHEDULE = 2
"""Schedules span this many times the length of a run, so that they do not end learning early."""
NOT_A_DISCOUNT = ("lr", "scheduler", "decay", "blackjack", "focal")


@dataclass(frozen=True)
class Rule:
    """Changes numbers with certain names.

    Args:
        what: its name in reports.
        names: matches the whole name.
        change: from the number in the script to the new one; the same to keep it.
    """

    what: str
    names: re.Pattern[str]
    change: Change


def discount_rule(gamma: float) -> Rule:
    """Replaces every discount above 0.5 by ``gamma``."""
    return Rule("gamma", GAMMA, lambda old: gamma if 0.5 < old <= 1.0 else old)


def quick_rules(steps: int, *, rates: bool = True) -> tuple[Rule, ...]:
    """Replaces slow hyperparameters by ones that suit ``steps`` steps; learning rates only if ``rates``."""
    faster = (
        Rule("learning rate", RATE, lambda old: min(10 * old, 3e-3) if 0 < old < 3e-3 else old),
        Rule("tau", TAU, lambda old: min(10 * old, 0.05) if 0 < old < 0.05 else old),
    )
    return (
        *(faster if rates else ()),
        Rule("total steps", TOTAL, lambda old: SCHEDULE * steps if old >= 1_000 else old),
        Rule("episodes", EPISODES, lambda old: steps if old >= 20 else old),
        Rule("learning starts", STARTS, lambda old: min(int(old), 400) if old >= 400 else old),
        Rule("target interval", SYNC, lambda old: min(int(old), 50) if old > 50 else old),
        Rule("capacity", CAPACITY, lambda old: min(int(old), 20_000) if old >= 1_000 else old),
        Rule("exploration", DECAY, lambda old: max(steps // 4, 1) if old > steps // 2 else old),
        Rule("batch", BATCH, lambda old: 64 if 64 < old <= 512 else old),
        Rule("rollout", ROLLOUT, lambda old: max(int(old) // 4, 256) if old >= 1_024 else old),
    )


@dataclass
class Rewriting:
    """Applies rules to the syntax trees of a script and of the files beside it.

    Args:
        rules: the rules; the first that matches a name counts.
        given: names that the command line sets; these are not changed.
    """

    rules: Sequence[Rule]
    given: frozenset[str] = frozenset()
    found: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    defaults: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    scales: list[tuple[str, float, str]] = field(default_factory=list)
    """Name, factor and place of each product of a reward and a constant."""

    def __call__(self, tree: ast.Module, path: str) -> ast.Module:
        """Change the tree in place."""
        visitor = _Visitor(self, Path(path).name)
        visitor.visit(tree)
        return tree

    def used(self, model: Any) -> list[dict[str, Any]]:
        """The settings that were changed; of a library's defaults, only those of ``model``."""
        defaults = [
            read
            for (owner, option), read in self.defaults.items()
            if owner == type(model).__name__ and getattr(model, option, None) == read["new"]
        ]
        return [*self.found.values(), *defaults]

    def new(self, name: str, old: Number) -> tuple[Rule, Number] | None:
        """The rule and the new number for ``name``; None to keep it."""
        plain = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower().strip("_-").replace("-", "_")
        if plain in self.given or isinstance(old, bool):
            return None
        for rule in self.rules:
            if rule.names.fullmatch(plain):
                changed = rule.change(old)
                return None if changed == old else (rule, changed)
        return None


class _Visitor(ast.NodeVisitor):
    def __init__(self, rewriting: Rewriting, file: str) -> None:
        self.rewriting, self.file = rewriting, file

    def _read(self, name: str, node: ast.expr | None) -> ast.expr | None:
        """The expression in place of ``node``; the same if nothing changes."""
        old = folded(node)
        if node is None or old is None:
            return node
        found = self.rewriting.new(name, old)
        if found is None:
            return node
        rule, new = found
        new = type(old)(new) if isinstance(old, float) else new
        if isinstance(node, ast.Call) and isinstance(new, float) and new.is_integer():
            new = int(new)
        self.rewriting.found.setdefault(
            (rule.what, name),
            {"what": rule.what, "name": name, "old": old, "new": new, "place": f"{self.file}:{node.lineno}"},
        )
        return ast.copy_location(ast.Constant(new), node)

    def visit_Assign(self, node: ast.Assign) -> None:
        for target in node.targets:
            if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                pairs = zip(target.elts, node.value.elts, strict=False)
                node.value.elts = [self._read(_name(t), v) or v for t, v in pairs] + (
                    node.value.elts[len(target.elts) :]
                )
            else:
                node.value = self._read(_name(target), node.value) or node.value
        self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if isinstance(node.value, ast.Call):
            for keyword in node.value.keywords:
                if keyword.arg == "default":
                    keyword.value = self._read(_name(node.target), keyword.value) or keyword.value
        node.value = self._read(_name(node.target), node.value)
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        called = _name(node.func).lower()
        if called in {"add_argument", "add_option", "option"}:
            self._argument(node)
        elif called == "learn" and node.args:
            node.args[0] = self._read("total_timesteps", node.args[0]) or node.args[0]
        for keyword in node.keywords:
            name = keyword.arg or ""
            odd = any(word in called for word in NOT_A_DISCOUNT) and GAMMA.fullmatch(name.lower())
            if not odd and called != "sgd" and name != "default":
                keyword.value = self._read(name, keyword.value) or keyword.value
        self.generic_visit(node)

    def _argument(self, node: ast.Call) -> None:
        options = [a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
        for keyword in node.keywords:
            if keyword.arg == "default":
                for option in options:
                    keyword.value = self._read(option.lstrip("-"), keyword.value) or keyword.value

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        spec = node.args
        names = (
            [a.arg for a in (*spec.posonlyargs, *spec.args)][-len(spec.defaults) :] if spec.defaults else []
        )
        spec.defaults = [self._read(n, v) or v for n, v in zip(names, spec.defaults, strict=True)]
        pairs = zip(spec.kwonlyargs, spec.kw_defaults, strict=True)
        spec.kw_defaults = [self._read(a.arg, v) for a, v in pairs]
        self.generic_visit(node)

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815 - ast's name

    def visit_Dict(self, node: ast.Dict) -> None:
        node.values = [
            self._read(key.value, value) or value
            if isinstance(key, ast.Constant) and isinstance(key.value, str)
            else value
            for key, value in zip(node.keys, node.values, strict=True)
        ]
        self.generic_visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        self._scale(node.left, node.op, node.right, node.lineno)
        if isinstance(node.op, ast.Mult):
            self._scale(node.right, node.op, node.left, node.lineno)
        self.generic_visit(node)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self._scale(node.target, node.op, node.value, node.lineno)
        self.generic_visit(node)

    def _scale(self, of: ast.expr, op: ast.operator, by: ast.expr, line: int) -> None:
        """Note a reward that is multiplied with, or divided by, a constant."""
        number = folded(by)
        if not isinstance(op, (ast.Mult, ast.Div)) or not number or not REWARD.fullmatch(_name(of).lower()):
            return
        factor = number if isinstance(op, ast.Mult) else 1.0 / number
        self.rewriting.scales.append((_name(of), float(factor), f"{self.file}:{line}"))

    def visit_For(self, node: ast.For) -> None:
        call = node.iter
        while isinstance(call, ast.Call) and _name(call.func) != "range" and call.args:
            call = call.args[0]
        named = EPISODE_VARIABLE.fullmatch(_name(node.target).lower())
        if named and isinstance(call, ast.Call) and _name(call.func) == "range" and len(call.args) in {1, 2}:
            call.args[-1] = self._read("num_episodes", call.args[-1]) or call.args[-1]
        self.generic_visit(node)


def _name(node: ast.AST) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        return str(node.slice.value)
    return ""


def folded(node: ast.expr | None) -> Number | None:
    """The number of a constant expression such as ``int(1e6)`` or ``10 * 500``.

    >>> folded(ast.parse("int(5e5)", mode="eval").body)
    500000
    """
    if isinstance(node, ast.Constant):
        return node.value if type(node.value) in {int, float} else None  # type: ignore[return-value]
    if isinstance(node, ast.Call) and _name(node.func) in {"int", "float"} and len(node.args) == 1:
        inside = folded(node.args[0])
        return None if inside is None else (int if _name(node.func) == "int" else float)(inside)
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Mult, ast.Pow)):
        left, right = folded(node.left), folded(node.right)
        if left is None or right is None or abs(right) > 1e9 or abs(left) > 1e9:
            return None
        if isinstance(node.op, ast.Mult):
            return left * right
        return float(left) ** right if abs(right) < 20 else None
    return None


class LocalFiles(importlib.abc.MetaPathFinder):
    """Imports files beside the script with the same changes; libraries are not changed.

    Args:
        folder: the folder of the script.
        change: changes a syntax tree, given the tree and the path.
    """

    def __init__(self, folder: Path, change: Callable[[ast.Module, str], ast.Module]) -> None:
        self.folder, self.change = folder.resolve(), change

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """The usual place of a module, with our loader if it lies beside the script."""
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if spec is None or not isinstance(spec.loader, importlib.machinery.SourceFileLoader):
            return None
        place = Path(spec.loader.path).resolve()
        if not place.is_relative_to(self.folder) or place.is_relative_to(Path(sys.prefix)):
            return None
        if "site-packages" in place.parts:
            return None
        spec.loader = _Loader(spec.loader.name, spec.loader.path, self.change)
        return spec


class _Loader(importlib.machinery.SourceFileLoader):
    def __init__(self, name: str, path: str, change: Callable[[ast.Module, str], ast.Module]) -> None:
        super().__init__(name, path)
        self.change = change

    def get_code(self, fullname: str) -> Any:
        """Compile from the source always: what is cached is not changed."""
        path = self.get_filename(fullname)
        tree = self.change(ast.parse(self.get_data(path), path), path)
        return compile(ast.fix_missing_locations(tree), path, "exec", dont_inherit=True)
