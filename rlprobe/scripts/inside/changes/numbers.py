"""Numbers and names in a syntax tree."""

from __future__ import annotations

import ast

Number = int | float


def name_of(node: ast.AST) -> str:
    """The last part of a name: that of an attribute, or the key of a subscript; empty if there is none."""
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
    if isinstance(node, ast.Call) and name_of(node.func) in {"int", "float"} and len(node.args) == 1:
        inside = folded(node.args[0])
        return None if inside is None else (int if name_of(node.func) == "int" else float)(inside)
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Mult, ast.Pow)):
        left, right = folded(node.left), folded(node.right)
        if left is None or right is None or abs(right) > 1e9 or abs(left) > 1e9:
            return None
        if isinstance(node.op, ast.Mult):
            return left * right
        return float(left) ** right if abs(right) < 20 else None
    return None
