"""The numbers of the report are those of NumPy over the same stream, in memory that does not grow."""

# ruff: noqa: D102
from __future__ import annotations

import gc
import tracemalloc

import gymnasium as gym
import numpy as np
import pytest

import rlprobe
from rlprobe.inspection.measures.bins import Histograms
from rlprobe.inspection.measures.column_stats import ColumnStats
from rlprobe.inspection.measures.component import components_of, reward_of
from rlprobe.inspection.measures.pictures import PictureStats
from rlprobe.inspection.place import Place
from rlprobe.inspection.playing.collect import Collector
from rlprobe.inspection.playing.replay import replay, replayed
from rlprobe.inspection.playing.watchdog import Heartbeat
from rlprobe.inspection.sections.horizon import discounted_returns, reward_delay
from rlprobe.inspection.sections.life import life_of
from rlprobe.inspection.sections.scale import scale_of


class Recorder(gym.Wrapper):
    """Keeps everything that passes."""

    def __init__(self, env):
        super().__init__(env)
        self.observations, self.rewards, self.episodes = [], [], []

    def reset(self, **options):
        observation, info = self.env.reset(**options)
        self.observations.append(np.array(observation, np.float64))
        self.episodes.append([])
        return observation, info

    def step(self, action):
        result = self.env.step(action)
        self.observations.append(np.array(result[0], np.float64))
        self.rewards.append(float(result[1]))
        self.episodes[-1].append(float(result[1]))
        return result


def played(env, steps, seed=3):
    """A collector after so many steps, and what the recorder around the environment kept."""
    recorder = Recorder(env)
    collector = Collector(recorder, seed)
    collector.play(Heartbeat(), steps=steps, seconds=None)
    return collector, recorder


@pytest.mark.parametrize("name", ["CartPole-v1", "Pendulum-v1", "MountainCarContinuous-v0"])
def test_components_equal_numpy(name):
    """Mean, deviation, range, shares at the bounds and histogram are those of the stored stream."""
    env = gym.make(name, disable_env_checker=True)
    collector, recorder = played(env, 9000)
    stored = np.array(recorder.observations)
    assert collector.stats.count == len(stored)
    for i, c in enumerate(components_of(collector)):
        column = stored[:, i]
        np.testing.assert_allclose([c.mean, c.std], [column.mean(), column.std()], rtol=1e-9, atol=1e-12)
        assert (c.low, c.high) == (column.min(), column.max())
        assert c.at_low == (column <= env.observation_space.low[i]).mean()
        assert c.at_high == (column >= env.observation_space.high[i]).mean()
        edges, counts = c.histogram
        assert counts.tolist() == np.histogram(column, edges)[0].tolist()
        assert counts.sum() == len(column)


def test_rewards_and_episodes_equal_numpy():
    """Reward statistics, returns, lengths and quartiles are those of the stored episodes."""
    collector, recorder = played(gym.make("Pendulum-v1"), 4100)
    rewards, whole = np.array(recorder.rewards), recorder.episodes[:20]
    life, reward = life_of(collector, None), reward_of(collector)
    np.testing.assert_allclose([reward.mean, reward.std], [rewards.mean(), rewards.std()], rtol=1e-9)
    returns = [sum(episode) for episode in whole]
    assert life.episodes == len(whole)
    np.testing.assert_allclose(
        [life.returns.low, life.returns.q1, life.returns.median, life.returns.q3, life.returns.high],
        np.quantile(returns, [0, 0.25, 0.5, 0.75, 1]),
        rtol=1e-9,
    )
    assert life.best.earned == pytest.approx(max(returns))
    assert life.worst.earned == pytest.approx(min(returns))


@pytest.mark.parametrize("chunks", [1, 7, 100])
def test_histograms_do_not_depend_on_chunks(chunks):
    """However the stream is cut, and however far the range grows, the counts are NumPy's."""
    random = np.random.default_rng(0)
    values = np.concatenate([random.normal(0, 1, 500), random.normal(1e4, 10, 300), [-1e6, 0.0, 3.0]])
    histograms = Histograms(1)
    for part in np.array_split(values, chunks):
        histograms.add(part[:, None])
    edges, counts = histograms.of(0)
    assert counts.tolist() == np.histogram(values, edges)[0].tolist()
    assert counts.sum() == len(values)


def test_places_can_be_replayed():
    """The place that the report names for an extreme leads to that very value again."""
    env = gym.make("Pendulum-v1")
    collector, _ = played(gym.make("Pendulum-v1"), 3000)
    for i, c in enumerate(components_of(collector)):
        for value, place in ((c.low, c.low_place), (c.high, c.high_place)):
            assert float(replay(env, place.seed, place.step)[0][i]) == value


def test_pixels_equal_numpy():
    """Mean, deviation and byte counts of pictures are NumPy's over the pictures that were counted."""
    from rlprobe.environments.pictures import Shown
    from rlprobe.inspection.measures.columns import Part

    pictures = np.random.default_rng(1).integers(0, 256, (20, 12, 10, 3), dtype=np.uint8)
    stats = PictureStats(Part((), (12, 10, 3), -1, 360, Shown("picture", "HWC")))
    for picture in pictures:
        stats.add(picture, Place(0, 0))
    np.testing.assert_allclose(stats.mean, pictures.mean(axis=0))
    np.testing.assert_allclose(stats.std, pictures.std(axis=0), atol=1e-9)
    for channel in range(3):
        expected = np.bincount(pictures[..., channel].ravel(), minlength=256)
        assert stats.bytes[channel].tolist() == expected.tolist()


def test_discounted_returns_follow_the_definition():
    """Returns are the sum over the rest of the episode of gamma to the power of the delay times reward."""
    rewards, ends, gamma = np.array([1.0, 2.0, 3.0, -1.0, 4.0, 9.0]), [2, 4], 0.9
    expected = [1 + 0.9 * 2 + 0.81 * 3, 2 + 0.9 * 3, 3.0, -1 + 0.9 * 4, 4.0]
    np.testing.assert_allclose(discounted_returns(rewards, ends, gamma), expected)


@pytest.mark.parametrize("delay", [0, 1, 7, 30])
def test_delay_is_measured(delay):
    """A reward that answers the action of so many steps ago is found at that delay."""
    random = np.random.default_rng(delay)
    actions = random.integers(0, 2, 5000)
    rewards = random.normal(0, 1, 5000)
    rewards[delay:] += actions[: 5000 - delay]
    found, share = reward_delay(actions[:, None].astype(float), rewards, [999, 1999, 2999, 3999, 4999])
    assert found == delay
    assert 0.1 < share < 0.35


def test_no_delay_where_no_reward_answers():
    """Rewards that wander by themselves answer no action."""
    random = np.random.default_rng(5)
    rewards = np.cumsum(random.normal(0, 1, 5000))
    actions = random.integers(0, 2, (5000, 1)).astype(float)
    assert reward_delay(actions, rewards, [4999])[0] is None


def test_memory_does_not_grow():
    """Ten times as many rows need no more memory."""
    stats = ColumnStats(np.full(4, -np.inf), np.full(4, np.inf))
    random = np.random.default_rng(0)

    def feed(chunks):
        for _ in range(chunks):
            rows = random.normal(0, 1, (1000, 4))
            stats.add(rows, np.full_like(rows, np.nan), lambda row: Place(0, row))

    feed(10)
    tracemalloc.start()
    feed(10)
    gc.collect()  # Python keeps the memory of up to 2,000 small tuples for new ones
    first = tracemalloc.get_traced_memory()[0]
    feed(100)
    gc.collect()
    last = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert last - first < 20_000


def test_reward_after_scaling_is_that_of_the_wrapper():
    """The divisor and the histogram of the reward are those that ``RewardScale`` arrives at."""
    env = gym.make("Pendulum-v1")
    collector, _ = played(env, 4000)
    scale = scale_of(collector, 0.9)
    wrapped = rlprobe.RewardScale(env, gamma=0.9)
    for seed, steps in zip(range(3, 10), (600,) * 6 + (400,), strict=True):  # blocks end with an episode
        for _ in replayed(wrapped, seed, steps):
            pass
    assert scale.divisor == pytest.approx(wrapped.scale, rel=1e-9)
    edges, counts = scale.reward.after
    rewards = np.array(collector.window_rewards) / wrapped.scale
    expected = np.histogram(np.clip(rewards, -10, 10), edges)[0]
    assert counts.sum() == 4000
    assert np.abs(counts - expected).sum() <= 2  # a value on an edge, rounded


def test_components_after_normalising_are_those_of_the_wrapper():
    """The histogram after ``NormalizeAll`` is that of the wrapper with the statistics of the same stream."""
    env = gym.make("Pendulum-v1")
    collector, recorder = played(env, 3000)
    wrapper = rlprobe.NormalizeAll(env)
    stored = np.array(recorder.observations, np.float32)
    wrapper.stats.update(stored)
    outcome = wrapper.normalize(stored)
    for i, c in enumerate(components_of(collector)):
        edges, counts = c.after
        at_an_edge = (np.abs(outcome[:, i, None] - edges) < 1e-5).any(axis=1).sum()  # rounded to either side
        expected = np.histogram(outcome[:, i], edges)[0]
        assert np.abs(counts - expected).sum() <= 2 * at_an_edge < 0.1 * len(stored)
        assert counts.sum() == len(stored)


def test_ids_and_flags_have_no_histogram_after_normalising(planted):
    """``NormalizeAll`` leaves ids and flags alone, and so does the report."""

    class Ids(planted.Healthy):
        def __init__(self):
            super().__init__()
            self.observation_space = gym.spaces.Dict(
                room=gym.spaces.Discrete(4),
                lamp=gym.spaces.MultiBinary(1),
                place=gym.spaces.Box(-1, 1, (3,), np.float32),
            )

        def observe(self):
            return {
                "room": int(self.time % 4),
                "lamp": np.array([self.time % 2], np.int8),
                "place": self.place.astype(np.float32),
            }

    collector = Collector(Ids())
    collector.play(Heartbeat(), steps=500, seconds=None)
    found = {c.name: len(c.after[1]) for c in components_of(collector)}
    assert {name for name, bins in found.items() if not bins} == {"room", "lamp[0]"}
