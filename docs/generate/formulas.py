"""Formulas of the site: LaTeX becomes MathML while the site is built, and pages load no script for them."""

from __future__ import annotations

import ast
import html
import re

from latex2mathml.converter import convert

MARKED = re.compile(r'<(span|div) class="arithmatex">(.*?)</\1>', re.DOTALL)
CODE = re.compile(r"``?([^`]+)``?")
GREEK = {"gamma": r"\gamma", "lambda": r"\lambda", "pi": r"\pi"}
COMMA = r",\; "
SIGNS: dict[type, str] = {ast.Add: "+", ast.Sub: "-", ast.UAdd: "+", ast.USub: "-"}


def as_mathml(page: str) -> str:
    r"""HTML in which what stands between ``\(`` and ``\)``, or ``\[`` and ``\]``, has become MathML."""
    return MARKED.sub(_mathml, page)


def _mathml(found: re.Match[str]) -> str:
    display = "block" if found[1] == "div" else "inline"
    latex = html.unescape(found[2]).strip().removeprefix(r"\(").removesuffix(r"\)")
    return convert(latex.removeprefix(r"\[").removesuffix(r"\]").strip(), display=display)


def with_formulas(text: str) -> str:
    r"""A docstring in which code that is a formula of values becomes LaTeX; other code stays as it is.

    >>> with_formulas("``V = 1 / (1 - gamma)``, and ``done`` too")
    '$V = \\frac{1}{1 - \\gamma}$, and ``done`` too'
    """
    return CODE.sub(lambda found: _formula(found[1]) or found[0], text)


def _formula(code: str) -> str:
    """``code`` as LaTeX between dollars; empty if it is none."""
    if not re.search(r"gamma|\^|^[VQ]\b|^V_", code):
        return ""
    product = re.sub(r"(?<=[\w)])\s+(?=[\w(])", " * ", code)
    try:
        sides = [ast.parse(_python(side), mode="eval").body for side in product.split(" = ")]
        return f"${' = '.join(map(_latex, sides))}$"
    except (SyntaxError, TypeError):
        return ""


def _python(words: str) -> str:
    """``words`` with Python's power; ``lambda`` is a word of Python, and so gets another name."""
    return words.replace("^", "**").replace("lambda", "lambda_")


def _latex(node: ast.expr) -> str:
    match node:
        case ast.Constant(value) if value is Ellipsis:
            return r"\dots"
        case ast.Constant(value):
            return f"{value}"
        case ast.Name(name):
            return _name(name)
        case ast.Tuple(elements):
            return f"({COMMA.join(map(_latex, elements))})"
        case ast.UnaryOp(sign, operand):
            return SIGNS[type(sign)] + _bracketed(operand, ast.Add)
        case ast.Call(function, arguments):
            return f"{_latex(function)}({', '.join(map(_latex, arguments))})"
        case ast.BinOp(left, ast.Pow(), right):
            return f"{_bracketed(left, ast.Pow)}^{{{_latex(right)}}}"
        case ast.BinOp(left, ast.Div(), right):
            return rf"\frac{{{_latex(left)}}}{{{_latex(right)}}}"
        case ast.BinOp(left, ast.Mult(), right):
            return rf"{_bracketed(left, ast.Mult)} \, {_bracketed(right, ast.Mult)}"
        case ast.BinOp(left, sign, right):
            return f"{_latex(left)} {SIGNS[type(sign)]} {_latex(right)}"
    raise TypeError(node)


def _name(name: str) -> str:
    base, _, index = name.rstrip("_").partition("_")
    word = GREEK.get(base) or (base if len(base) == 1 else rf"\text{{{base}}}")
    return f"{word}_{{{index}}}" if index else word


def _bracketed(node: ast.expr, above: type) -> str:
    """``node`` in brackets where what stands above it binds more strongly."""
    weak = isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub))
    power = above is ast.Pow and isinstance(node, (ast.BinOp, ast.UnaryOp))
    return f"({_latex(node)})" if weak or power else _latex(node)
