"""A Gymnasium ``VectorEnv`` as a ``VecEnv`` of Stable-Baselines3."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv
from stable_baselines3.common.vec_env import VecEnv

from rlprobe.agents.stream import row_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


class SameStepVecEnv(VecEnv):  # type: ignore[misc]
    """A ``VectorEnv`` as a ``VecEnv``: after an end it returns the first observation of the next episode.

    The final observation is in ``infos[i]["terminal_observation"]``, and ``infos[i]["TimeLimit.truncated"]``
    says whether the episode was truncated.

    Args:
        env: a ``VectorEnv`` with autoreset mode ``SAME_STEP`` or ``DISABLED``.

    Raises:
        ValueError: the mode is ``NEXT_STEP``, whose reset steps a ``VecEnv`` cannot express.
    """

    def __init__(self, env: VectorEnv[Any, Any, Any]) -> None:
        self.mode = AutoresetMode(env.metadata["autoreset_mode"])
        if self.mode is AutoresetMode.NEXT_STEP:
            raise ValueError(
                "autoreset mode: Stable-Baselines3 resets in the step that ends an episode; make the "
                "environment with autoreset_mode='SameStep' or 'Disabled', got NEXT_STEP"
            )
        self.env, self._actions = env, np.empty(0)
        super().__init__(env.num_envs, env.single_observation_space, env.single_action_space)

    def reset(self) -> Any:
        """Start an episode everywhere, with the seed given through ``seed``."""
        seeds = [None if seed is None else int(seed) for seed in self._seeds]
        seed: Any = None if None in seeds else seeds
        observations, _ = self.env.reset(seed=seed)
        self._reset_seeds()
        self._reset_options()
        return observations

    def step_async(self, actions: NDArray[Any]) -> None:
        """Keep the actions until ``step_wait``."""
        self._actions = actions

    def step_wait(self) -> tuple[Any, NDArray[np.float32], NDArray[np.bool_], list[dict[str, Any]]]:
        """Step every environment, and start a new episode wherever one ended."""
        reached, rewards, terminated, truncated, info = self.env.step(self._actions)
        dones = np.asarray(terminated | truncated)
        infos: list[dict[str, Any]] = [
            {"TimeLimit.truncated": bool(cut and not end)}
            for cut, end in zip(truncated, terminated, strict=True)
        ]
        final, observations = reached, reached
        if dones.any() and self.mode is AutoresetMode.SAME_STEP:
            final = info["final_obs"]
        elif dones.any():
            observations, _ = self.env.reset(options={"reset_mask": dones})
        for i in np.flatnonzero(dones):
            infos[i]["terminal_observation"] = row_of(final, i)
        return observations, np.asarray(rewards, dtype=np.float32), dones, infos

    def close(self) -> None:
        """Close the environment."""
        self.env.close()

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        """The attribute of the vector environment, once per requested environment."""
        return [getattr(self.env, attr_name) for _ in self._get_indices(indices)]

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:
        """Set an attribute of the vector environment."""
        del indices
        setattr(self.env, attr_name, value)

    def env_method(self, method_name: str, *args: Any, indices: Any = None, **kwargs: Any) -> list[Any]:
        """Call a method of the vector environment, once per requested environment."""
        return [getattr(self.env, method_name)(*args, **kwargs) for _ in self._get_indices(indices)]

    def env_is_wrapped(self, wrapper_class: type[Any], indices: Any = None) -> list[bool]:
        """No environment in here is wrapped on its own."""
        del wrapper_class
        return [False for _ in self._get_indices(indices)]

    def get_images(self) -> Sequence[Any]:
        """One picture per environment."""
        return list(self.env.render() or [None] * self.num_envs)
