"""Numbers and names as text."""

from __future__ import annotations

import numpy as np


def percent(share: float) -> str:
    """A share as text.

    >>> percent(0.5), percent(0.00021), percent(0.0)
    ('50 %', '0.021 %', '0 %')
    """
    value = 100 * share
    return f"{value:.0f} %" if value == 0 or value >= 10 or value != value else f"{value:.2g} %"  # noqa: PLR0124


def short(value: float) -> str:
    """A number in at most seven characters or so.

    >>> short(1234567.0), short(0.25), short(-200.0), short(31.4159), short(999.96)
    ('1.23e+06', '0.25', '-200', '31.4', '1000')
    """
    if value == int(value) and abs(value) < 1e5 if np.isfinite(value) else False:
        return str(int(value))
    return f"{value:.3g}" if not 999.5 <= abs(value) < 1e5 else f"{value:.0f}"


def listed(names: list[str] | tuple[str, ...], most: int = 4) -> str:
    """Names as text, cut after ``most``.

    >>> listed(["a", "b", "c"], 2)
    'a, b and 1 more'
    """
    if len(names) <= most:
        return ", ".join(names)
    return f"{', '.join(names[:most])} and {len(names) - most} more"
