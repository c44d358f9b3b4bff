"""A critic that is weights times features, where the script writes the product in line."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.scripts.inside.changes.rules import GAMMA, in_lower_case
from rlprobe.scripts.inside.reading.frames import named_things, number_named
from rlprobe.scripts.inside.reading.functions.calls import Values
from rlprobe.scripts.inside.reading.tables import OTHER, PARAMETERS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from rlprobe.scripts.inside.reading.functions.calls import Calls

    Weights = Mapping[str, NDArray[np.float64]]

CRITIC = r"(v|vf|value|state_value|critic|baseline)"
WEIGHTS = r"(w|weights?|theta|params|parameters|coef\w*)"
OF_STATES = re.compile(rf"{CRITIC}_?{WEIGHTS}|{WEIGHTS}_?{CRITIC}|(w|weights?)")
"""Names of weights of state values where there is a policy too, whose own are often called theta."""
HOLDER = re.compile(rf"(^|.*\.){CRITIC}(_?(fn|func|function|net|approx\w*))?\.[^.]*")
TILES = re.compile(r"tile|tiling|active|indices|coder|hash", re.IGNORECASE)
"""Functions whose results are the numbers of tiles, or of other features that are 1."""


@dataclass(frozen=True)
class Features:
    """What the script makes of each observation before it multiplies it with weights.

    Args:
        rows: by number of observation.
        are_numbers: whether each row may hold the numbers of the features that are 1; the others are 0.
    """

    rows: Mapping[int, NDArray[np.float64]]
    are_numbers: bool = False

    def of_size(self, size: int) -> dict[int, NDArray[np.float64]]:
        """As vectors of one size; empty if they are of another."""
        if all(len(row) == size for row in self.rows.values()):
            return dict(self.rows)
        places = {i: row.astype(int) for i, row in self.rows.items()}
        whole = all((places[i] == row).all() and (row >= 0).all() for i, row in self.rows.items())
        if self.are_numbers and whole and all(max(row) < size for row in places.values()):
            return {i: np.bincount(row, minlength=size).astype(np.float64) for i, row in places.items()}
        return {}


def linear_critic(calls: Calls, names: Mapping[str, Any], *, policy: bool) -> Values | None:
    """The weights of the script that fit to the features of observations, if no others do.

    In a script without a discount, such as one that climbs hills or keeps the best of many, they are those of
    a policy. A single vector counts only beside weights of a policy, as in an actor-critic.

    Args:
        calls: what the functions of the script said.
        names: the names of the script.
        policy: whether the script makes a policy of such products: weights for each action are its own then.
    """
    if number_named(names, GAMMA) is None:
        return None
    weights = dict(_weights(names))
    features = list(_features(calls))
    found = [] if policy else [one for each in features for one in _of_actions(each, calls.actions, weights)]
    if not found:
        critic = _beside_a_policy({name: one for name, one in weights.items() if _changes(calls, name, one)})
        found = [one for each in features for one in _of_states(each, critic)]
    return found[0] if len({one.name for one in found}) == 1 else None


def _beside_a_policy(weights: Weights) -> Weights:
    """Those of state values, by their names, if others learn too: alone, they may be those of a policy."""
    named = {
        name: one
        for name, one in weights.items()
        if OF_STATES.fullmatch(_last(name)) or HOLDER.fullmatch(in_lower_case(name))
    }
    return named if len(named) < len(weights) else {}


def _last(name: str) -> str:
    return in_lower_case(name.rpartition(".")[2])


def _weights(names: Mapping[str, Any]) -> Iterator[tuple[str, NDArray[np.float64]]]:
    """Arrays, and lists with a vector for each action, that are called as weights are."""
    for name, thing in named_things(names):
        if PARAMETERS.fullmatch(_last(name)) or OF_STATES.fullmatch(_last(name)):
            array = _stacked(thing)
            if array is not None and array.any():
                yield name, array


def _stacked(thing: Any) -> NDArray[np.float64] | None:
    """An array of numbers, or several of one shape as one; None if it is something else."""
    if isinstance(thing, dict) and list(thing) == list(range(len(thing))):
        thing = list(thing.values())
    if isinstance(thing, (list, tuple)) and thing and all(isinstance(one, np.ndarray) for one in thing):
        thing = np.stack(thing) if len({one.shape for one in thing}) == 1 else None
    return thing if isinstance(thing, np.ndarray) and thing.dtype.kind == "f" else None


def _changes(calls: Calls, name: str, array: NDArray[np.float64]) -> bool:
    """Whether an array is another than at the first look."""
    now = zlib.crc32(np.ascontiguousarray(array).tobytes())
    return calls.arrays.setdefault(name, now) != now


def _features(calls: Calls) -> Iterator[Features]:
    """What functions make of each observation without learning, then the observations themselves."""
    for said in calls.features.values():
        if said.is_fixed:
            yield Features(said.last, bool(TILES.search(said.name)))
    if calls.stages:
        looks = [np.asarray(look, np.float64).ravel() for look in calls.stages[0].looks]
        yield Features(dict(enumerate(looks)))


def _of_actions(features: Features, actions: int | None, weights: Weights) -> Iterator[Values]:
    """Products with a vector for each action."""
    for name, array in weights.items():
        if actions is None or array.ndim != 2 or OTHER.search(in_lower_case(name)):
            continue
        by_action = array if array.shape[0] == actions else array.T
        size = by_action.shape[1]
        rows = features.of_size(size) if len(by_action) == actions != size else {}
        if rows:
            yield _values(name, {i: by_action @ row for i, row in rows.items()})


def _of_states(features: Features, weights: Weights) -> Iterator[Values]:
    """Products with a single vector."""
    for name, array in weights.items():
        rows = features.of_size(array.size) if array.size == max(array.shape) else {}
        if rows and not OTHER.search(in_lower_case(name)):
            yield _values(name, {i: np.array([array.ravel() @ row]) for i, row in rows.items()})


def _values(name: str, rows: dict[int, NDArray[np.float64]]) -> Values:
    return Values(name, {i: np.zeros_like(row) for i, row in rows.items()}, rows)
