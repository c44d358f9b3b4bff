"""All that was recorded of one training run, as data and as JSON."""

from __future__ import annotations

import io
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rlprobe.output.files import write_atomically

if TYPE_CHECKING:
    import os

    import numpy.typing as npt

    from rlprobe.maps.moment import Moment
    from rlprobe.maps.solving import Reference
    from rlprobe.maps.world.world import World

SCHEMA: Final = 1
MOST_SHOWN: Final = 12
"""Moments that pictures show."""


@dataclass(frozen=True, eq=False)
class Findings:
    """The recording of one run.

    Args:
        env: its name.
        gamma: the discount.
        world: the plane.
        reference: the exact answer; None where there is none.
        moments: in order.
        ever: ``(size,)`` which cells were ever visited.
        sentences: what is to be seen, in words.
        returns: of the greedy policy of the reference.
        agent: name of the agent.
        crash: what the agent raised.
        notes: what could not be done, and why.
    """

    env: str
    gamma: float
    world: World
    reference: Reference | None
    moments: tuple[Moment, ...]
    ever: npt.NDArray[np.bool_]
    sentences: tuple[str, ...] = ()
    returns: npt.NDArray[np.float64] | None = None
    agent: str = ""
    crash: str = ""
    notes: tuple[str, ...] = ()

    @property
    def shown(self) -> tuple[Moment, ...]:
        """At most twelve moments, evenly spread, the first and the last among them."""
        if len(self.moments) <= MOST_SHOWN:
            return self.moments
        places = np.linspace(0, len(self.moments) - 1, MOST_SHOWN).round().astype(int)
        return tuple(self.moments[place] for place in places)

    def measured(self, number: str) -> bool:
        """Whether any moment has this one of its numbers."""
        return any(getattr(one.numbers, number) is not None for one in self.moments)

    @property
    def stderr(self) -> float | None:
        """Standard error of the mean return of the reference."""
        if self.returns is None or len(self.returns) < 2:
            return None
        return float(self.returns.std(ddof=1) / np.sqrt(len(self.returns)))

    def as_json(self) -> dict[str, Any]:
        """The recording without the arrays, schema 1."""
        mean = None if self.returns is None else float(self.returns.mean())
        exact = None
        if self.reference is not None:
            exact = {"return": mean, "stderr": self.stderr, "error": self.reference.error}
        return {
            "schema": SCHEMA,
            "env": self.env,
            "agent": self.agent,
            "gamma": self.gamma,
            "plane": {"names": self.world.plane.names, "shape": self.world.plane.shape},
            "reference": exact,
            "moments": [{"step": one.step, **asdict(one.numbers)} for one in self.moments],
            "sentences": list(self.sentences),
            "notes": [*self.world.notes, *self.notes],
        }

    def to_json(self, path: str | os.PathLike[str]) -> None:
        """Write the numbers and sentences to ``path``, all or nothing."""
        write_atomically(path, json.dumps(self.as_json(), indent=1).encode())

    def to_npz(self, path: str | os.PathLike[str]) -> None:
        """Write all arrays to ``path``: the plane, the reference and every moment (no pickle)."""
        plane = self.world.plane
        arrays: dict[str, Any] = {"points": plane.points, "shape": np.array(plane.shape)}
        arrays["steps"] = np.array([one.step for one in self.moments])
        if self.reference is not None:
            arrays |= {"optimal": self.reference.V, "unsure": self.reference.unsure}
        for name in ("value", "exact", "action", "visits", "td"):
            found = [getattr(one, name) for one in self.moments]
            if found and all(one is not None for one in found):
                arrays[name] = np.stack(found)
        buffer = io.BytesIO()
        np.savez_compressed(buffer, **arrays)
        write_atomically(path, buffer.getvalue())
