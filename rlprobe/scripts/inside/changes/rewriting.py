"""Change settings of a script in memory, never on disk: its discount, and slow hyperparameters."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rlprobe.scripts.inside.changes.episodes.counts import (
    episode_counts,
    evaluation_counts,
    range_of_episodes,
)
from rlprobe.scripts.inside.changes.episodes.early_ends import leave_out_early_ends
from rlprobe.scripts.inside.changes.episodes.elites import chosen_episodes
from rlprobe.scripts.inside.changes.numbers import (
    Number,
    added_and_scaled,
    converted,
    folded,
    name_of,
    product,
    running_products,
    smallest_memory,
    whole_numbers,
)
from rlprobe.scripts.inside.changes.rules import (
    BATCH,
    EPISODES,
    GAMMA,
    REWARD_SCALE,
    SCALES_REWARDS,
    SYNC,
    Rule,
    in_lower_case,
)
from rlprobe.scripts.inside.changes.shaping import leave_out_shaping
from rlprobe.scripts.inside.changes.shortening import shorten
from rlprobe.scripts.inside.changes.standardising import standardised_returns

if TYPE_CHECKING:
    from collections.abc import Sequence

REWARD = re.compile(r"r|rew|rews|rewards?|rwd|r_t|rew_t|reward_t")
NOT_A_DISCOUNT = ("lr", "scheduler", "decay", "blackjack", "focal")


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
    shifts: list[tuple[str, float, float]] = field(default_factory=list)
    """Text, addend and factor of each reward that is shifted or scaled, and of each number called so."""
    left_out: list[str] = field(default_factory=list)
    """Text and place of each statement that puts a reward of the script in place of that of ``step``."""
    early_ends: list[str] = field(default_factory=list)
    """Text and place of each condition on a score that ends learning."""
    standardised: list[str] = field(default_factory=list)
    """Text and place of each expression that standardises returns."""
    kept: set[Number] = field(default_factory=set)
    """Every number that is written in the code, after the changes."""
    elites: list[str] = field(default_factory=list)
    """Text and place of each quantile of the returns of episodes, which chooses those to imitate."""

    def __call__(self, tree: ast.Module, path: str) -> ast.Module:
        """Change the tree in place."""
        returns = standardised_returns(tree)
        self.standardised += [f"`{text}` ({Path(path).name}:{line})" for line, text in returns]
        self.elites += [f"`{text}` ({Path(path).name}:{line})" for line, text in chosen_episodes(tree)]
        visitor = _Visitor(self, Path(path).name, tree)
        visitor.visit(tree)
        self.kept |= {number for node in ast.walk(tree) if (number := folded(node)) is not None}
        if any(rule.names is SYNC for rule in self.rules):
            shorten(tree)
        if any(rule.names is SCALES_REWARDS for rule in self.rules):
            self.left_out += [f"`{text}` ({visitor.file}:{line})" for line, text in leave_out_shaping(tree)]
            self.early_ends += [f"`{text}` ({visitor.file}:{k})" for k, text in leave_out_early_ends(tree)]
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
        plain = in_lower_case(name)
        if plain in self.given:
            return None
        for rule in self.rules:
            if rule.flag == isinstance(old, bool) and rule.names.fullmatch(plain):
                changed = rule.change(old)
                return None if changed == old else (rule, changed)
        return None


class _Visitor(ast.NodeVisitor):
    def __init__(self, rewriting: Rewriting, file: str, tree: ast.Module) -> None:
        self.rewriting, self.file, self.numbers = rewriting, file, whole_numbers(tree)
        self.products, self.memory = running_products(tree), smallest_memory(tree)
        self.counts, self.of_evaluation = frozenset(episode_counts(tree)), frozenset(evaluation_counts(tree))

    def _read(self, name: str, node: ast.expr | None) -> ast.expr | None:
        """The expression in place of ``node``; the same if nothing changes."""
        if isinstance(node, ast.IfExp):
            node.body, node.orelse = (self._read(name, one) or one for one in (node.body, node.orelse))
            return node
        flag = isinstance(node, ast.Constant) and isinstance(node.value, bool)
        old = node.value if flag else folded(node)  # type: ignore[union-attr]
        multiplied = product(node, self.numbers) if old is None else None
        if node is None or (old := multiplied if old is None else old) is None:
            return node
        if REWARD_SCALE.fullmatch(in_lower_case(name)) and not flag and old > 0:
            said = f"rewards with {name} = {old:g}"
            self.rewriting.shifts += [(said, 0.0, float(old)), (said, 0.0, 1.0 / old)]
        found = self.rewriting.new("num_episodes" if node in self.counts else name, old)
        if found is None or (multiplied and not found[0].products):
            return node
        rule, new = found
        if (
            (rule.names is BATCH and self.memory < old)  # it never fits: that is the mistake
            or (old == 1 and name in self.products)
            or (rule.names is EPISODES and node in self.of_evaluation)
        ):
            return node
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
                node.value.elts = [self._read(name_of(t), v) or v for t, v in pairs] + (
                    node.value.elts[len(target.elts) :]
                )
            else:
                node.value = self._read(name_of(target), node.value) or node.value
        self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if isinstance(node.value, ast.Call):
            for keyword in node.value.keywords:
                if keyword.arg == "default":
                    keyword.value = self._read(name_of(node.target), keyword.value) or keyword.value
        node.value = self._read(name_of(node.target), node.value)
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        called = name_of(node.func).lower()
        if called in {"add_argument", "add_option", "option"}:
            self._argument(node)
        elif called == "learn" and node.args:
            node.args[0] = self._read("total_timesteps", node.args[0]) or node.args[0]
        node.args = [
            self._read("num_episodes", one) or one if one in self.counts else one for one in node.args
        ]
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
        names = [a.arg for a in (*spec.posonlyargs, *spec.args)]
        names = names[len(names) - len(spec.defaults) :]
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
        self._shift(node)
        self.generic_visit(node)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self._scale(node.target, node.op, node.value, node.lineno)
        self.generic_visit(node)

    def _scale(self, of: ast.expr, op: ast.operator, by: ast.expr, line: int) -> None:
        """Note a reward that is multiplied with, or divided by, a constant."""
        number, name = folded(by), name_of(converted(of))
        if not isinstance(op, (ast.Mult, ast.Div)) or not number or not REWARD.fullmatch(name.lower()):
            return
        factor = number if isinstance(op, ast.Mult) else 1.0 / number
        self.rewriting.scales.append((name, float(factor), f"{self.file}:{line}"))
        sign = "*" if isinstance(op, ast.Mult) else "/"
        self.rewriting.shifts.append((f"{ast.unparse(of)} {sign} {ast.unparse(by)}", 0.0, float(factor)))

    def _shift(self, node: ast.BinOp) -> None:
        """Note a reward to which a constant is added before it is multiplied with, or divided by, another."""
        found = added_and_scaled(node)
        if found is not None and REWARD.fullmatch(found[0].lower()):
            self.rewriting.shifts.append((ast.unparse(node), *found[1:]))

    def visit_For(self, node: ast.For) -> None:
        if call := range_of_episodes(node):
            bound = call.args[-1]
            number = self.numbers.get(name_of(bound))
            if number is not None and not self.rewriting.new(name_of(bound), number):
                bound = ast.copy_location(ast.Constant(number), bound)
            call.args[-1] = self._read("num_episodes", bound) or bound
        self.generic_visit(node)
