"""The curves of a battery as a JSON file, which the next battery is compared with."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rlprobe.output.files import write_atomically

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    from rlprobe.battery.training import Points


class SavedError(ValueError):
    """A file is not what `rlprobe battery --json` writes."""


@dataclass(frozen=True)
class Saved:
    """What a battery has measured.

    Args:
        agent: the name of the agent.
        curves: by environment and seed, pairs of a step and a return.
        skipped: by environment, why there is no curve.
        versions: of Python and libraries.
    """

    agent: str
    curves: Mapping[str, Mapping[str, Points]]
    skipped: Mapping[str, str] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Plain data, schema 1."""
        return {
            "schema": 1,
            "agent": self.agent,
            "versions": dict(self.versions),
            "curves": {env: dict(seeds) for env, seeds in self.curves.items()},
            "skipped": dict(self.skipped),
        }

    def write(self, path: str | os.PathLike[str], **more: Any) -> None:
        """Write the curves, and what else is given, as JSON."""
        write_atomically(path, (json.dumps(self.as_dict() | more, allow_nan=False) + "\n").encode())

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> Saved:
        """The curves that were written to a file.

        Raises:
            SavedError: it is not such a file; says what was expected.
            OSError: it cannot be read.
        """
        try:
            data = json.loads(Path(path).read_bytes())
        except ValueError as error:
            raise SavedError(f"{path}: expected a file of rlprobe battery --json ({error})") from error
        if not isinstance(data, dict) or data.get("schema") != 1 or not isinstance(data.get("curves"), dict):
            raise SavedError(f"{path}: expected a file of rlprobe battery --json, with schema 1 and curves")
        try:
            curves = {
                str(env): {
                    str(seed): [(float(x), float(y)) for x, y in points] for seed, points in seeds.items()
                }
                for env, seeds in data["curves"].items()
            }
        except (TypeError, ValueError, AttributeError) as error:
            raise SavedError(f"{path}: its curves are no lists of a step and a return ({error})") from error
        if not all(
            math.isfinite(y) for seeds in curves.values() for points in seeds.values() for _, y in points
        ):
            raise SavedError(f"{path}: its curves contain values that are not numbers")
        return cls(
            str(data.get("agent", "?")), curves, dict(data.get("skipped", {})), dict(data.get("versions", {}))
        )
