"""Networks that never change: a target that says the same for ever, a layer that keeps its weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.scripts.inside.reading.networks.choosing import name_of, names_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rlprobe.scripts.inside.reading.networks.hooks import Networks
    from rlprobe.scripts.inside.reading.networks.outputs import Output

LEAST_CALLS = 20
"""Calls that must have been looked at to say that a network never changes."""
LEAST_UPDATES = 250
"""Updates after which weights that are still the first ones are not trained."""
MOVED_ABOVE = 1e-3
"""Results that move by less may have been rounded in another way."""


def frozen_twin(critic: Output, outputs: Iterable[Output]) -> Output | None:
    """The output of a network like the critic's that has not changed in the least while the critic learned.

    Args:
        critic: the output that is read.
        outputs: those of all networks.
    """
    if not critic.moved():
        return None
    outputs = list(outputs)
    same = [output for output in outputs if output is critic or output.says_the_same_as(critic)]
    return next((twin for one in same if (twin := _frozen_like(one, outputs)) is not None), None)


def twins(critic: Output, outputs: Iterable[Output]) -> Iterator[Output]:
    """The outputs of other networks of the same shape as the critic's, such as its target network."""
    shape = _shapes(critic.module)
    for output in outputs:
        alike = type(output.module) is type(critic.module) and _shapes(output.module) == shape
        if alike and output.module is not critic.module and output.path == critic.path:
            yield output


def untrained_head(critic: Output, networks: Networks, names: dict[str, Any]) -> str:
    """A sentence if a part of the critic that gives values too has kept its first weights.

    Its values move all the same if the body in front of it is trained.
    """
    updates, parts = networks.gate.updates, {id(module) for module in critic.module.modules()}
    for one in networks.outputs.values() if updates >= LEAST_UPDATES else ():
        gives_values = id(one.module) in parts and one.kind == critic.kind and one.moved() > MOVED_ABOVE
        if gives_values and one.keeps_its_weights:
            return f"no weight of `{name_of(one, names_in(names, networks))}` changed in {updates:,} updates"
    return ""


def _frozen_like(critic: Output, outputs: Iterable[Output]) -> Output | None:
    found = []
    for output in twins(critic, outputs):
        said = [np.array_equal(output.first[i], output.last[i]) for i in output.first]
        trained = any(p.grad is not None for p in output.module.parameters())
        if output.seen >= LEAST_CALLS and said and all(said) and not trained:
            found.append(output)
        elif not trained and output.seen >= LEAST_CALLS:
            return None  # a target that moves: the frozen one is for something else
    return found[0] if found else None


def _shapes(module: Any) -> list[tuple[int, ...]]:
    return [tuple(p.shape) for p in module.parameters()]
