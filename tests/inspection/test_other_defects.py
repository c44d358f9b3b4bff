"""Defects of the known kinds where they are easily missed: in one leaf, in one step, in other units."""
# ruff: noqa: D103

from __future__ import annotations

import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces


@pytest.fixture
def robot(planted):
    """A healthy environment whose observation is a nest; subclasses change its parts."""

    class Robot(planted.Healthy):
        played = 0

        def __init__(self):
            super().__init__()
            arm = spaces.Dict(place=spaces.Box(-1, 1, (2,)), speed=spaces.Box(-np.inf, np.inf, (1,)))
            self.observation_space = spaces.Dict(arm=arm, eye=spaces.Box(0, 255, (8, 8, 3), np.uint8))

        def step(self, action):
            self.played += 1
            return super().step(action)

        def observe(self):
            values = self.place.astype(np.float32)
            eye = np.full((8, 8, 3), int(abs(values[0]) * 255), np.uint8)
            return self.changed({"arm": {"place": values[:2], "speed": values[2:]}, "eye": eye})

        def changed(self, observation):
            return observation

    return Robot


def changed(robot, change):
    """The robot with a change to what it observes."""
    return type("Changed", (robot,), {"changed": change})()


def nan_late(self, observation):
    observation["arm"]["speed"] *= np.nan if self.played == 5050 else 1.0
    return observation


def one_buffer(self, observation):
    self.buffer = getattr(self, "buffer", np.zeros(1, np.float32))
    self.buffer[:] = observation["arm"]["speed"]
    return {**observation, "arm": {**observation["arm"], "speed": self.buffer}}


def constant_part(self, observation):
    observation["arm"]["place"][1] = 0.25
    return observation


def dark_eye(self, observation):
    observation["eye"][:] = 9
    return observation


def fast_arm(self, observation):
    observation["arm"]["speed"] *= 1e6
    return observation


NESTED = [
    (nan_late, "non-finite", "arm/speed[0] is nan in 1 of", 6000),
    (one_buffer, "buffer-reused", "The observation of step 0 changed", 1500),
    (constant_part, "constant-component", "arm/place[1] is always 0.25", 1500),
    (dark_eye, "constant-picture", "eye: no pixel ever changed", 1500),
    (fast_arm, "badly-scaled", "arm/speed[0] is ", 1500),
]


@pytest.mark.parametrize(("change", "flag", "words", "steps"), NESTED)
def test_defect_in_one_leaf(planted, inspected, robot, change, flag, words, steps):
    """A defect in one leaf of a nest is found there, and nothing else is."""
    report = inspected(planted.limited(changed(robot, change)), steps=steps)
    assert words in report.flag(flag).sentence
    assert {f.id for f in report.flags if f.severity != "note"} == {flag}


def test_advice_names_the_array(planted, inspected, robot):
    """In a nest the advice chooses the array by an argument that the wrapper really has."""
    import rlprobe

    env = changed(robot, fast_arm)
    assert "NormalizeAll(env, keys=['arm/speed'])" in inspected(env).flag("badly-scaled").advice
    assert rlprobe.NormalizeAll(env, keys=["arm/speed"]).reset(seed=0)


def observing(planted, observe, **extra):
    """A healthy environment without bounds that observes this instead."""
    return planted.limited(type("Other", (planted.Wide,), {"observe": observe, **extra})())


def test_degrees_wrap(planted, inspected):
    """An angle in degrees from 0 to 360 wraps just as one in radians."""
    env = observing(planted, lambda e: np.array([*e.place[:2], (7.0 * e.time) % 360], np.float32))
    assert "wraps like an angle: it jumps from 35" in inspected(env).flag("angle-wrap").sentence


def test_clipped_forces_do_not_wrap(planted, inspected):
    """A force that rests at 0 and is clipped at both ends when something is hit is no angle."""

    def hit(env):
        force = np.clip(5 * env.np_random.normal() * (env.np_random.random() < 0.2), -1, 1)
        return np.array([*env.place[:2], force], np.float32)

    assert inspected(observing(planted, hit), steps=6000).flag("angle-wrap") is None


def test_ids_without_bounds(planted, inspected):
    """A room number as float32 in a box without bounds is found out."""
    env = observing(planted, lambda e: np.array([*e.place[:2], int((e.place[2] + 1) * 20)], np.float32))
    assert "observation[2]" in inspected(env).flag("integer-id").sentence


def test_bounds_of_one_component(planted, inspected):
    """Wrong bounds of a single component are found, and it alone is named."""
    env = planted.Healthy()
    env.observation_space = spaces.Box(np.float32([-1, -1, -0.1]), np.float32([1, 1, 0.1]))
    assert inspected(planted.limited(env)).flag("out-of-bounds").components == ("observation[2]",)


def test_a_tiny_component_does_not_accuse_the_others(planted, inspected):
    """Where one of three is a million times smaller, it alone is flagged."""
    env = observing(planted, lambda e: (e.place * [1, 1, 1e-6]).astype(np.float32))
    odd = [f for f in inspected(env).flags if f.severity != "note"]
    assert [(f.id, f.components) for f in odd] == [("tiny", ("observation[2]",))]


@pytest.mark.parametrize(("step", "found"), [(4050, True), (4000, False)])
def test_outlier_in_the_reward(planted, inspected, step, found):
    """A single huge reward in the middle of an episode is an outlier; one that ends it may be the goal."""

    class Pays(planted.Healthy):
        total = 0

        def reward(self, action):
            self.total += 1
            return 50.0 if self.total == step else super().reward(action)

    flag = inspected(planted.limited(Pays()), steps=6000).flag("outlier")
    assert (flag is not None) == found
    assert flag is None or "reward has outliers: 50 at seed 6, step 450" in flag.sentence


def test_own_truncation_within_a_time_limit(planted, inspected):
    """Truncation before the limit of a wrapper is found, and that limit is named."""
    env = planted.Healthy()
    env.limit = 60
    flag = inspected(gym.wrappers.TimeLimit(env, 100)).flag("truncated-elsewhere")
    assert "the limit of 100: always after 60 steps" in flag.sentence


def test_heavy_tails_do_not_wrap(planted, inspected):
    """A quantity that jumps by every size, now and then across its whole range, is no angle."""

    def shaken(env):
        shake = env.np_random.standard_t(1.5) * 0.1
        return np.array([*env.place[:2], np.clip(env.place[2] + shake, -1.5, 1.5)], np.float32)

    assert inspected(observing(planted, shaken), steps=6000).flag("angle-wrap") is None
