"""A model of Stable-Baselines3 in a script is asked observations as its own wrappers show them."""

from __future__ import annotations

from types import SimpleNamespace

import gymnasium as gym
import numpy as np
import pytest

pytest.importorskip("stable_baselines3")

from stable_baselines3 import PPO
from stable_baselines3.common.vec_env import DummyVecEnv, VecNormalize

from rlprobe.scripts.inside.reading.stable import actions_of, values_of


class OneHot(gym.ObservationWrapper):
    """The number of a state as a vector."""

    def __init__(self, env):
        super().__init__(env)
        self.observation_space = gym.spaces.Box(0.0, 1.0, (int(env.observation_space.n),), np.float32)

    def observation(self, observation):
        """A single 1."""
        return np.eye(self.observation_space.shape[0], dtype=np.float32)[int(observation)]


class Halved(gym.ObservationWrapper):
    """A second wrapper, around the first."""

    def observation(self, observation):
        """Half of it."""
        return observation / 2


@pytest.mark.parametrize("normalised", [False, True])
def test_a_model_behind_wrappers_is_asked_what_they_show(normalised):
    """States of FrozenLake are numbers, and the model knows vectors."""
    env = DummyVecEnv([lambda: Halved(OneHot(gym.make("FrozenLake-v1")))])
    env = VecNormalize(env) if normalised else env
    model = PPO("MlpPolicy", env, n_steps=8, batch_size=8, device="cpu")
    stage = SimpleNamespace(looks=[np.int64(0), np.int64(5), np.int64(3)])
    before = env.obs_rms.count if normalised else None
    values = values_of(model, [stage], 2)
    shown = np.eye(16, dtype=np.float32)[[0, 5]] / 2
    shown = env.normalize_obs(shown) if normalised else shown
    expected = model.policy.predict_values(model.policy.obs_to_tensor(shown)[0]).detach().numpy().ravel()
    scale = np.sqrt(env.ret_rms.var + env.epsilon) if normalised else 1.0
    assert values == pytest.approx(expected * scale)
    assert actions_of(model, [stage]).shape == (3,)
    assert before is None or env.obs_rms.count == before
