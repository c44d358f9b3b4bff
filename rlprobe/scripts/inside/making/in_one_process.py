"""Vector environments with processes of their own, and those of Gymnasium below 1.0, in one process."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import numpy as np
from gymnasium.vector import AutoresetMode, SyncVectorEnv

from rlprobe.scripts.inside.older.vectors import of_one

if TYPE_CHECKING:
    from collections.abc import Callable

OF_VECTORS = frozenset({"copy", "observation_mode", "autoreset_mode"})
"""Arguments that ``SyncVectorEnv`` has too."""


def in_one_process(note: Callable[[str], None], vector_api: str) -> type:
    """``AsyncVectorEnv`` in one process, or ``SyncVectorEnv`` as it was before Gymnasium 1.0.

    Args:
        note: is told if ``AsyncVectorEnv`` is used.
        vector_api: ``"0.29"`` for vector environments as before Gymnasium 1.0.
    """

    class InOneProcess(SyncVectorEnv):
        def __init__(self, env_fns: Any, *args: Any, **kwargs: Any) -> None:
            if args or "shared_memory" in kwargs or "context" in kwargs or "daemon" in kwargs:
                note("AsyncVectorEnv was run in one process, as SyncVectorEnv")
            known = {name: value for name, value in kwargs.items() if name in OF_VECTORS}
            if vector_api == "0.29":
                known["autoreset_mode"] = AutoresetMode.SAME_STEP
            super().__init__(env_fns, **known)

        def step(self, actions: Any) -> Any:
            *rest, infos = super().step(actions)
            return (*rest, _old_infos(infos) if vector_api == "0.29" else infos)

        def step_async(self, actions: Any) -> None:
            self._asked = actions

        def step_wait(self, **_: Any) -> Any:
            return self.step(self._asked)

    return InOneProcess


def replace_subprocesses(note: Callable[[str], None]) -> None:
    """Stable-Baselines3's ``SubprocVecEnv`` becomes ``DummyVecEnv``, wherever it is known already."""
    if "stable_baselines3" not in sys.modules:
        return
    from stable_baselines3.common.vec_env import DummyVecEnv, SubprocVecEnv

    class InOneProcess(DummyVecEnv):  # type: ignore[misc]
        def __init__(self, env_fns: Any, start_method: str | None = None) -> None:
            del start_method
            note("SubprocVecEnv was run in one process, as DummyVecEnv")
            super().__init__(env_fns)

    for module in list(sys.modules.values()):
        names = getattr(module, "__dict__", None)
        if isinstance(names, dict):
            for name, value in list(names.items()):
                if value is SubprocVecEnv:
                    names[name] = InOneProcess


def _old_infos(infos: dict[str, Any]) -> dict[str, Any]:
    """The infos of Gymnasium 0.29: ``final_observation``, and ``final_info`` as one dict per environment."""
    old = {
        k: v for k, v in infos.items() if k not in {"final_obs", "_final_obs", "final_info", "_final_info"}
    }
    if "final_obs" in infos:
        ended = infos["_final_obs"]
        old["final_observation"], old["_final_observation"] = infos["final_obs"], ended
        old["final_info"] = np.array(
            [of_one(infos.get("final_info", {}), i) if e else None for i, e in enumerate(ended)],
            dtype=object,
        )
        old["_final_info"] = ended
    return old
