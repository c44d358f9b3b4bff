"""Everything in a network that can be asked at observations, and what kind of answer it gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from rlprobe.monitors.networks.asking import Reading
from rlprobe.monitors.networks.twin import Twin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Kind = Literal["value", "choices", "pair", "other"]
METHODS = (
    "get_value",
    "get_values",
    "predict_values",
    "value",
    "critic",
    "get_logits",
    "actor",
    "evaluate_value",
)
MOST_PARTS = 24


@dataclass(frozen=True)
class Task:
    """What is known of the task.

    Args:
        observations: a batch as a tensor.
        actions: a batch of actions as a tensor; None if there is none.
        choices: number of discrete actions; None for other spaces.
        space: the action space of one environment.
    """

    observations: Any
    actions: Any
    choices: int | None
    space: Any


@dataclass(frozen=True)
class Candidate:
    """Something that can be asked.

    Args:
        reading: how to ask it.
        kind: what the width of its output says: a state value, one number for each action, the value of a
            pair.
    """

    reading: Reading
    kind: Kind


def candidates(name: str, network: Any, task: Task, torch: Any) -> list[Candidate]:
    """What a network and its parts answer at the observations of the task; parts that raise are left out."""
    try:
        twin = Twin(network, torch)
    except Exception:  # noqa: BLE001 - a network that cannot be copied cannot be asked
        return []
    found: list[Candidate] = []
    for called, plain in _askable(name, twin.copy):
        for ask, pairs in _ways(plain, torch):
            if pairs and task.actions is None:
                continue
            given = (task.observations, task.actions) if pairs else (task.observations,)
            answers = _answers(twin, ask, given)
            if answers:
                found += _sorted_out(Reading(called, twin, ask, pairs), answers, task)
                break
    return found


def _askable(name: str, network: Any) -> Iterator[tuple[str, Callable[..., Any]]]:
    yield name, network
    modules = dict(network.named_modules())
    for part in list(modules)[1:MOST_PARTS]:
        yield f"{name}.{part}", modules[part]
    for method in METHODS:
        if method not in modules and callable(getattr(type(network), method, None)):
            yield f"{name}.{method}", getattr(network, method)


def _ways(plain: Callable[..., Any], torch: Any) -> list[tuple[Callable[..., Any], bool]]:
    """How to ask, and whether an action is needed: at observations, at both, at both in one row."""
    return [
        (plain, False),
        (plain, True),
        (lambda x, a: plain(torch.cat([x, a], 1)), True),
    ]


def _answers(twin: Twin, ask: Callable[..., Any], given: tuple[Any, ...]) -> list[Any]:
    """The tensors that it returns; none if it does not take such inputs."""
    try:
        with twin.undisturbed():
            return _tensors(ask(*given), len(given[0]))
    except Exception:  # noqa: BLE001 - whatever it raises at inputs that it was not made for
        return []


def _tensors(said: Any, count: int) -> list[Any]:
    parts = list(said) if isinstance(said, (tuple, list)) else [said]
    floats = [one for one in parts if hasattr(one, "is_floating_point") and one.is_floating_point()]
    return floats if all(one.ndim and len(one) == count for one in floats) else []


def _sorted_out(reading: Reading, answers: list[Any], task: Task) -> Iterator[Candidate]:
    count = len(task.observations)
    for part, answer in enumerate(answers):
        wide = answer.numel() // count
        kind: Kind = "other"
        if wide == 1 and answer.ndim <= 2:
            kind = "pair" if reading.takes_actions else "value"
        elif answer.ndim == 2 and wide == task.choices and not reading.takes_actions:
            kind = "choices"
        if len(answers) == 1:
            yield Candidate(reading, kind)
        else:
            ask = _picking(reading.ask, part)
            yield Candidate(
                Reading(f"{reading.name}[{part}]", reading.twin, ask, reading.takes_actions), kind
            )


def _picking(ask: Callable[..., Any], part: int) -> Callable[..., Any]:
    """Only one of several outputs."""
    return lambda *given: _tensors(ask(*given), len(given[0]))[part]
