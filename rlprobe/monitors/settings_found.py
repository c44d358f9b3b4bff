"""What the variables of the training code tell: discount, length of the run, names of networks."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

GAMMA = re.compile(r"(gamma|discount|discount_?(factor|rate))", re.IGNORECASE)
TOTAL = re.compile(
    r"_?(total_?(num_?)?(env_?|time_?|training_?)?(steps|frames)|max_?(frames|time_?steps|training_?steps)"
    r"|(num|n)_?(frames|training_?steps|total_?steps)|n_?timesteps|train(ing)?_?steps)",
    re.IGNORECASE,
)
EXPLORATION = re.compile(r"(eps|epsilon|exploration_?rate)", re.IGNORECASE)
SYNC = re.compile(
    r"(target_?(network_?)?(update_?)?(frequency|freq|interval|period|every|steps)|sync_?(rate|every|freq\w*)"
    r"|(update|sync)_?target_?(every|freq\w*|interval|steps))",
    re.IGNORECASE,
)
RETURNS = re.compile(r"(b_|batch_|all_)?(returns|value_targets|v_targets|targets)")
ADVANTAGES = re.compile(r"(b_|batch_|all_)?(advantages|advs?)")
MEMORY = re.compile(r"(replay_?)?(buffer|memory)|rb|replay|replay_?buffer", re.IGNORECASE)
FEWEST_TOTAL = 500
FEWEST_TARGETS = 16
GLANCE_FRAMES = 3
MOST_FRAMES = 12
MOST_ATTRIBUTES = 200
PASSED_OVER = {
    "builtins", "types", "typing", "numpy", "torch", "gymnasium", "collections", "functools", "logging",
    "abc", "_io", "io", "pathlib", "random", "threading", "weakref", "rlprobe",
    "probe_envs", "re", "enum", "pygame",
}  # fmt: skip
"""Packages whose objects hold no settings of a run."""
OWN = ("rlprobe.", "torch.", "gymnasium.", "importlib")


@dataclass
class Settings:
    """What was found, and in which variables."""

    gamma: float | None = None
    total: int | None = None
    sync: int | None = None
    exploration: float | None = None
    networks: dict[str, Any] = field(default_factory=dict)
    returns: Any = None
    advantages: Any = None
    memory: Any = None


def look_around(frame: FrameType | None) -> Settings:
    """Read the variables of the training code, from the innermost call outwards."""
    found = Settings()
    for names in _namespaces(frame):
        for name, value in names:
            _note(found, name, value)
    return found


def glance(frame: FrameType | None) -> Settings:
    """Only the targets and advantages in the innermost calls: cheap enough for every rollout."""
    found = Settings()
    count = 0
    while frame is not None and count < GLANCE_FRAMES:
        if not str(frame.f_globals.get("__name__", "")).startswith(OWN):
            count += 1
            names = frame.f_locals
            held = getattr(names.get("self"), "rollout_buffer", None)
            for where in (names, vars(held) if hasattr(held, "__dict__") else {}):
                for name, value in list(where.items()):
                    if RETURNS.fullmatch(name) or ADVANTAGES.fullmatch(name):
                        _note(found, name, value)
        frame = frame.f_back
    return found


def variables(frame: FrameType | None) -> Iterator[tuple[str, Any]]:
    """All variables of the training code, with the attributes of its objects."""
    for names in _namespaces(frame):
        yield from names


def _namespaces(frame: FrameType | None) -> Iterator[list[tuple[str, Any]]]:
    outermost: FrameType | None = None
    count = 0
    while frame is not None and count < MOST_FRAMES:
        module = str(frame.f_globals.get("__name__", ""))
        if not module.startswith(OWN):
            count += 1
            outermost = frame
            here = list(frame.f_locals.items())
            yield here
            yield from _inside(here)
        frame = frame.f_back
    if outermost is not None and outermost.f_globals is not outermost.f_locals:
        there = list(outermost.f_globals.items())
        yield there
        yield from _inside(there)


def _inside(names: list[tuple[str, Any]], depth: int = 2) -> Iterator[list[tuple[str, Any]]]:
    """The attributes of objects that hold settings or networks: ``self``, ``args``, ``cfg``, ``agent``."""
    for _, value in names:
        inner = _attributes(value)
        if inner is not None and len(inner) < MOST_ATTRIBUTES:
            yield inner
            if depth > 1:
                yield from _inside(inner, depth - 1)


def _attributes(value: Any) -> list[tuple[str, Any]] | None:
    kind = type(value)
    if kind is dict:
        return [(key, one) for key, one in value.items() if isinstance(key, str)]
    if kind.__module__.partition(".")[0] in PASSED_OVER or hasattr(kind, "parameters"):
        return None
    if isinstance(value, type):
        own = value.__module__ == "__main__"
        return [(key, one) for key, one in vars(value).items() if not key.startswith("__")] if own else None
    inner = getattr(value, "__dict__", None) if "__dict__" in dir(kind) else None
    return [(key, one) for key, one in inner.items() if isinstance(key, str)] if type(inner) is dict else None


def _note(found: Settings, name: str, value: Any) -> None:
    if isinstance(value, bool) or value is None:
        return
    if isinstance(value, (int, float)):
        if found.gamma is None and GAMMA.fullmatch(name) and 0.0 < value <= 1.0:
            found.gamma = float(value)
        elif TOTAL.fullmatch(name) and value >= FEWEST_TOTAL:
            found.total = found.total or int(value)
        elif SYNC.fullmatch(name) and value >= 1:
            found.sync = found.sync or int(value)
        elif EXPLORATION.fullmatch(name) and 0.0 <= value <= 1.0 and found.exploration is None:
            found.exploration = float(value)
    elif hasattr(type(value), "named_parameters") and not isinstance(value, type):
        called = name.lstrip("_")
        if called not in {"self", "module"} and not any(value is one for one in found.networks.values()):
            found.networks[called if called not in found.networks else f"{called}_{len(found.networks)}"] = (
                value
            )
    elif isinstance(value, np.ndarray) or (hasattr(type(value), "numel") and not isinstance(value, type)):
        _note_array(found, name, value)
    elif (
        found.memory is None
        and not isinstance(value, type)
        and MEMORY.fullmatch(name.lstrip("_"))
        and hasattr(value, "__dict__")
    ):
        found.memory = value


def _note_array(found: Settings, name: str, value: Any) -> None:
    size = int(value.numel()) if hasattr(value, "numel") else int(value.size)
    if size < FEWEST_TARGETS or value.ndim > 3 or "float" not in str(value.dtype):
        return
    if found.returns is None and RETURNS.fullmatch(name):
        found.returns = value
    elif found.advantages is None and ADVANTAGES.fullmatch(name):
        found.advantages = value
