"""Read the graph of a loss, from the loss down to the last layers of the networks that it depends on."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rlprobe.monitors.losses.entropies import VIEW, behind_views, is_entropy

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_NODES = 400
FEWEST_ROWS = 16
"""Shapes with fewer rows may be equal by chance."""
LAYER = re.compile(r"(Addmm|Mm|Linear|Convolution|Bmm|Addbmm)Backward\d*$")
LARGEST = re.compile(r"(Max|Amax|Topk)Backward\d*$")
SOFTMAX = re.compile(r"SoftmaxBackward\d*$")
NORMALISES = re.compile(r"(Logsumexp|LogSoftmax|Softmax)Backward\d*$")
ONE_SOFTMAX = re.compile(r"(LogSoftmax|Softmax)Backward\d*$")
OUTER = re.compile(r"(Sub|Rsub|Mul|Add|Div|Expand|Minimum|Maximum)Backward\d*$")
SIZE_OF_ERROR = re.compile(r"(Pow|Mul|Abs|MseLoss|SmoothL1Loss|HuberLoss)Backward\d*$")
CLIPPED = re.compile(r"ClampBackward\d*$")
PRODUCT = re.compile(r"MulBackward\d*$")
DIFFERENCE = re.compile(r"R?SubBackward\d*$")
SUM, MEAN = re.compile(r"AddBackward\d*$"), re.compile(r"MeanBackward\d*$")
FIRST_AXIS = frozenset({0, -2, 2**64 - 2})
"""The first of two axes, as graphs hold it."""


@dataclass(frozen=True)
class Layer:
    """The last layer of a network, as the loss meets it.

    Args:
        node: its node in the graph.
        shape: of its output.
        uses: names of what is done with the output next, views left aside.
    """

    node: Any
    shape: tuple[int, ...]
    uses: frozenset[str]


@dataclass
class Loss:
    """What a loss is made of.

    Args:
        layers: the last layers of the networks.
        outer: shape that ``N`` numbers were broadcast to, ``(N, N)``; None if none were.
        softmax_twice: whether a softmax is taken of probabilities.
        softmax_over_batch: whether a softmax is taken over the first of two axes.
        centred_over_batch: whether a table of several rows and columns loses its mean over the rows.
        entropies: products of probabilities and their logarithms, of which minus the sum is an entropy.
        clipped_error: whether a difference is clipped before its size is the loss.
    """

    layers: list[Layer] = field(default_factory=list)
    outer: tuple[int, ...] | None = None
    softmax_twice: bool = False
    softmax_over_batch: bool = False
    centred_over_batch: bool = False
    entropies: list[Any] = field(default_factory=list)
    clipped_error: bool = False

    @property
    def only_largest(self) -> bool:
        """Whether of values of several actions only the largest enters."""
        wide = [one for one in self.layers if len(one.shape) == 2 and one.shape[1] > 1]
        return bool(wide) and all(one.uses and all(map(LARGEST.match, one.uses)) for one in wide)


def read(root: Any) -> Loss:
    """Read the graph above a loss.

    Args:
        root: its ``grad_fn``.
    """
    found = Loss()
    uses: dict[Any, set[str]] = {root: set()}
    waiting, seen = [root], 0
    while waiting and seen < MOST_NODES:
        node = waiting.pop()
        seen += 1
        name = type(node).__name__
        if LAYER.match(name):
            continue
        after = [one for one, _ in node.next_functions if one is not None]
        if found.outer is None:
            found.outer = outer_shape(node)
        if NORMALISES.match(name) and after and SOFTMAX.match(type(behind_views(after[0])).__name__):
            found.softmax_twice = True
        if ONE_SOFTMAX.match(name) and _over_first(node):
            found.softmax_over_batch = True
        if DIFFERENCE.match(name) and _loses_mean_of_rows(after):
            found.centred_over_batch = True
        if SIZE_OF_ERROR.match(name) and _clips_a_difference(node, after):
            found.clipped_error = True
        if PRODUCT.match(name) and is_entropy(after):
            found.entropies.append(node)
        use = uses[node] if VIEW.match(name) else {name}
        for one in after:
            if one not in uses:
                uses[one] = set()
                waiting.append(one)
            uses[one] |= use
    layers = [one for one in uses if LAYER.match(type(one).__name__)]
    found.layers = [Layer(one, shape_of(one), frozenset(uses[one])) for one in layers]
    return found


def nodes_above(root: Any, *, layers_end: bool, most: int = MOST_NODES) -> Iterator[Any]:
    """The nodes of a graph, from its root on.

    Args:
        root: where to begin; the first node.
        layers_end: whether to stop at the last layers of networks, which are still given.
        most: nodes that are looked at, about.
    """
    waiting, seen = [root], {root}
    while waiting:
        node = waiting.pop()
        yield node
        if layers_end and is_layer(node):
            continue
        below = {one for one, _ in node.next_functions if one is not None} - seen
        if len(seen) < most:
            seen |= below
            waiting += below


def is_layer(node: Any) -> bool:
    """Whether a node is the output of a layer."""
    return bool(LAYER.match(type(node).__name__))


def shape_of(node: Any) -> tuple[int, ...]:
    """The shape of what a node has computed; empty if it is not known."""
    known = getattr(node, "_input_metadata", None)
    return tuple(known[0].shape) if known else ()


def parameters_of(node: Any) -> tuple[set[int], set[int]]:
    """Identities of the parameters of a layer itself, and of all that its output depends on."""
    own: set[int] = set()
    every: set[int] = set()
    waiting, seen = [(node, 0)], {node}
    while waiting and len(seen) < MOST_NODES:
        one, depth = waiting.pop()
        held = getattr(one, "variable", None)
        if held is not None:
            every.add(id(held))
            if depth <= 2:  # a bias is one edge away, a weight two
                own.add(id(held))
        for below, _ in one.next_functions:
            if below is not None and below not in seen:
                seen.add(below)
                waiting.append((below, depth + 1 if depth < 2 and _leads_to_leaf(below) else 9))
    return own, every


def _leads_to_leaf(node: Any) -> bool:
    """Whether a node is a parameter, or one that was transposed."""
    return hasattr(node, "variable") or type(node).__name__ in {"TBackward0", "TransposeBackward0"}


def outer_shape(node: Any) -> tuple[int, ...] | None:
    """The shape ``(N, N)``, if a node has made it of ``N`` numbers that are no parameters."""
    if not OUTER.match(type(node).__name__):
        return None
    shape, after = shape_of(node), [one for one, _ in node.next_functions if one is not None]
    if len(shape) != 2 or shape[0] != shape[1] or shape[0] < FEWEST_ROWS or not after:
        return None
    rows = {(shape[0], 1), (shape[0],), (1, shape[0])}
    if all(shape_of(one) in rows and not hasattr(one, "variable") for one in after):
        return shape
    return None


def _over_first(node: Any) -> bool:
    """Whether a softmax of rows and several columns runs over the rows; of a single row, it is always 1."""
    shape, axis = shape_of(node), getattr(node, "_saved_dim", None)
    return len(shape) == 2 and shape[1] > 1 and axis in FIRST_AXIS


def _loses_mean_of_rows(operands: list[Any]) -> bool:
    """Whether ``a - a.mean()`` or ``v + a - a.mean(0)`` is computed, with the mean over the rows of ``a``."""
    if len(operands) != 2 or not MEAN.match(type(mean := behind_views(operands[1])).__name__):
        return False
    table, axes = mean.next_functions[0][0], getattr(mean, "_saved_dim", None)
    shape = () if table is None else shape_of(table)
    if len(shape) != 2 or min(shape) < 2 or not (axes is None or FIRST_AXIS & {*axes}):
        return False
    less = behind_views(operands[0])
    added = (
        [behind_views(one) for one, _ in less.next_functions if one] if SUM.match(type(less).__name__) else []
    )
    return behind_views(table) in {less, *added}


def _clips_a_difference(node: Any, operands: list[Any]) -> bool:
    """Whether a square or loss takes one operand, a difference that was clipped."""
    if PRODUCT.match(type(node).__name__) and len(operands) != 2:  # a product with a constant is no square
        return False
    if len(set(operands)) != 1 or not CLIPPED.match(type(clipped := behind_views(operands[0])).__name__):
        return False
    below = [one for one, _ in clipped.next_functions if one is not None]
    return bool(below) and bool(DIFFERENCE.match(type(behind_views(below[0])).__name__))
