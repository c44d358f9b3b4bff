"""Stacks of the last frames of an episode."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.checks.case import Case
from rlprobe.checks.family import Family, Mistake, Role, Variant, number, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from rlprobe.checks.family import Outputs

FRAMES = {"frames": "TD", "starts": "T"}


def _videos() -> Iterator[Case]:
    random = np.random.default_rng(67)
    for place in range(200):
        steps = 7 if place == 0 else int(random.integers(2, 9))
        starts = random.random(steps) < 0.25
        starts[0] = True
        if place == 0:
            starts[:] = [True, False, False, False, True, False, False]
        frames = np.round(random.random((steps, 2)) * 9 + 1, 1)
        yield Case(
            {"frames": frames, "starts": starts, "k": 3 if place == 0 else int(random.integers(2, 5))},
            FRAMES,
            {"dones": lambda c: np.concatenate([c.starts[1:], [True]])},
            "random",
        )


def _stacks(c: Case, **wrong: Any) -> Outputs:
    found = {}
    for pad in ("the first frame", "zeros"):
        stacks: list[Any] = []
        window: list[Any] = []
        for frame, start in zip(c.frames, c.starts, strict=True):
            if (start and not wrong.get("leaks")) or not window:
                first = frame if pad == "the first frame" else 0 * frame
                window = [first] * c.k
            before = window
            window = [*window[1:], frame] if not wrong.get("frozen") or start else window
            if wrong.get("latest"):
                window = [frame] * c.k
            if wrong.get("place") is not None and not start:
                window = wrong["place"](before, frame)
            stacks.append(np.stack(window))
        newest_last = np.stack(stacks)
        for order in ("newest last", "newest first"):
            found[f"{order}, padded with {pad}"] = (
                newest_last if order == "newest last" else newest_last[:, ::-1]
            )
    return found


STACKED = {
    f"{order}, padded with {pad}": "TKD"
    for order in ("newest last", "newest first")
    for pad in ("the first frame", "zeros")
}


def _stackers(target: Any) -> Iterable[tuple[str, Callable[[Any], Any]]]:
    """A class with ``reset(frame)`` and ``step(frame)``, under the names that people give these."""
    if not inspect.isclass(target):
        return
    cls: Any = target
    resets = [name for name in ("reset", "start", "clear") if hasattr(target, name)]
    pushes = [
        name
        for name in ("step", "append", "push", "add", "update", "__call__", "observe")
        if name in dir(target)
    ]
    for words, make in {
        "k": cls,
        "k, shape": lambda k: cls(k, (2,)),
        "shape, k": lambda k: cls((2,), k),
    }.items():
        for reset in resets:
            for push in pushes:
                yield f"{target.__name__}({words}).{reset}/{push}", _stacked_by(make, reset, push)


def _stacked_by(make: Callable[[int], Any], reset: str, push: str) -> Callable[[Any], Any]:
    def call(case: Any) -> Any:
        stacker, found = make(case.k), []
        for frame, start in zip(np.asarray(case.frames), np.asarray(case.starts), strict=True):
            if start:
                try:
                    result = getattr(stacker, reset)(frame.copy())
                except TypeError:
                    getattr(stacker, reset)()
                    result = getattr(stacker, push)(frame.copy())
            else:
                result = getattr(stacker, push)(frame.copy())
            found.append(np.asarray(_shown(stacker, result), float).reshape(case.k, -1).copy())
        return np.stack(found)

    return call


def _shown(stacker: Any, result: Any) -> Any:
    if result is not None:
        return result
    for name in ("get", "state", "stack", "frames", "observation", "obs", "buffer"):
        value = getattr(stacker, name, None)
        if value is not None:
            return value() if callable(value) else list(value)
    raise AttributeError("expected the stack to be returned, or an attribute frames, stack or state")


def _stack_with(**wrong: Any) -> Callable[[Case], Outputs]:
    return lambda c: _stacks(c, **wrong)


FRAME_STACK = Family(
    name="frame_stack",
    what="the last k frames of the same episode, padded where it has fewer",
    words=(r"frame_?(stack|buffer|history)", r"stack"),
    roles=(
        plain("frames", "TD", "obs observations frame images states"),
        Role(
            "starts",
            "episode_starts is_first first firsts start resets",
            (Variant(lambda c: c.starts, "T"),),
            flag=True,
        ),
        plain("dones", "T", "done terminals d ends", flag=True),
        number("k", "n n_stack num_stack stack_size n_frames num_frames stack history size"),
    ),
    needs=(),
    outputs=STACKED,
    right=_stacks,
    cases=_videos,
    fit=lambda case, shown: (
        case if shown & {"starts", "dones"} else case.change(starts=np.arange(len(case.starts)) == 0)
    ),
    drivers=_stackers,
    strict=True,
    mistakes=(
        Mistake(
            "frame-stack",
            "stacks that keep frames of the episode before",
            _stack_with(leaks=True),
            "frames.append(obs)  # also after a reset",
            "frames.clear() at every reset",
        ),
        Mistake(
            "frame-stack",
            "stacks that never change after the first frame of an episode",
            _stack_with(frozen=True),
        ),
        Mistake(
            "frame-stack",
            "stacks that hold the latest frame k times: all are one array",
            _stack_with(latest=True),
        ),
        Mistake(
            "frame-stack",
            "stacks moved by one whose newest frame is put into the oldest place",
            _stack_with(place=lambda window, frame: [frame, *window[2:], window[0]]),
            "stack = np.roll(stack, -1, axis=0); stack[0] = frame",
            "stack = np.roll(stack, -1, axis=0); stack[-1] = frame",
        ),
        Mistake(
            "frame-stack",
            "stacks in which only the newest place changes: older frames do not move",
            _stack_with(place=lambda window, frame: [*window[:-1], frame]),
        ),
        Mistake(
            "frame-stack",
            "stacks moved the wrong way",
            _stack_with(place=lambda window, frame: [window[-1], *window[:-2], frame]),
        ),
    ),
    example="case.frames, case.starts, case.k",
)
