"""Whether a loss trains the next value too: the network is used twice, and the target is not detached."""

from __future__ import annotations

from itertools import combinations
from typing import Any

from rlprobe.monitors.losses.graph import parameters_of, shape_of

SMALL = 1e-7
"""Gradients below are of errors near zero and show nothing."""
SAME_WITHIN = 1e-2
LEAST_DISCOUNT, MOST_DISCOUNT = 0.3, 0.9995
"""A ratio of -1 is also that of losses that compare two outputs."""


def twice_passed(layers: list[Any]) -> list[tuple[Any, Any]]:
    """The pairs of layers that are one layer of a network, used on two batches of one size.

    Args:
        layers: nodes of a loss.
    """
    known = [(node, frozenset(parameters_of(node)[0])) for node in layers if shape_of(node)]
    return [
        (one, other)
        for (one, held), (other, too) in combinations(known, 2)
        if held and held == too and shape_of(one) == shape_of(other)
    ]


def trained_discount(one: Any, other: Any) -> float | None:
    """The discount if the gradients at two outputs are those of a TD error, of which both ends are trained.

    A loss of ``V(s) - (r + gamma * (1 - terminated) * V(s'))`` has at ``V(s')`` minus ``gamma`` times its
    gradient at ``V(s)``, or zero where the episode has terminated.

    Args:
        one: ``(n, k)``: a gradient.
        other: ``(n, k)``: the other one; the order does not matter.

    Returns:
        0 if they are not; None if the gradients are too small to tell, or if all episodes have terminated.
    """
    if one is None or other is None:
        return None
    a, b = (gradient.detach().double().reshape(len(gradient), -1).sum(1) for gradient in (one, other))
    if float((a != 0).sum()) < float((b != 0).sum()):
        a, b = b, a
    large = a.abs() > SMALL * max(1.0, float(a.abs().max()))
    if not bool(large.any()):
        return None
    ratios = b[large] / a[large]
    inside = ratios[ratios.abs() > SAME_WITHIN]
    if not len(inside):
        return None
    size = float(inside.abs().median())
    if size > 1.0:  # the order of the two is not known
        inside, size = 1.0 / inside, 1.0 / size
    same = float((inside + size).abs().max()) < SAME_WITHIN
    return size if same and LEAST_DISCOUNT < size < MOST_DISCOUNT else 0.0
