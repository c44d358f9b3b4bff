"""Leave out wrappers that normalise by running statistics: the unit of values would change with the data."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

ROOMS = ("gymnasium.wrappers", "gymnasium.wrappers.vector")


def leave_out(note: Callable[[str], None]) -> None:
    """Let ``NormalizeReward`` and ``NormalizeObservation`` change nothing; ``note`` is told if they are used.

    So does the reward of Stable-Baselines3's ``VecNormalize``, if the library was imported before.
    """
    for room in ROOMS:
        module = importlib.import_module(room)
        for name in ("NormalizeReward", "NormalizeObservation"):
            setattr(module, name, _plain(getattr(module, name), name, note))
    if "stable_baselines3" in sys.modules:
        _keep_rewards(importlib.import_module("stable_baselines3.common.vec_env").VecNormalize, note)


def _plain(kind: type, name: str, note: Callable[[str], None]) -> type:
    """The wrapper without its effect."""

    def begin(self: Any, *args: Any, **options: Any) -> None:
        note(f"{name} was left out: its unit changes with the data")
        super(made, self).__init__(*args, **options)

    def step(self: Any, action: Any) -> Any:
        return self.env.step(action)

    def reset(self: Any, *, seed: Any = None, options: Any = None) -> Any:
        return self.env.reset(seed=seed, options=options)

    made: Any = type(
        name, (kind,), {"__init__": begin, "step": step, "reset": reset, "__doc__": kind.__doc__}
    )
    return made  # type: ignore[no-any-return]


def _keep_rewards(kind: Any, note: Callable[[str], None]) -> None:
    """Let ``VecNormalize`` leave rewards as they are."""
    plain = kind.__init__

    def begin(self: Any, *args: Any, **options: Any) -> None:
        plain(self, *args, **options)
        if self.norm_reward:
            self.norm_reward = False
            note("VecNormalize was set to norm_reward=False: the unit of values would change with the data")

    kind.__init__ = begin
