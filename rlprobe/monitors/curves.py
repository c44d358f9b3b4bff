"""Every curve of a run, by name."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.monitors.series import Series

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_NAMES = 200


class Curves:
    """Values over steps, each name in fixed memory; names beyond the first 200 are left out."""

    def __init__(self) -> None:
        self.all: dict[str, Series] = {}
        self.left_out = 0

    def add(self, name: str, step: int, value: float) -> None:
        """Add one value."""
        found = self.all.get(name)
        if found is None:
            if len(self.all) >= MOST_NAMES:
                self.left_out += 1
                return
            found = self.all[name] = Series()
        found.add(step, value)

    def get(self, name: str) -> Series:
        """One curve; an empty one if nothing has been added."""
        return self.all.get(name) or Series()

    def lines(self, head: Mapping[str, Any]) -> str:
        """As JSON lines: ``head``, then ``{"name", "step", "value"}``, one line for each value."""
        rows = [json.dumps({"schema": 1, **head})]
        for name, series in self.all.items():
            quoted = json.dumps(name)
            rows += [
                f'{{"name": {quoted}, "step": {step}, "value": {_number(value)}}}'
                for step, value in series.rows()
            ]
        return "\n".join(rows) + "\n"


def _number(value: float) -> str:
    return repr(float(value)) if np.isfinite(value) else "null"
