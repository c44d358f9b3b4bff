"""Info that gives the answer away is found by its content, and nothing else is taken for it."""

from __future__ import annotations

import gymnasium as gym
import numpy as np
import pytest

import probe_envs  # noqa: F401 - registers the probes


@pytest.fixture
def telling(planted):
    """A function that makes a healthy environment with the given info."""

    def telling(tell, paid=None):
        class Telling(planted.Healthy):
            def reset(self, *, seed=None, options=None):
                observation, _ = super().reset(seed=seed)
                self.coming = self.np_random.normal(0, 0.05, 3)
                self.door = int(self.np_random.integers(3))
                return observation, tell(self)

            def step(self, action):
                self.time += 1
                self.place = np.clip(0.9 * self.place + self.coming, -1, 1)
                reward = self.reward(action) if paid is None else paid(self, action)
                self.coming, self.door = self.np_random.normal(0, 0.05, 3), int(self.np_random.integers(3))
                return self.observe(), reward, False, self.time >= self.limit, tell(self)

        return Telling()

    return telling


LEAKS = [
    (lambda e: {"a": float(e.coming[0])}, lambda e, a: float(e.coming[0]), "was the reward of the next step"),
    (
        lambda e: {"x": {"y": np.float32(np.clip(0.9 * e.place + e.coming, -1, 1))[1]}},
        None,
        "info['x/y'] was what observation[1] showed one step later",
    ),
    (lambda e: {"d": e.door}, lambda e, a: float(a == e.door), "Taking the action that info['d'] holds"),
]


@pytest.mark.parametrize(("tell", "paid", "words"), LEAKS)
def test_leak_is_found_by_content(telling, inspected, tell, paid, words):
    """The next reward, the next observation and the action that pays are found under harmless names."""
    flag = inspected(telling(tell, paid)).flag("info-foretells")
    assert words in flag.sentence
    assert flag.severity == "look"


HARMLESS = [
    lambda e: {"noise": float(e.np_random.normal())},
    lambda e: {"t": e.time, "place": e.place.tolist(), "other": int(e.np_random.integers(3))},
    lambda e: {"reward": 1.0, "text": "abc", "object": object(), "mask": np.ones(3, np.int8)},
    lambda e: {"last": float(e.place[0]), "seen": e.place.astype(np.float32)},
]


@pytest.mark.parametrize("tell", HARMLESS)
def test_harmless_info_is_no_leak(telling, inspected, tell):
    """Noise, clocks, what the observation shows already, masks and objects are no leak."""
    report = inspected(telling(tell))
    assert report.flag("info-foretells") is None
    assert report.contract.checks["info"] == "ok"


@pytest.mark.parametrize("name", ["FrozenLake-v1", "Taxi-v4", "CliffWalking-v1", "Blackjack-v1"])
def test_well_known_info_is_no_leak(inspected, name):
    """What the toy texts put into info is not called a leak."""
    assert name in gym.registry
    assert inspected(name).flag("info-foretells") is None
