"""Signals of the data: generators, the age of samples, scales, and episodes that end together."""

from __future__ import annotations

import random

import gymnasium as gym
import numpy as np
import pytest

import rlprobe
from rlprobe.monitors.curves import Curves
from rlprobe.monitors.episodes.trail import Trail
from rlprobe.monitors.holding import Moment
from rlprobe.monitors.pace import Pace
from rlprobe.monitors.signals.data import Data, largest
from rlprobe.monitors.signals.generators import Generators
from rlprobe.monitors.signals.scale import Scale


@pytest.mark.parametrize("again", [False, True])
def test_a_generator_that_is_seeded_in_the_loop(again):
    """A state that comes back for every update is named; a generator that goes on, or rests, is not."""
    before, arrays = random.getstate(), np.random.get_state()  # noqa: NPY002
    generators = Generators(Curves())
    random.seed(0)
    for number in range(20):
        if again:
            random.seed(number % 2)
        random.random()
        generators.look(Moment(number), None)
    random.setstate(before)
    assert [one.id for one in generators.judge()] == ["random-state-repeats"] * again
    assert generators.curves.get("generators_that_moved").values[2:] == [1.0] * 18
    assert np.random.get_state()[1].tolist() == arrays[1].tolist()  # noqa: NPY002


def test_a_torch_generator_that_samples_the_same_numbers():
    """If actions are drawn between updates and the state is the same every time, it was seeded in between."""
    torch = pytest.importorskip("torch")
    generators, state = Generators(Curves()), torch.get_rng_state()
    for number in range(20):
        torch.manual_seed(3)
        torch.rand(4)
        generators.look(Moment(number), torch, samples=number)
    torch.set_rng_state(state)
    assert [one.id for one in generators.judge()] == ["random-state-repeats"]


def test_the_age_of_samples_is_that_of_their_rows():
    """Rows that were visited are known again, with the steps since then, in memory that stays fixed."""
    trail, rng = Trail(most=200), np.random.default_rng(0)
    visited = rng.normal(size=(2_000, 3)).astype(np.float32)
    for step, row in enumerate(visited):
        trail.visit(row, step)
    assert len(trail._steps) <= 200
    ages = trail.ages(visited[500:], 2_000)
    assert len(ages) > 20
    assert set(ages) <= set(range(1, 1_501))
    assert trail.ages(rng.normal(size=(50, 3)), 2_000) == []


@pytest.mark.slow
def test_sample_age_of_a_replay_memory():
    """In a run, the age of uniformly drawn samples is half of what the memory spans."""
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(0)

    class Counting(gym.Env):
        observation_space = gym.spaces.Box(-9, 9, (2,), np.float32)
        action_space = gym.spaces.Discrete(2)

        def reset(self, *, seed=None, options=None):
            self.t = 0
            return rng.normal(size=2).astype(np.float32), {}

        def step(self, action):
            self.t += 1
            return rng.normal(size=2).astype(np.float32), 1.0, self.t == 10, False, {}

    env, network, memory = Counting(), torch.nn.Linear(2, 2), []
    optimizer = torch.optim.SGD(network.parameters(), lr=1e-3)
    with rlprobe.watch(total=2_000) as watch:
        observation, _ = env.reset()
        for _ in range(2_000):
            memory.append(observation)
            observation, _, terminated, *_ = env.step(0)
            if terminated:
                observation, _ = env.reset()
            batch = torch.as_tensor(np.array([memory[i] for i in rng.integers(len(memory), size=32)]))
            optimizer.zero_grad()
            network(batch).square().sum().backward()
            optimizer.step()
    curve = watch.curves.get("sample_age")
    assert len(curve) >= 4
    for step, age in zip(curve.steps[2:], curve.values[2:], strict=True):
        assert 0.25 * step < age < 0.75 * step


@pytest.mark.parametrize(
    ("targets", "expected"), [(300.0, "note"), (20.0, None), (1e-3, "look"), (1e6, "look")]
)
def test_targets_on_another_scale(targets, expected):
    """Targets beside returns of size 20."""
    curves = Curves()
    scale = Scale(curves)
    for number in range(20):
        curves.add("targets", 100 * number, targets)
        scale.see(15.0, 20.0, Moment(100 * number, number, 2_000))
    found = {one.id: one.severity for one in scale.judge(Moment(1_900, 20, 2_000, final=True))}
    assert found == ({"targets-on-another-scale": expected} if expected else {})


def test_large_values_stand_for_targets_that_were_not_found():
    """Without targets, values beyond 10,000 are worth a look."""
    for size, expected in ((50.0, None), (500.0, "note"), (5e4, "look")):
        scale = Scale(Curves())
        for number in range(20):
            scale.see(size, 20.0, Moment(100 * number, number, 2_000))
        assert [one.severity for one in scale.judge(Moment(1_900, 20, 2_000))] == [expected] * bool(expected)


def test_the_99th_percentile():
    """It is a member of the sizes, near the one that NumPy interpolates."""
    values = np.random.default_rng(0).normal(size=1_001)
    assert largest(values) == pytest.approx(np.quantile(np.abs(values), 0.99), rel=1e-6)
    assert largest(np.array([-3.0])) == 3.0


@pytest.mark.parametrize("length", [100, 100_000, 10_000_000])
def test_looks_grow_with_the_logarithm_of_the_run(length):
    """Looks stay evenly dense over the share of the run, and are few however long it is."""
    pace, looks = Pace(first=40), []
    while pace.count < length:
        if pace.due():
            looks.append(pace.count)
        elif pace.count < pace._next - 1:
            pace.count = pace._next - 1
    assert len(looks) <= 40 + 60 * max(1.0, np.log(length / 40) + 1)
    assert sum(1 for at in looks if at > 0.9 * length) >= 5


@pytest.mark.parametrize("together", [False, True])
def test_episodes_that_end_together(together):
    """Copies of an environment that always end at the same step are named, as a note."""

    class Fixed(gym.Env):
        observation_space = gym.spaces.Box(-9, 9, (2,), np.float32)
        action_space = gym.spaces.Discrete(2)

        def __init__(self, length):
            self.length = length

        def reset(self, *, seed=None, options=None):
            self.t = 0
            return np.zeros(2, np.float32), {}

        def step(self, action):
            self.t += 1
            return np.zeros(2, np.float32), 1.0, self.t == self.length, False, {}

    lengths = [7, 7, 7, 7] if together else [5, 7, 8, 11]
    with rlprobe.watch() as watch:
        envs = gym.vector.SyncVectorEnv([lambda n=n: Fixed(n) for n in lengths])
        envs.reset()
        for _ in range(600):
            envs.step(np.zeros(4, int))
    found = {one.id: one.severity for one in watch.findings}
    assert found.get("resets-in-step") == ("note" if together else None)


def test_advantages_that_are_not_centred():
    """A mean of over half a standard deviation is a note."""
    for shift, expected in ((2.0, ["advantages-not-centred"]), (0.0, [])):
        data = Data(Curves())
        for number in range(20):
            drawn = np.random.default_rng(number).normal(shift, 1.0, 200)
            data.targets(drawn, drawn, Moment(100 * number, number, 2_000))
        assert [one.id for one in data.judge()] == expected


class LikeJax:
    """An array as JAX gives it: it turns into a number or an array, and is neither."""

    def __init__(self, values):
        self._values = np.asarray(values, np.float32)

    def __array__(self, dtype=None, copy=None):
        return np.array(self._values, dtype)

    def __float__(self):
        return float(self._values)


def test_arrays_of_jax_are_told():
    """What a compiled update returns can be told as it is: too large steps and targets are named."""
    with rlprobe.watch(total=2_000) as watch:
        for step in range(0, 2_000, 50):
            watch.update(step=step, kl=LikeJax(5.0), entropy=LikeJax(0.9))
            watch.targets(LikeJax(np.full(64, 1e6)), LikeJax(np.linspace(-1, 1, 64)))
    assert watch.problems == []
    found = {one.id: one.severity for one in watch.findings}
    assert found == {"policy-step-too-large": "broken", "targets-large": "look"}
    assert watch.curves.get("entropy").last == pytest.approx(0.9)
