"""Episodes are followed in every kind of environment, and returns are what an independent count gives."""

from __future__ import annotations

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode, SyncVectorEnv

import rlprobe
from rlprobe.monitors.episodes.column import Column

GAMMA = 0.9


class Counting(gym.Env):
    """Rewards 1, 2, 3, ...; ends at a length that differs from episode to episode."""

    observation_space = gym.spaces.Box(-np.inf, np.inf, (2,), np.float32)
    action_space = gym.spaces.Discrete(2)

    def __init__(self, lengths=(3, 5, 2), truncates=False):
        self.lengths, self.truncates = lengths, truncates
        self.episode = -1

    def reset(self, *, seed=None, options=None):
        """Start the next episode."""
        super().reset(seed=seed)
        self.episode += 1
        self.t = 0
        return np.array([self.episode, 0], np.float32), {}

    def step(self, action):
        """Pay the number of the step."""
        self.t += 1
        over = self.t == self.lengths[self.episode % len(self.lengths)]
        view = np.array([self.episode, self.t], np.float32)
        return view, float(self.t), over and not self.truncates, over and self.truncates, {}


def played(make, steps, vector=False):
    """What a watch has seen of a loop that only steps."""
    with rlprobe.watch(gamma=GAMMA) as watch:
        env = make()
        env.reset(seed=0)
        for _ in range(steps):
            if vector:
                env.step(np.zeros(env.num_envs, int))
            else:
                _, _, terminated, truncated, _ = env.step(0)
                if terminated or truncated:
                    env.reset()
    assert watch.problems == []
    return watch.learning.book


def test_a_single_environment():
    """Returns and lengths of finished episodes, in order."""
    book = played(Counting, 20)
    assert book.returns.values == [6, 15, 3, 6, 15, 3]
    assert book.lengths.values == [3, 5, 2, 3, 5, 2]


@pytest.mark.parametrize("mode", [AutoresetMode.NEXT_STEP, AutoresetMode.SAME_STEP])
def test_vector_environments(mode):
    """In both modes the returns are those of each environment alone: steps that only reset do not count."""
    book = played(lambda: SyncVectorEnv([Counting, Counting], autoreset_mode=mode), 40, vector=True)
    assert set(book.returns.values) == {6, 15, 3}
    assert set(zip(book.returns.values, book.lengths.values, strict=True)) == {(6, 3), (15, 5), (3, 2)}


def test_episodes_stand_at_the_step_at_which_they_ended():
    """In a vector environment too, of which many steps are brought up to date at once."""

    def make():
        envs = [lambda: Counting((3, 5)), lambda: Counting((4,))]
        return SyncVectorEnv(envs, autoreset_mode=AutoresetMode.SAME_STEP)

    rows = played(make, 12, vector=True).returns.rows()
    assert rows == [(6, 6), (8, 10), (16, 15), (16, 10), (22, 6), (24, 10)]


def test_a_vector_environment_in_processes():
    """What workers do is seen in the process that trains."""

    def make():
        return gym.vector.AsyncVectorEnv([Counting, Counting])

    assert set(played(make, 40, vector=True).returns.values) == {6, 15, 3}


def test_a_native_vector_environment():
    """``make_vec`` of an environment that steps all copies at once is followed too."""
    book = played(lambda: gym.make_vec("probe/Chain-v0", num_envs=4), 60, vector=True)
    assert book.count > 4


class Lists(gym.vector.VectorEnv):
    """Returns lists: whole numbers as rewards first, then fractions; every episode has three steps."""

    num_envs = 2
    metadata = {"autoreset_mode": AutoresetMode.SAME_STEP}  # noqa: RUF012 - Gymnasium's own
    single_observation_space = gym.spaces.Box(-1, 1, (2,), np.float32)
    single_action_space = gym.spaces.Discrete(2)
    observation_space = gym.vector.utils.batch_space(single_observation_space, 2)
    action_space = gym.vector.utils.batch_space(single_action_space, 2)
    t = 0

    def reset(self, *, seed=None, options=None):
        """Start all episodes."""
        return np.zeros((2, 2), np.float32), {}

    def step(self, actions):
        """Pay 0, then 0.5 and 0.25."""
        self.t += 1
        over = self.t % 3 == 0
        rewards = [0, 0] if self.t % 3 == 1 else [0.5, 0.25]
        return np.zeros((2, 2), np.float32), rewards, [over, over], [False, False], {}


def test_fractions_that_follow_whole_numbers_are_kept():
    """What the first rewards are called says nothing of the later ones."""
    book = played(Lists, 12, vector=True)
    assert set(book.returns.values) == {1.0, 0.5}


def test_truncated_episodes_are_told_from_terminated_ones():
    """The share of truncated episodes is that of the environment."""
    assert played(lambda: Counting(truncates=True), 20).truncated_share == 1.0
    assert played(Counting, 20).truncated_share == 0.0


@pytest.mark.parametrize("truncates", [False, True])
def test_outcomes_are_discounted_returns(truncates):
    """The return that followed a kept observation equals a sum over the rest of its episode."""
    lengths = (40, 55, 30)
    book = played(lambda: Counting(lengths, truncates), 500)
    assert len(book.points) > 20
    for point in book.points:
        episode, t = point.observation
        length = lengths[int(episode) % 3]
        rewards = np.arange(int(t) + 1, length + 1)
        assert point.outcome == pytest.approx(sum(r * GAMMA**k for k, r in enumerate(rewards)))
        assert point.left == len(rewards)
        assert point.tail == pytest.approx(GAMMA ** len(rewards) if truncates else 0.0)
        assert point.tail <= 0.25
        if truncates:
            assert point.final.tolist() == [episode, length]


def test_vector_outcomes_are_those_of_each_environment():
    """Kept observations of a vector environment get the outcome of their own episode."""
    book = played(
        lambda: SyncVectorEnv([lambda: Counting((30, 41)), lambda: Counting((25,))]), 600, vector=True
    )
    lengths = {30: 0, 41: 0, 25: 0}
    for point in book.points:
        length = int(point.observation[1]) + point.left
        rewards = np.arange(int(point.observation[1]) + 1, length + 1)
        assert point.outcome == pytest.approx(sum(r * GAMMA**k for k, r in enumerate(rewards)))
        lengths[length] += 1
    assert min(lengths.values()) > 5


def test_an_environment_that_reuses_its_array():
    """Observations are kept as they were, although the environment writes into the same array."""

    class Reusing(Counting):
        def reset(self, **kwargs):
            self.view, info = super().reset(**kwargs)
            return self.view, info

        def step(self, action):
            view, *rest = super().step(action)
            self.view[:] = view
            return (self.view, *rest)

    for point in played(lambda: Reusing((20,)), 200).points:
        assert point.observation[1] + point.left == 20


def test_evaluation_is_not_training():
    """Episodes of a line that evaluates are kept apart, even if it steps more."""
    with rlprobe.watch() as watch:
        env, eval_env = Counting(), Counting((7,))
        env.reset()
        for _ in range(30):
            _, _, terminated, *_ = env.step(0)
            if terminated:
                env.reset()
        eval_env.reset()
        for _ in range(70):
            _, _, terminated, *_ = eval_env.step(0)
            if terminated:
                eval_env.reset()
    assert watch.steps == 30
    assert set(watch.learning.book.returns.values) == {6, 15, 3}


def test_memory_stays_flat():
    """An episode that never ends, and curves over a million steps, stay within fixed bounds."""
    column = Column()
    for _ in range(30):
        column.take([1.0] * 10_000)
    assert len(column.rewards) <= 110_000
    assert column.length == 300_000
    with rlprobe.watch() as watch:
        for step in range(20_000):
            watch.update(step=step, loss=0.0)
    assert len(watch.curves.get("loss")) <= 2_000
