"""Step and return of every environment of a vector environment, in every autoreset mode."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from gymnasium.vector import AutoresetMode

from rlprobe.environments.autoreset import autoreset_mode, reset_mask

if TYPE_CHECKING:
    import gymnasium as gym
    from numpy.typing import NDArray


class Running:
    """Counts steps and sums rewards of the episodes that are shown.

    Args:
        env: the vector environment.
    """

    def __init__(self, env: gym.vector.VectorEnv[Any, Any, Any]) -> None:
        self._mode, self._count = autoreset_mode(self, env), env.num_envs
        self.steps: NDArray[np.int64] = np.zeros(self._count, np.int64)
        self.totals: NDArray[np.float64] = np.zeros(self._count)
        self.over: NDArray[np.bool_] = np.zeros(self._count, bool)

    def begun(self, options: dict[str, Any] | None) -> NDArray[np.bool_]:
        """Which environments a reset with these options resets; call it before the reset."""
        mask = reset_mask(options, self._count)
        return np.ones(self._count, bool) if mask is None else mask

    def begin(self, begun: NDArray[np.bool_]) -> None:
        """New episodes in these environments."""
        self.steps[begun], self.totals[begun], self.over[begun] = 0, 0.0, False

    def add(self, rewards: Any, over: NDArray[np.bool_]) -> None:
        """One step of every environment."""
        stood = self.over.copy()
        self.steps += 1
        self.totals += np.asarray(rewards, np.float64)
        self.over = np.array(over, bool)
        if self._mode == AutoresetMode.NEXT_STEP:  # this step was the reset of what had ended
            self.begin(stood)
        elif self._mode == AutoresetMode.SAME_STEP:  # what is shown is the next episode already
            self.begin(self.over)

    def words(self, number: int) -> str:
        """Number, step and return of one environment, for a caption."""
        over = ", over" if self.over[number] else ""
        return f"{number}: step {self.steps[number]}, return {self.totals[number]:.4g}{over}"
