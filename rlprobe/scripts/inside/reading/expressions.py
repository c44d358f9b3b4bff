"""The user's own expressions for values and actions, in the names of the script."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray


def evaluated(option: str, expression: str, names: Mapping[str, Any], rows: list[Any]) -> NDArray[Any]:
    """What the user's own expression says of ``observations``, one row for each.

    Raises:
        ValueError: it has another number of rows.
    """
    observations = np.stack([np.asarray(row) for row in rows])
    known: dict[str, Any] = {"np": np}
    known |= {name: sys.modules[name] for name in ("torch", "jax") if name in sys.modules}
    known |= {**names, "observations": observations}
    answer = eval(expression, known)  # noqa: S307 - the user's own expression
    found = np.asarray(answer.detach().cpu().numpy() if hasattr(answer, "detach") else answer)
    if found.ndim < 1 or len(found) != len(rows):
        raise ValueError(
            f"{option} {expression}: expected {len(rows)} rows for observations of shape "
            f"{observations.shape}, got shape {found.shape}"
        )
    return found
