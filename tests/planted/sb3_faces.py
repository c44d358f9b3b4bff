"""Wrong wrappers around environments of Stable-Baselines3, and a way to build agents behind them."""

from __future__ import annotations

import gymnasium as gym
import numpy as np
import torch
from gymnasium.vector import VectorEnv
from stable_baselines3.common.torch_layers import FlattenExtractor
from stable_baselines3.common.vec_env import VecEnvWrapper

from rlprobe.adapters.sb3 import SB3Factory
from rlprobe.adapters.sb3.vec_env import SameStepVecEnv


class EditedVecEnv(VecEnvWrapper):
    """Passes each step through ``edit(observations, rewards, dones, infos)``."""

    def __init__(self, venv):
        super().__init__(venv)
        self.last = np.zeros(venv.num_envs, dtype=np.float32)
        self.total, self.count = 0.0, 0

    def reset(self):
        return self.venv.reset()

    def step_wait(self):
        observations, rewards, dones, infos = self.venv.step_wait()
        return observations, self.edit(observations, rewards, dones, infos).astype(np.float32), dones, infos

    def edit(self, observations, rewards, dones, infos):
        raise NotImplementedError


class ClippedReward(EditedVecEnv):
    def edit(self, observations, rewards, dones, infos):
        return np.clip(rewards, -1, 1)


class RewardSign(EditedVecEnv):
    def edit(self, observations, rewards, dones, infos):
        return np.sign(rewards)


class NegatedReward(EditedVecEnv):
    def edit(self, observations, rewards, dones, infos):
        return -rewards


class RunningMeanSubtracted(EditedVecEnv):
    def edit(self, observations, rewards, dones, infos):
        self.total, self.count = self.total + float(rewards.sum()), self.count + len(rewards)
        return rewards - self.total / self.count


class LaggedReward(EditedVecEnv):
    def edit(self, observations, rewards, dones, infos):
        late, self.last = self.last, rewards.copy()
        return late


class LaggedAndLostReward(EditedVecEnv):
    def edit(self, observations, rewards, dones, infos):
        late, self.last = self.last, np.where(dones, 0, rewards)
        return late


class ResetObservation(EditedVecEnv):
    """What a vector environment without final observations gives: the next episode's first one."""

    def edit(self, observations, rewards, dones, infos):
        for i in np.flatnonzero(dones):
            infos[i]["terminal_observation"] = observations[i].copy()
        return rewards


class TimeLimitForgotten(EditedVecEnv):
    """The old ``done`` alone."""

    def edit(self, observations, rewards, dones, infos):
        for info in infos:
            info["TimeLimit.truncated"] = False
        return rewards


class EveryEndIsATimeLimit(EditedVecEnv):
    """``infos["TimeLimit.truncated"] = done``."""

    def edit(self, observations, rewards, dones, infos):
        for info, done in zip(infos, dones, strict=True):
            info["TimeLimit.truncated"] = bool(done)
        return rewards


class TruncatedFirst(gym.Wrapper):
    """``if truncated: ... elif terminated: ...``."""

    def step(self, action):
        observation, reward, terminated, truncated, info = self.env.step(action)
        return observation, reward, terminated and not truncated, truncated, info


class NaiveVecEnv(SameStepVecEnv):
    """Takes a vector environment with ``NEXT_STEP`` autoreset as it comes."""

    def __init__(self, env):
        env.metadata["autoreset_mode"], mode = "SameStep", env.metadata["autoreset_mode"]
        super().__init__(env)
        env.metadata["autoreset_mode"] = mode

    def step_wait(self):
        observations, rewards, terminated, truncated, _ = self.env.step(self._actions)
        dones = terminated | truncated
        infos = [
            {"TimeLimit.truncated": bool(cut and not end)}
            for cut, end in zip(truncated, terminated, strict=True)
        ]
        for i in np.flatnonzero(dones):
            infos[i]["terminal_observation"] = observations[i].copy()
        return observations, np.asarray(rewards, dtype=np.float32), dones, infos


class NothingSeen(FlattenExtractor):
    """Features that do not depend on the observation."""

    def forward(self, observations):
        return torch.zeros_like(super().forward(observations))


def behind(algorithm, wrapper):
    """A subclass of ``algorithm`` that wraps whatever environment it is given in ``wrapper``."""

    def wrap(env, verbose=0, monitor_wrapper=True):
        if isinstance(env, gym.Env) and issubclass(wrapper, gym.Wrapper):
            env = wrapper(env)
        seen = algorithm._wrap_env(env, verbose, monitor_wrapper)
        return wrapper(seen) if issubclass(wrapper, VecEnvWrapper) else seen

    return type(f"{algorithm.__name__}_{wrapper.__name__}", (algorithm,), {"_wrap_env": staticmethod(wrap)})


class NaiveFactory(SB3Factory):
    """Runs on ``NEXT_STEP`` vector environments, wrongly."""

    autoreset_modes = ("next_step",)

    def __call__(self, env, setting):
        return super().__call__(NaiveVecEnv(env) if isinstance(env, VectorEnv) else env, setting)
