"""The critic of a script with PyTorch that is a function or a method: it is asked about observations."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.scripts.inside.changes.rules import in_lower_case
from rlprobe.scripts.inside.reading.frames import LIBRARIES, named_things
from rlprobe.scripts.inside.reading.functions.critic import HOLDER, PLAIN, VALUES
from rlprobe.scripts.inside.reading.tables import OTHER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from numpy.typing import NDArray

METHOD = re.compile(
    r"(get_|predict_|state_|forward_|compute_|evaluate_)?(values?|critic|v|baseline|state_value)"
)
SUM_TO_ONE = 1e-4


@dataclass(frozen=True)
class Called:
    """A function that gives values.

    Args:
        name: what the script calls it.
        function: takes observations.
        given: what makes of the observations what it takes.
        each: whether it is asked about one observation after the other.
    """

    name: str
    function: Callable[[Any], Any]
    given: Callable[[NDArray[np.float32]], Any]
    each: bool

    def rows(self, looks: list[Any]) -> NDArray[np.float64]:
        """``(n, 1)`` or ``(n, actions)``: its values of observations.

        Raises:
            Exception: it takes something else, whatever it raises then.
        """
        batch = np.stack([np.asarray(look, np.float32) for look in looks])
        said = (
            [self.function(self.given(row)) for row in batch]
            if self.each
            else [self.function(self.given(batch))]
        )
        found = np.concatenate([_as_array(one).reshape(-1) for one in said])
        return found.reshape(len(batch), -1)


def called_values(
    torch: Any, names: Mapping[str, Any], looks: list[Any], actions: int | None
) -> Called | None:
    """A method of a network, or a function, that is named like values and gives them; None if none does.

    Args:
        torch: the library.
        names: the names of the script.
        looks: observations.
        actions: the number of discrete actions; None for continuous ones.
    """
    takes = (torch.as_tensor, lambda batch: batch)
    for name, function in (*_methods(torch, names), *_functions(torch, names)):
        for each in (False, True):
            for given in takes:
                one = Called(f"{name}()", function, given, each)
                if _gives_values(torch, one, looks, actions):
                    return one
    return None


def _gives_values(torch: Any, one: Called, looks: list[Any], actions: int | None) -> bool:
    """Whether a function answers with one number for each observation, or one for each action."""
    try:
        with torch.no_grad():
            rows = one.rows(looks)
    except Exception:  # noqa: BLE001 - it takes something else
        return False
    chances = rows.shape[1] > 1 and (rows >= 0).all() and (abs(rows.sum(axis=1) - 1) < SUM_TO_ONE).all()
    return rows.shape[1] in {1, actions} and bool(np.isfinite(rows).all()) and not chances


def _methods(torch: Any, names: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Methods of networks whose names suggest values."""
    module_type = torch.nn.Module
    for name, thing in named_things(names):
        if isinstance(thing, module_type):
            own = [m for m in dir(type(thing)) if METHOD.fullmatch(m) and not hasattr(module_type, m)]
            yield from ((f"{name}.{method}", getattr(thing, method)) for method in own)


def _functions(torch: Any, names: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Functions of the script, and methods of its objects, whose names say that they give values."""
    for name, thing in named_things(names):
        plain = in_lower_case(name.rpartition(".")[2])
        kind = type(thing)
        if OTHER.search(in_lower_case(name)) or isinstance(thing, (type, torch.nn.Module, torch.Tensor)):
            continue
        if kind.__module__ == "builtins":
            if callable(thing) and VALUES.fullmatch(plain):
                yield name, thing
        elif not kind.__module__.startswith(LIBRARIES):
            for method in vars(kind):
                inner = in_lower_case(method)
                plainly = VALUES.fullmatch(inner) or (PLAIN.fullmatch(inner) and HOLDER.search(plain))
                if plainly and not OTHER.search(inner) and callable(getattr(thing, method, None)):
                    yield f"{name}.{method}", getattr(thing, method)


def _as_array(said: Any) -> NDArray[np.float64]:
    if hasattr(said, "detach"):
        said = said.detach().cpu()
    return np.asarray(said, np.float64)
