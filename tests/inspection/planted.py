"""A plain, healthy environment, and one class for each defect that can be planted in it."""
# ruff: noqa: D102

from __future__ import annotations

from typing import ClassVar

import gymnasium as gym
import numpy as np
from gymnasium import spaces


class Healthy(gym.Env):
    """A point that drifts in the plane; moving right pays, and so does staying near the middle."""

    metadata: ClassVar = {"render_modes": ["rgb_array"], "render_fps": 10}
    limit = 100

    def __init__(self, render_mode=None):
        self.render_mode = render_mode
        self.observation_space = spaces.Box(-1.0, 1.0, (3,), np.float32)
        self.action_space = spaces.Discrete(3)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.time, self.place = 0, self.np_random.uniform(-0.1, 0.1, 3)
        return self.observe(), {}

    def step(self, action):
        self.time += 1
        noise = self.np_random.normal(0, 0.05, 3)
        self.place = np.clip(0.95 * self.place + 0.05 * (int(action) - 1) + noise, -1, 1)
        return self.observe(), self.reward(action), False, self.time >= self.limit, {}

    def observe(self):
        return self.place.astype(np.float32)

    def reward(self, action):
        return float(1.0 - abs(self.place[0]) + 0.1 * int(action))

    def render(self):
        picture = np.zeros((32, 48, 3), np.uint8)
        x, y = int(24 + 20 * self.place[0]), int(16 + 12 * self.place[1])
        picture[y - 2 : y + 2, x - 2 : x + 2] = 255
        return picture


class Constant(Healthy):
    """The last component never moves."""

    def observe(self):
        return np.array([*self.place[:2], 0.5], np.float32)


class Wide(Healthy):
    """Declares no bounds."""

    def __init__(self, render_mode=None):
        super().__init__(render_mode)
        self.observation_space = spaces.Box(-np.inf, np.inf, (3,), np.float32)


class Million(Wide):
    """The last component is a million times larger."""

    def observe(self):
        return (self.place * [1, 1, 1e6]).astype(np.float32)


class Outlier(Wide):
    """One observation in ten thousand has a last component of 50."""

    count = 0

    def observe(self):
        type(self).count += 1
        values = self.place.astype(np.float32)
        if type(self).count % 10_000 == 5_000:
            values[2] = 50.0
        return values


class Nan(Wide):
    """The observation of the 5 000th step holds NaN."""

    count = 0

    def step(self, action):
        observation, *rest = super().step(action)
        type(self).count += 1
        if type(self).count == 5_000:
            observation[1] = np.nan
        return observation, *rest


class HugeReward(Healthy):
    """Pays a million."""

    def reward(self, action):
        return 1e6


class NoReward(Healthy):
    """Never pays."""

    def reward(self, action):
        return 0.0


class RandomReset(Healthy):
    """Draws the first state from a generator of its own."""

    own = np.random.default_rng(0)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.place = type(self).own.uniform(-0.1, 0.1, 3)
        return self.observe(), {}


class RandomStep(Healthy):
    """Draws its noise from a generator of its own."""

    own = np.random.default_rng(0)

    def step(self, action):
        result = super().step(action)
        self.place = self.place + type(self).own.normal(0, 0.01, 3).clip(-0.02, 0.02) * (
            np.abs(self.place) < 0.9
        )
        return result


class SharedBuffer(Healthy):
    """Returns the same array every time."""

    def observe(self):
        if not hasattr(self, "buffer"):
            self.buffer = np.zeros(3, np.float32)
        self.buffer[:] = self.place
        return self.buffer


class IntegerId(Healthy):
    """The last component is the number of a room."""

    def __init__(self, render_mode=None):
        super().__init__(render_mode)
        self.observation_space = spaces.Box(
            np.array([-1, -1, 0], np.float32), np.array([1, 1, 9], np.float32)
        )

    def observe(self):
        return np.array([*self.place[:2], np.floor((self.place[2] + 1) * 4.9)], np.float32)


class WrongBounds(Healthy):
    """Declares narrower bounds than it keeps."""

    def __init__(self, render_mode=None):
        super().__init__(render_mode)
        self.observation_space = spaces.Box(-0.11, 0.11, (3,), np.float32)


class Early(Healthy):
    """Truncates on the step before the limit that it declares."""

    def step(self, action):
        observation, reward, terminated, _, info = super().step(action)
        return observation, reward, terminated, self.time >= self.limit - 1, info


class Late(Healthy):
    """Truncates on the step after the limit that it declares."""

    def step(self, action):
        observation, reward, terminated, _, info = super().step(action)
        return observation, reward, terminated, self.time >= self.limit + 1, info


class Angle(Wide):
    """The last component is an angle that turns and wraps at pi."""

    def observe(self):
        angle = (0.13 * self.time + self.place[2] + np.pi) % (2 * np.pi) - np.pi
        return np.array([*self.place[:2], angle], np.float32)


class Leaking(Healthy):
    """Puts the best action into info."""

    def step(self, action):
        *rest, _ = super().step(action)
        return *rest, {"optimal_action": 2}
