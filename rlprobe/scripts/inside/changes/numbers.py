"""Numbers and names in a syntax tree."""

from __future__ import annotations

import ast
import math
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

Number = int | float
MEMORY = re.compile(r"memory|buffer|replay", re.IGNORECASE)
CONVERSIONS = frozenset({"float", "array", "asarray", "tensor", "as_tensor", "Tensor", "FloatTensor"})
"""Functions that leave a number as it is: a clipped reward does not grow with the reward."""


def name_of(node: ast.AST) -> str:
    """The last part of a name: that of an attribute, or the key of a subscript; empty if there is none."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        return str(node.slice.value)
    return ""


def folded(node: ast.AST | None) -> Number | None:
    """The number of a constant expression such as ``int(1e6)`` or ``10 * 500``.

    >>> [folded(ast.parse(text, mode="eval").body) for text in ("int(5e5)", "2**15", "2.5 * 10")]
    [500000, 32768, 25.0]
    """
    if isinstance(node, ast.Constant):
        return node.value if type(node.value) in {int, float} else None  # type: ignore[return-value]
    if isinstance(node, ast.Call) and name_of(node.func) in {"int", "float"} and len(node.args) == 1:
        inside = folded(node.args[0])
        return None if inside is None else (int if name_of(node.func) == "int" else float)(inside)
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Mult, ast.Pow)):
        left, right = folded(node.left), folded(node.right)
        if left is None or right is None or abs(right) > 1e9 or abs(left) > 1e9:
            return None
        if isinstance(node.op, ast.Mult):
            return left * right
        if abs(right) >= 20:
            return None
        return left**right if isinstance(right, int) and right >= 0 else float(left) ** right
    return None


def added_and_scaled(node: ast.BinOp) -> tuple[str, float, float] | None:
    """A name, what is added to it, and by what the sum is multiplied; None for other expressions.

    >>> [added_and_scaled(ast.parse(text, mode="eval").body) for text in ("(r + 8) / 8", "r * 2")]
    [('r', 8.0, 0.125), None]
    """
    inner, number = node.left, folded(node.right)
    if not isinstance(inner, ast.BinOp) or not isinstance(inner.op, (ast.Add, ast.Sub)) or not number:
        return None
    added = folded(inner.right)
    if not added or not isinstance(node.op, (ast.Mult, ast.Div)):
        return None
    signed = float(added) if isinstance(inner.op, ast.Add) else -float(added)
    return name_of(inner.left), signed, float(number) if isinstance(node.op, ast.Mult) else 1.0 / number


def running_products(tree: ast.AST) -> frozenset[str]:
    """The names that are multiplied again and again, as the powers of a discount are.

    >>> sorted(running_products(ast.parse("discount *= gamma; power = power * 0.9; gamma = 0.9")))
    ['discount', 'power']
    """
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Mult):
            found.add(name_of(node.target))
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.BinOp):
            names = {name_of(node.value.left), name_of(node.value.right)} - {""}
            if isinstance(node.value.op, ast.Mult):
                found |= names & {name_of(target) for target in node.targets}
    return frozenset(found)


def smallest_memory(tree: ast.AST) -> Number:
    """The smallest number that a replay memory is made with; infinity if there is none.

    >>> smallest_memory(ast.parse("memory = ReplayMemory(100); old = Buffer(capacity=1000)"))
    100
    """
    sizes: list[Number] = [math.inf]
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and MEMORY.search(name_of(node.func)):
            given = [*node.args, *(k.value for k in node.keywords if k.arg in {"maxlen", "capacity", "size"})]
            sizes += [number for one in given if isinstance(number := folded(one), int)]
    return min(sizes)


def whole_numbers(tree: ast.AST) -> dict[str, int]:
    """The variables that are assigned once, and a whole number.

    >>> whole_numbers(ast.parse("n_envs = 8; lr = 1e-3; steps = 0; steps += 1"))
    {'n_envs': 8}
    """
    found: dict[str, list[Number | None]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.setdefault(node.id, []).append(None)
        elif isinstance(node, ast.arg):
            found.setdefault(node.arg, []).append(None)
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            found.setdefault(node.targets[0].id, []).append(folded(node.value))
    once = {name: values for name, values in found.items() if len(values) == 2}
    return {name: value for name, values in once.items() for value in values if type(value) is int}


def product(node: ast.expr | None, numbers: Mapping[str, int]) -> int | None:
    """The whole number of a product such as ``n_envs * 128`` of known variables and constants.

    >>> product(ast.parse("max_ep_len * 4", mode="eval").body, {"max_ep_len": 400})
    1600
    """
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Mult):
        return None
    found = 1
    for side in (node.left, node.right):
        number = folded(side) or product(side, numbers)
        if isinstance(side, ast.Name):
            number = numbers.get(side.id)
        if type(number) is not int:
            return None
        found *= number
    return found


def converted(node: ast.expr) -> ast.expr:
    """What a conversion is of: the reward in ``float(reward)`` and ``torch.tensor([reward])``."""
    while True:
        if isinstance(node, ast.Call) and node.args and name_of(node.func) in CONVERSIONS:
            node = node.args[0]
        elif isinstance(node, ast.List) and len(node.elts) == 1:
            node = node.elts[0]
        else:
            return node
