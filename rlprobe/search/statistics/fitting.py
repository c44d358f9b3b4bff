"""Ranks of results, the columns that stand for a parameter, and the p-value of their fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rlprobe.extras import need

if TYPE_CHECKING:
    from rlprobe.search.table import Floats, Parameter


def ranks(values: Floats) -> Floats:
    """``(n,)`` ranks with mean 0; equal values share theirs.

    >>> ranks(np.array([3.0, 1.0, 1.0])).tolist()
    [1.0, -0.5, -0.5]
    """
    distinct, place, count = np.unique(values, return_inverse=True, return_counts=True)
    shared = np.cumsum(count) - (count - 1) / 2
    found = shared[place] if len(distinct) else values
    return np.asarray(found - found.mean())


def scores(values: Floats) -> Floats:
    """``(n,)`` normal scores of the ranks: what the ranks would be, if the results were normal.

    >>> scores(np.array([3.0, 100.0, 1.0])).round(2).tolist()
    [0.0, 0.97, -0.97]
    """
    count = len(values)
    shares = (ranks(values) + count / 2) / count
    found = need("scipy.special", "rlprobe search").ndtri(shares)
    return np.asarray(found - found.mean())


def basis(parameter: Parameter) -> Floats:
    """``(n, k)`` orthonormal columns: a quadratic in the rank of a number, or the choices of a choice."""
    values = parameter.places
    if parameter.is_choice:
        columns = (values[:, None] == np.unique(values)[None]).astype(float)
    else:
        middle = ranks(values)
        columns = np.stack([middle, middle**2], axis=1)
    columns = columns - columns.mean(axis=0)
    left, sizes, _ = np.linalg.svd(columns, full_matrices=False)
    kept = sizes > 1e-9 * max(float(sizes.max(initial=0.0)), 1e-300)
    return np.asarray(left[:, kept])


def p_values(targets: Floats, one: Floats) -> Floats:
    """P-value of the F-test of each row of targets."""
    count, columns = one.shape
    total = np.maximum((targets**2).sum(axis=1), 1e-300)
    explained = np.clip(((targets @ one) ** 2).sum(axis=1) / total, 0.0, 1 - 1e-12)
    freedom = count - 1 - columns
    if freedom < 1:
        return np.ones(len(targets))
    ratio = explained / columns / ((1 - explained) / freedom)
    return np.asarray(need("scipy.special", "rlprobe search").fdtrc(columns, freedom, ratio))
