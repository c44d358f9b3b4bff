"""Vector environments as in gym: four values from ``step``, and an ``info`` for each environment."""

from __future__ import annotations

from typing import Any

import numpy as np
from gymnasium.vector import AutoresetMode, SyncVectorEnv

from rlprobe.scripts.inside.older.four_values import CUT, with_five

LAST = "terminal_observation"


def of_one(infos: dict[str, Any], i: int) -> dict[str, Any]:
    """The ``info`` of one of several environments."""
    found: dict[str, Any] = {}
    for key, value in infos.items():
        if key.startswith("_"):
            continue
        here = infos.get(f"_{key}")
        if here is None or here[i]:
            found[key] = of_one(value, i) if isinstance(value, dict) else value[i]
    return found


class FourValuesVector(SyncVectorEnv):
    """Environments side by side; one that has ended is reset in the same step.

    Args:
        env_fns: each makes an environment, of four values or five.
    """

    def __init__(self, env_fns: Any, *args: Any, **options: Any) -> None:
        del args
        known = {"copy": options["copy"]} if "copy" in options else {}
        makers = [lambda make=make: with_five(make()) for make in env_fns]
        super().__init__(makers, autoreset_mode=AutoresetMode.SAME_STEP, **known)

    def reset(self, **options: Any) -> Any:
        """The first observations."""
        return super().reset(**options)[0]

    def step(self, actions: Any) -> Any:
        """Four values; the ``info`` of one that has ended holds its ``terminal_observation``."""
        observations, rewards, terminated, truncated, infos = super().step(np.asarray(actions))
        each = []
        for i in range(self.num_envs):
            info = of_one(infos, i)
            last, ended = info.pop("final_obs", None), terminated[i] or truncated[i]
            info |= info.pop("final_info", None) or {}
            if ended:
                info |= {LAST: last, CUT: bool(truncated[i] and not terminated[i])}
            each.append(info)
        return observations, rewards, terminated | truncated, tuple(each)

    def step_async(self, actions: Any) -> None:
        """Keep the actions of the next step."""
        self._asked = actions

    def step_wait(self, **_: Any) -> Any:
        """Take that step."""
        return self.step(self._asked)

    def seed(self, seed: Any = None) -> None:
        """Seed the environments."""
        super().reset(seed=seed)
