"""Environments that do next to nothing, in the shapes people have, and the normalisers of three libraries."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import gymnasium as gym
import numpy as np
from gymnasium.vector import AutoresetMode
from gymnasium.wrappers import NormalizeObservation, NormalizeReward
from gymnasium.wrappers import vector as gym_vector

from rlprobe import NormalizeAll, RewardScale
from rlprobe.stats.kernels.compiled import SWITCH
from rlprobe.wrappers import vector

if TYPE_CHECKING:
    from collections.abc import Callable

SINGLE = (3, 4, 11, 17, 27, 105, 376)
NUM_ENVS = (1, 4, 8, 16, 64, 256, 1024, 4096)
SIZES = (4, 17, 27, 105, 376)
FAR = ((1, 17), (1, 376), (8, 17), (64, 27), (64, 376), (1024, 4), (4096, 376))


def samples(space, n, shift, rng):
    """``n`` observations of ``space``; far ones have means up to 8 standard deviations from 0."""
    if isinstance(space, gym.spaces.Dict):
        parts = {key: samples(part, n, shift, rng) for key, part in space.spaces.items()}
        return [{key: parts[key][i] for key in parts} for i in range(n)]
    if space.dtype == np.uint8:
        return list(rng.integers(0, 256, (n, *space.shape), dtype=np.uint8))
    values = rng.normal(size=(n, *space.shape))
    if shift:
        scale = 10.0 ** (np.arange(space.shape[-1]) % 5 - 2)
        values = values * scale + shift * scale * (np.arange(space.shape[-1]) % 2)
    return list(values.astype(space.dtype))


def fresh(observation):
    """A copy, as environments and ``SyncVectorEnv`` hand it out."""
    if isinstance(observation, dict):
        return {key: part.copy() for key, part in observation.items()}
    return observation.copy()


class Bare(gym.Env):
    """Hands out prepared observations; truncates every 200 steps."""

    def __init__(self, space, shift=0.0):
        rng = np.random.default_rng(0)
        self.observation_space, self.action_space = space, gym.spaces.Discrete(2)
        self.stream = samples(space, 16, shift, rng)
        self.rewards = rng.normal(size=16).tolist()
        self.time = 0

    def reset(self, *, seed=None, options=None):
        """The first observation."""
        return fresh(self.stream[0]), {}

    def step(self, action):
        """The next one."""
        self.time = t = self.time + 1
        return fresh(self.stream[t % 16]), self.rewards[t % 16], False, t % 200 == 0, {}


class BareVector(gym.vector.VectorEnv):
    """The same for a batch; one environment ends every 50 steps."""

    def __init__(self, num_envs, space, shift=0.0):
        rng = np.random.default_rng(0)
        self.metadata = {"autoreset_mode": AutoresetMode.NEXT_STEP}
        self.num_envs, self.single_observation_space = num_envs, space
        self.single_action_space = gym.spaces.Discrete(2)
        self.observation_space = gym.vector.utils.batch_space(space, num_envs)
        self.action_space = gym.vector.utils.batch_space(self.single_action_space, num_envs)
        self.stream = [np.stack(samples(space, num_envs, shift, rng)) for _ in range(4)]
        self.rewards = [rng.normal(size=num_envs) for _ in range(4)]
        self.none = np.zeros(num_envs, dtype=np.bool_)
        self.time = 0

    def reset(self, *, seed=None, options=None):
        """The first observations."""
        return fresh(self.stream[0]), {}

    def step(self, actions):
        """The next ones."""
        self.time = t = self.time + 1
        ended = self.none
        if t % 50 == 0:
            ended = self.none.copy()
            ended[t // 50 % self.num_envs] = True
        return fresh(self.stream[t % 4]), self.rewards[t % 4], self.none, ended, {}


def sb3_of(env):
    """``env`` as a ``VecEnv`` of Stable-Baselines3, with the ``step`` that is measured here."""
    from stable_baselines3.common.vec_env import VecEnv

    class Direct(VecEnv):
        """Hands on what the vector environment gives, with the infos that the library expects."""

        def __init__(self):
            super().__init__(env.num_envs, env.single_observation_space, env.single_action_space)
            self.infos = [{"terminal_observation": o} for o in env.stream[0]]

        def reset(self):
            """The first observations."""
            return env.reset()[0]

        def step_async(self, actions):
            """Nothing to do yet."""

        def step_wait(self):
            """One step."""
            observations, rewards, terminated, truncated, _ = env.step(0)
            return observations, rewards, terminated | truncated, self.infos

        def get_attr(self, name, indices=None):
            """Nothing but the absence of a screen."""
            return [None] * self.num_envs

        close = set_attr = env_method = env_is_wrapped = None

    return Direct()


def with_sb3(env):
    """Stable-Baselines3's pair."""
    from stable_baselines3.common.vec_env import VecNormalize

    return VecNormalize(sb3_of(env))


def with_gymnasium(env):
    """Gymnasium's pair."""
    if isinstance(env, gym.vector.VectorEnv):
        return gym_vector.NormalizeObservation(gym_vector.NormalizeReward(env))
    return NormalizeObservation(NormalizeReward(env))


def with_ours(env, *, fast, **options):
    """Our pair, compiled or not."""
    os.environ[SWITCH] = "1" if fast else "0"
    if isinstance(env, gym.vector.VectorEnv):
        return vector.NormalizeAll(vector.RewardScale(env), **options)
    return NormalizeAll(RewardScale(env), **options)


def freeze(env):
    """Stop counting, whoever made the wrappers."""
    for layer in (env, getattr(env, "env", None), getattr(env, "venv", None)):
        if isinstance(layer, gym.Wrapper | gym.vector.VectorWrapper):
            for name in ("update_running_mean", "updating"):
                if hasattr(layer, name):
                    setattr(layer, name, False)
        elif hasattr(layer, "training"):
            layer.training = False
    return env


@dataclass(frozen=True)
class Case:
    """One shape: our environment, Gymnasium's (the same unless it does not take ours), and SB3's if any."""

    group: str
    name: str
    ours: Callable
    theirs: Callable
    sb3: Callable | None = None
    options: tuple = ()
    frozen: bool = False


def box(*shape, dtype=np.float32):
    """A box of numbers, or of bytes."""
    low, high = (0, 255) if dtype == np.uint8 else (-np.inf, np.inf)
    return gym.spaces.Box(low, high, shape, dtype)


def same(group, name, make, *, sb3=None, options=()):
    """A case in which all wrap the same environment."""
    return Case(group, name, make, make, sb3, options)


def cases():
    """Every shape of the page."""
    goal = gym.spaces.Dict({"observation": box(25), "achieved_goal": box(3), "desired_goal": box(3)})
    seen = gym.spaces.Dict({"state": box(17), "camera": box(84, 84, 3, dtype=np.uint8)})
    flat = [same("single", f"{d}", partial(Bare, box(d)), sb3=partial(BareVector, 1, box(d))) for d in SINGLE]
    nested = [
        Case("single", "Dict 25 + 3 + 3 (Gymnasium: flat 31)", partial(Bare, goal), partial(Bare, box(31))),
        Case(
            "single",
            "Dict 17 + picture 84x84x3 (Gymnasium: the picture)",
            partial(Bare, seen),
            partial(Bare, box(84, 84, 3, dtype=np.uint8)),
            options=(("keys", ("state", "camera")),),
        ),
        *(
            same("single", f"{shape} floats", partial(Bare, box(*shape)), options=(("kind", "numbers"),))
            for shape in ((4, 17), (4, 84, 84))
        ),
    ]
    pictures = [
        same(
            "single",
            f"{'x'.join(map(str, shape))} bytes, per {each}",
            partial(Bare, box(*shape, dtype=np.uint8)),
            options=(("images", each),),
        )
        for shape in ((84, 84, 4), (96, 96, 3))
        for each in ("channel", "pixel")
    ]
    batches = [
        same("vector", f"{n} x {d}", partial(BareVector, n, box(d)), sb3=partial(BareVector, n, box(d)))
        for n in NUM_ENVS
        for d in SIZES
    ]
    rows = partial(BareVector, 8, box(4, 84, 84, dtype=np.uint8))
    batches.append(same("vector", "8 x 4x84x84 bytes, per channel", rows))
    counting = [*flat, *nested, *pictures, *batches]
    far = [
        same(
            "far",
            f"{n} x {d}" if n > 1 else f"single {d}",
            partial(BareVector, n, box(d), 8.0) if n > 1 else partial(Bare, box(d), 8.0),
        )
        for n, d in FAR
    ]
    frozen = [
        Case(f"frozen {c.group}", c.name, c.ours, c.theirs, c.sb3, c.options, frozen=True) for c in counting
    ]
    return [*counting, *far, *frozen]
