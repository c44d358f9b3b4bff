"""Ask a critic what it says of observations of which the return is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.monitors.networks.asking import as_floats, stacked
from rlprobe.monitors.signals.units import shares

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rlprobe.monitors.episodes.column import Point
    from rlprobe.monitors.holding import Moment
    from rlprobe.monitors.networks.asking import Reading
    from rlprobe.monitors.signals.critic import Critic
    from rlprobe.monitors.signals.units import Units

    Floats = NDArray[np.float64]

BATCH = 256


def ask(
    reading: Reading, points: list[Point], critic: Critic, units: Units, now: Moment, *, of_actions: bool
) -> None:
    """Compare values with the returns that followed.

    Args:
        reading: the critic.
        points: observations, actions and returns.
        critic: judges the fit.
        units: judges the hidden units of the critic.
        now: where the run is.
        of_actions: whether it gives action values.
    """
    torch = reading.twin.torch
    observations = stacked([point.observation for point in points], torch)
    values = _values(reading, observations, points, of_actions=of_actions)
    if len(values) != len(points):
        return
    critic.see(values, _outcomes(reading, points, values, of_actions=of_actions), now, of_actions=of_actions)
    left = np.array([point.left if point.tail == 0 else -1 for point in points])
    critic.see_ends(values, np.array([point.outcome for point in points]), left, now)
    if not reading.takes_actions and units.due():
        few = observations[:BATCH] if not isinstance(observations, dict) else observations
        with reading.twin.undisturbed():
            units.see(*shares(reading.twin, lambda: reading.ask(few)), now)


def _outcomes(reading: Reading, points: list[Point], values: Floats, *, of_actions: bool) -> Floats:
    """Returns; what a truncation cut off is valued by the critic itself."""
    outcomes = np.array([point.outcome for point in points])
    cut = [i for i, point in enumerate(points) if point.tail > 0 and point.final is not None]
    if cut:
        finals = stacked([points[i].final for i in cut], reading.twin.torch)
        tails = np.array([points[i].tail for i in cut])
        ends = values[cut] if of_actions else as_floats(reading.at(finals)).reshape(-1)
        outcomes[cut] += tails * ends
    return outcomes


def _values(reading: Reading, observations: Any, points: list[Point], *, of_actions: bool) -> Floats:
    """Values of states, or of the actions that were taken, ``(n,)``."""
    if not of_actions:
        return as_floats(reading.at(observations)).reshape(-1)
    if reading.takes_actions:
        taken = np.stack([np.asarray(point.action, np.float32).reshape(-1) for point in points])
        return as_floats(reading.at(observations, reading.twin.torch.as_tensor(taken))).reshape(-1)
    all_values = as_floats(reading.at(observations))
    taken = np.array([int(np.asarray(point.action).reshape(-1)[0]) for point in points])
    return np.asarray(all_values[np.arange(len(points)), taken], np.float64)
