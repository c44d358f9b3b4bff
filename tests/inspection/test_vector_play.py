"""Many copies at once: the same numbers as NumPy over the stored stream, and places that can be replayed."""
# ruff: noqa: D102

from __future__ import annotations

import tracemalloc

import gymnasium as gym
import numpy as np
import pytest

import probe_envs  # noqa: F401 - registers the probes
from rlprobe.inspection import replay
from rlprobe.inspection.measures.component import components_of, reward_of
from rlprobe.inspection.place import Place
from rlprobe.inspection.playing.collect import KEPT_STEPS, Collector
from rlprobe.inspection.playing.vector_play import VectorPlay
from rlprobe.inspection.playing.watchdog import Heartbeat
from rlprobe.inspection.sections.life import life_of

NAMES = ["CartPole-v1", "probe/TruncBoot-v0", "probe/RandomExit-v0"]


class Stream:
    """A vector environment that keeps everything it returns."""

    def __init__(self, name, copies):
        self.inner = gym.make_vec(name, copies, "vector_entry_point")
        self.num_envs, self.single_action_space = copies, self.inner.single_action_space
        self.observations, self.rewards, self.over = [], [], []

    def reset(self, **options):
        observations, info = self.inner.reset(**options)
        self.observations.append(np.array(observations, np.float64).reshape(self.num_envs, -1))
        return observations, info

    def step(self, actions):
        result = self.inner.step(actions)
        self.observations.append(np.array(result[0], np.float64).reshape(self.num_envs, -1))
        self.rewards.append(np.array(result[1], np.float64))
        self.over.append(np.array(result[2] | result[3]))
        return result

    def oracle(self):
        """Rewards of all real steps, and returns and lengths of all finished episodes, copy by copy."""
        rewards, returns, lengths = [], [], []
        for copy in range(self.num_envs):
            earned, length, fresh = 0.0, 0, False
            for reward, over in zip(self.rewards, self.over, strict=True):
                if fresh:  # this step was the reset
                    fresh = False
                    continue
                rewards.append(reward[copy])
                earned, length = earned + reward[copy], length + 1
                if over[copy]:
                    returns.append(earned)
                    lengths.append(length)
                    earned, length, fresh = 0.0, 0, True
        return np.array(rewards), np.array(returns), np.array(lengths)


def vectorised(name, copies=8, steps=9000):
    """A collector fed by vector play alone, and the stream behind it."""
    collector, stream = Collector(gym.make(name, disable_env_checker=True), 5), Stream(name, copies)
    play = VectorPlay(stream, collector)
    play.play(Heartbeat(), steps=steps, seconds=1e9)
    return collector, stream, play


@pytest.mark.parametrize("name", NAMES)
def test_numbers_equal_numpy(name):
    """Observations, rewards, returns and lengths are those of the stored stream, resets left out."""
    collector, stream, play = vectorised(name)
    stored = np.concatenate(stream.observations)
    rewards, returns, lengths = stream.oracle()
    assert collector.stats.count == len(stored)
    assert play.steps == len(rewards) == collector.episodes.steps
    for i, c in enumerate(components_of(collector)):
        column = stored[:, i]
        np.testing.assert_allclose([c.mean, c.std], [column.mean(), column.std()], rtol=1e-9, atol=1e-12)
        assert (c.low, c.high) == (column.min(), column.max())
        assert c.histogram[1].tolist() == np.histogram(column, c.histogram[0])[0].tolist()
    reward, kept = reward_of(collector), collector.episodes
    np.testing.assert_allclose([reward.mean, reward.std], [rewards.mean(), rewards.std()], rtol=1e-9)
    assert kept.count == len(returns)
    np.testing.assert_allclose(np.sort(kept.kept.rows[:, 0]), np.sort(returns), rtol=1e-12)
    np.testing.assert_allclose(np.sort(kept.kept.rows[:, 1]), np.sort(lengths))
    life = life_of(collector, None)
    for summary, all_ in ((life.returns, returns), (life.lengths, lengths)):
        expected = [all_.min(), all_.max(), all_.mean(), all_.std()]
        found = [summary.low, summary.high, summary.mean, summary.std]
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


def test_places_can_be_replayed():
    """The place of an extreme in a copy leads to that very value again."""
    collector, _, play = vectorised("CartPole-v1")
    places = set()
    for i, c in enumerate(components_of(collector)):
        for value, place in ((c.low, c.low_place), (c.high, c.high_place)):
            env = gym.make_vec("CartPole-v1", place.copies, "vector_entry_point")
            observation, _ = replay(env, place.seed, place.step, copy=place.copy)
            assert float(observation[i]) == value
            assert f"copy={place.copy}" in place.call
            places.add(place.copy)
    assert len(places) > 1
    assert play.env.num_envs == place.copies


def test_differences_do_not_cross_resets():
    """The largest jumps are those within an episode, as NumPy finds them in the stored stream."""
    collector, stream, _ = vectorised("CartPole-v1")
    stored, over = np.array(stream.observations), np.array(stream.over)
    delta = np.diff(stored, axis=0)
    delta[1:][over[:-1]] = 0.0  # the observation after an end is that of the reset
    largest = np.sort(np.abs(delta[..., 3]).ravel())[-5:][::-1]
    np.testing.assert_allclose([abs(size) for _, size in components_of(collector)[3].jumps[:5]], largest)


def test_inspection_uses_copies_where_there_are_some(inspected):
    """A registered environment with a native vector version is played in many copies after a while."""
    report = inspected("CartPole-v1", steps=30_000)
    assert report.copies == 64
    assert 30_000 <= report.steps < 30_064
    assert report.harmful == ()
    assert report.as_dict()["copies"] == 64


def test_wrapped_environment_is_played_alone(inspected):
    """What is wrapped, or given as an object, is played as it is."""
    assert inspected(gym.make("CartPole-v1"), steps=21_000).copies == 1


def test_other_observations_are_not_taken_for_the_same():
    """A vector version that shows something else (Atari) is not used."""
    pytest.importorskip("ale_py")
    from rlprobe.inspection.playing.opening import opened
    from rlprobe.inspection.settings import Settings

    with opened("ALE/Pong-v5", Settings()) as source:
        assert source.vector(2) is None


def test_errors_of_the_vector_version_are_findings(inspected, monkeypatch):
    """An error in the vector version is harmful, and what was played before it is reported."""
    from gymnasium.envs.classic_control.cartpole import CartPoleVectorEnv

    real, calls = CartPoleVectorEnv.step, iter(range(10**9))

    def step(self, actions):
        if next(calls) == 300:
            raise RuntimeError("out of memory")
        return real(self, actions)

    monkeypatch.setattr(CartPoleVectorEnv, "step", step)
    flag = inspected("CartPole-v1", steps=42_000).flag("raises")
    assert "step of the vector environment" in flag.sentence
    assert "seed 0, step 300 of copy" in flag.sentence


@pytest.mark.slow
def test_memory_of_the_play_does_not_grow():
    """After the first steps, which are kept in order, play needs no more memory however long it goes on."""
    collector = Collector(gym.make("CartPole-v1", disable_env_checker=True))
    play = VectorPlay(gym.make_vec("CartPole-v1", 16, "vector_entry_point"), collector)

    def go_on(steps):
        collector.play(Heartbeat(), steps=collector.steps + steps, seconds=None)
        play.play(Heartbeat(), steps=play.steps + 8 * steps, seconds=1e9)

    go_on(KEPT_STEPS + 1000)
    tracemalloc.start()
    go_on(500)
    first = tracemalloc.get_traced_memory()[0]
    go_on(5000)
    grown = tracemalloc.get_traced_memory()[0] - first
    tracemalloc.stop()
    assert grown < 60_000


def test_extremes_are_of_all_episodes():
    """The smallest and the largest return are those of all episodes, kept or not."""
    from rlprobe.inspection.measures import episodes

    stats = episodes.EpisodeStats()
    stats.kept = episodes.Reservoir(4, 4)
    returns = np.random.default_rng(0).normal(0, 1, 500)
    ends = episodes.Ends(*np.array([np.arange(500), *np.zeros((5, 500))], dtype=np.int64))
    stats.add(returns, ends, np.zeros(1, np.int64), episodes.Open(1), lambda row: Place(0, row))
    collector = Collector(gym.make("CartPole-v1"))
    collector.episodes = stats
    life = life_of(collector, None)
    assert (life.returns.low, life.returns.high) == (returns.min(), returns.max())


def test_interrupted_play_in_copies_is_reported(inspected):
    """After Ctrl-C in the play of many copies, everything that was stepped is in the report."""
    pressed = []

    def press(done, total, what):
        steps = int(what.split()[1].replace(",", "")) if what.startswith("playing") else 0
        if done > 25 and not pressed:  # half of the time for playing
            pressed.append(steps)
            raise KeyboardInterrupt

    report = inspected("CartPole-v1", steps=None, seconds=3.0, progress=press)
    assert report.interrupted
    assert report.copies == 64
    assert report.steps >= pressed[0]
    assert report.scale.reward.count == report.steps
    assert report.playing < 30
