"""A target network that is never synchronised: a twin of the critic that says the same for ever."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rlprobe.scripts.inside.reading.networks.outputs import Output

LEAST_CALLS = 20
"""Calls that must have been looked at to say that a network never changes."""


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
