"""The world of a map: its plane, the observations of all points, and where there is one, its dynamics."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import gymnasium as gym
    import numpy as np
    import numpy.typing as npt

    from rlprobe.maps.world.access import Access
    from rlprobe.maps.world.model import Model
    from rlprobe.maps.world.parts import Parts
    from rlprobe.maps.world.plane import Plane

    Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class World:
    """What a map is drawn over.

    Args:
        plane: the two numbers.
        observations: ``(size, ...)`` what the agent sees at each point, a batch.
        actions: what the reference chooses from; empty without a model.
        access: sets states; None where that cannot be done.
        model: the dynamics on the grid; None without.
        components: of the state (or of the observation, without access) that span the plane.
        rest: the other components, with values at the components of no meaning.
        notes: what could not be done, a line each.
        starts: ``(n, 2)`` points in which episodes begin.
        probe: the table of a probe.
        parts: the numbers in an observation, where these span the plane.
    """

    plane: Plane
    observations: Any
    actions: tuple[Any, ...] = ()
    access: Access | None = None
    model: Model | None = None
    components: tuple[int, int] = (0, 1)
    rest: Floats | None = None
    notes: tuple[str, ...] = ()
    starts: Floats | None = None
    probe: Any = None
    parts: Parts | None = None

    def point(self, env: gym.Env[Any, Any], observation: Any) -> Any:
        """Where an environment stands, as two numbers (a number of a state for probes)."""
        if self.probe is not None:
            return (float(self.probe.number(env.unwrapped.state)), 0.0)  # type: ignore[attr-defined]
        if self.access is not None:
            numbers = self.access.read_in(env.unwrapped, observation)
        else:
            assert self.parts is not None
            numbers = self.parts.numbers(observation)
        i, j = self.components
        return (float(numbers[i]), float(numbers[j]))
