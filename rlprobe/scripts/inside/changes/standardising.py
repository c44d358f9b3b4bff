"""Returns that a script standardises: ``(returns - returns.mean()) / (returns.std() + eps)``."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from rlprobe.scripts.inside.changes.numbers import name_of

if TYPE_CHECKING:
    from collections.abc import Iterator

RETURNS = re.compile(
    r"(\w*_)?(returns?|rets?|rtgs?|rewards?|rews?|gt?|r|(rewards?|r)_?to_?go|discount\w*|disc_\w+|targets?)s?(_\w+)?",
    re.IGNORECASE,
)


def standardised_returns(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and text of each expression, or pair of statements, that standardises returns.

    >>> list(standardised_returns(ast.parse("x = 1; G = (G - G.mean()) / (G.std() + 1e-8)")))
    [(1, '(G - G.mean()) / (G.std() + 1e-08)')]
    >>> list(standardised_returns(ast.parse("R -= np.mean(R); R /= np.std(R)")))
    [(1, 'R -= np.mean(R); R /= np.std(R)')]
    """
    centred: dict[str, tuple[int, str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div) and _is_deviation(node.right):
            if _is_centred(node.left):
                yield node.lineno, ast.unparse(node)
        elif isinstance(node, ast.AugAssign):
            name, said = ast.unparse(node.target), ast.unparse(node)
            if isinstance(node.op, ast.Sub) and _is_mean(node.value) and _is_return(node.target):
                centred[name] = node.lineno, said
            elif isinstance(node.op, ast.Div) and _is_deviation(node.value) and name in centred:
                line, before = centred.pop(name)
                yield line, f"{before}; {said}"


def _is_centred(node: ast.expr) -> bool:
    """Whether it is returns minus their mean."""
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Sub):
        return False
    return _is_mean(node.right) and _is_return(node.left)


def _is_return(node: ast.expr) -> bool:
    while isinstance(node, ast.Call) and node.args:
        node = node.args[0]
    return bool(RETURNS.fullmatch(name_of(node)))


def _is_mean(node: ast.expr) -> bool:
    return _names(node, r"\w*(mean|mu|avg|average)\w*|m")


def _is_deviation(node: ast.expr) -> bool:
    return _names(node, r"\w*(std|sigma|deviation)\w*|s")


def _names(node: ast.expr, words: str) -> bool:
    """Whether a name or a function in an expression, or in a sum, is one of ``words``."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _names(node.left, words) or _names(node.right, words)
    if isinstance(node, ast.Call):
        inner = bool(node.args) and _names(node.args[0], words)
        return inner or bool(re.fullmatch(words, name_of(node.func), re.IGNORECASE))
    return bool(re.fullmatch(words, name_of(node), re.IGNORECASE))
