"""Replay the step that a flag names, and say whether it can be reproduced."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rlprobe.inspection.playing.replay import replay

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import gymnasium as gym

    from rlprobe.inspection.flag import Flag
    from rlprobe.inspection.measures.columns import Columns
    from rlprobe.inspection.place import Place
    from rlprobe.inspection.playing.watchdog import Heartbeat

MOST_REPLAYED_STEPS: Final = 20_000
"""Later steps are not replayed here; the report has the call that does it."""
REPRODUCED: Final = "replaying it reproduced it"
NOT_REPRODUCED: Final = (
    "replaying it did not reproduce it: state of the environment or statistics of a wrapper survive reset()"
)


def confirmed(
    flags: Sequence[Flag],
    env: gym.Env[Any, Any],
    columns: Columns,
    vector: Callable[[int], Any],
    heartbeat: Heartbeat,
) -> list[Flag]:
    """``flags``, with what came of playing their places again.

    Args:
        flags: findings; those without a place are passed on.
        env: the environment.
        columns: layout of its observations.
        vector: makes a vector environment with the given number of copies.
        heartbeat: sign of life.
    """
    found, known = [], dict[Any, str]()
    for flag in flags:
        place = flag.place
        if place is None or place.step > MOST_REPLAYED_STEPS:
            found.append(flag)
            continue
        heartbeat.beat(f"replaying {place}")
        if place not in known:
            known[place] = _said(flag, place, env, columns, vector)
        found.append(replace(flag, sentence=f"{flag.sentence[:-1]}; {known[place]}."))
    return found


def _said(
    flag: Flag, place: Place, env: gym.Env[Any, Any], columns: Columns, vector: Callable[[int], Any]
) -> str:
    played = env if place.copy is None else vector(place.copies)
    try:
        observation, reward = replay(
            played, place.seed, place.step, after_reset=place.after_reset, copy=place.copy
        )
        value = _value(flag.components[0], observation, reward, columns)
    except Exception as error:  # noqa: BLE001 - what a foreign environment raises is an answer too
        return f"replaying it raised {type(error).__name__}: {error}"
    finally:
        if played is not env:
            played.close()
    again = np.array_equal(value, np.float64(flag.value or 0.0), equal_nan=True)
    return REPRODUCED if again else NOT_REPRODUCED


def _value(name: str, observation: Any, reward: float, columns: Columns) -> Any:
    """What the component with this name was; of a picture, the first value that is not finite."""
    if name == "reward":
        return reward
    if name in columns.names:
        rows = np.zeros((1, columns.size))
        columns.writer()(rows, 0, observation)
        return rows[0, columns.names.index(name)]
    part = next(part for part in columns.pictures if part.label == name)
    values = np.asarray(part.of(observation), dtype=np.float64).ravel()
    odd = values[~np.isfinite(values)]
    return odd[0] if len(odd) else 0.0
