"""Find the operation that made a loss NaN: the logarithm of a negative number, a division by 0 and so on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from rlprobe.monitors.losses.graph import nodes_above

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MOST_NODES = 1_000
AROUND = re.compile(r"(Add|Mul|Div|Clamp|ClampMin|Relu)Backward\d*$")
MINUS = re.compile(r"(Rsub|Sub)Backward\d*$")
SQUARE = re.compile(r"(Pow|Mul|Square)Backward\d*$")
DEPTH = 5

Reason = tuple[str, Any]
"""What is undefined, in words, and the node of the operation."""


def undefined_in(root: Any) -> Reason | None:
    """The operation with finite operands and no finite result; None if there is none in the graph of a loss.

    Args:
        root: the ``grad_fn`` of the loss.
    """
    return next(_undefined(root), None)


def _undefined(root: Any) -> Iterator[Reason]:
    for node in nodes_above(root, layers_end=False, most=MOST_NODES):
        name = type(node).__name__.rstrip("0123456789").removesuffix("Backward")
        if name in OPERATIONS and (said := OPERATIONS[name](node)):
            yield said, node


def squares_beyond_one(node: Any) -> bool:
    """Whether a logarithm is that of 1 minus a square, as in the density of an action squashed by tanh."""
    for _ in range(DEPTH):
        node = _first(node)
        if node is None or MINUS.match(type(node).__name__):
            break
        if not AROUND.match(type(node).__name__):
            return False
    if node is None:
        return False
    subtracted = [one for one, _ in node.next_functions if one is not None]
    return any(SQUARE.match(type(one).__name__) for one in subtracted)


def _first(node: Any) -> Any:
    return next((one for one, _ in node.next_functions if one is not None), None)


def _logarithm(node: Any, *, lowest: float = 0.0) -> str:
    numbers = _finite(node, "_saved_self")
    if numbers is None or float(numbers.min()) > lowest:
        return ""
    least = float(numbers.min())
    if least == lowest:
        return "the logarithm of 0"
    return f"the logarithm of a negative number ({least - lowest:.3g})"


def _division(node: Any) -> str:
    divisor = _finite(node, "_saved_other")
    return "a division by 0" if divisor is not None and bool((divisor == 0).any()) else ""


def _power(node: Any) -> str:
    numbers, exponent = _finite(node, "_saved_self"), getattr(node, "_saved_exponent", 1.0)
    whole = not isinstance(exponent, float) or exponent.is_integer()
    if numbers is None or whole or float(numbers.min()) >= 0:
        return ""
    return f"the power {exponent:g} of a negative number"


def _deviation(node: Any) -> str:
    alone = _finite(node, "_saved_self") is not None and bool(node._saved_result.isnan().any())  # noqa: SLF001
    return "the standard deviation of a single number" if alone else ""


def _atanh(node: Any) -> str:
    numbers = _finite(node, "_saved_self")
    return "" if numbers is None or float(abs(numbers).max()) < 1 else "atanh of a number that is not below 1"


def _finite(node: Any, what: str) -> Any:
    """A number or more that a node has kept; None if it has not, or if they are not finite."""
    kept = getattr(node, what, None)
    return kept.detach() if kept is not None and kept.numel() and bool(kept.isfinite().all()) else None


OPERATIONS: dict[str, Callable[[Any], str]] = {
    "Log": _logarithm,
    "Log2": _logarithm,
    "Log10": _logarithm,
    "Log1P": lambda node: _logarithm(node, lowest=-1.0),
    "Div": _division,
    "Pow": _power,
    "Std": _deviation,
    "StdMean": _deviation,
    "Atanh": _atanh,
}
