"""What a run has reached is read from episodes of any environment, from what is printed, and from files."""

from __future__ import annotations

import builtins
import copy
import json
import pickle

import gymnasium as gym
import numpy as np
import pytest

from rlprobe.search.inside import classes, episodes
from rlprobe.search.trials.returns import Returns, of_episodes, of_file, printed, returns_of


@pytest.fixture
def counted(tmp_path, monkeypatch):
    """``counted()`` gives what the environments have written whose classes are made in the test."""
    path = tmp_path / "episodes.jsonl"
    monkeypatch.setenv(episodes.FILE, str(path))
    monkeypatch.setattr(builtins, "__build_class__", builtins.__build_class__)
    classes.count_all()
    return lambda: [(row[0], row[1]) for row in (of_episodes(path) or Returns()).rows]


def test_a_class_of_the_script_counts_its_episodes(counted):
    """An environment without Gymnasium, with three, four or five values from a step, and one left early."""
    for extra in ((), ({},), (False, {})):

        class Grid:
            def reset(self):
                self.left = 3

            def step(self, action, extra=extra):
                self.left -= 1
                return self.left, float(action), self.left == 0, *extra

        env = Grid()
        for count in (3, 2):
            env.reset()
            for _ in range(count):
                env.step(2.0)
        env.reset()
    assert counted() == [(6.0, 3), (4.0, 2)] * 3


def test_an_environment_of_gymnasium_counts_once(counted):
    """Neither a parent's step nor a wrapper counts again; a wrapper that truncates ends the episode."""

    class Parent(gym.Env):
        def step(self, action):
            return 0, 1.0, False, False, {}

        def reset(self, *, seed=None, options=None):
            return 0, {}

    class Child(Parent):
        def step(self, action):
            observation, reward, *rest = super().step(action)
            return observation, 2 * reward, *rest

    class Limit(gym.Wrapper):
        def step(self, action):
            observation, reward, ended, _, info = self.env.step(action)
            self.steps += 1
            return observation, 100 * reward, ended, self.steps == 4, info

    env = Limit(Child())
    env.steps = 0
    env.reset()
    for _ in range(4):
        env.step(0)
    assert counted() == [(8.0, 4)]


def test_a_vector_environment_counts_each_copy(counted):
    """Rewards and ends are arrays; what only holds other environments counts nothing."""

    class Vector(gym.vector.VectorEnv):
        def __init__(self):
            self.steps = 0

        def reset(self, *, seed=None, options=None):
            return np.zeros(2), {}

        def step(self, actions):
            self.steps += 1
            over = np.array([self.steps == 2, self.steps == 3])
            return np.zeros(2), np.array([1.0, 10.0]), over, np.zeros(2, bool), {}

    class Holder:
        def __init__(self, env):
            self.env = env

        def reset(self):
            return self.env.reset()

        def step(self, actions):
            return self.env.step(actions)

    env = Holder(Vector())
    env.reset()
    for _ in range(3):
        env.step(np.zeros(2))
    assert counted() == [(2.0, 2), (30.0, 3)]


def test_copies_are_not_training(counted):
    """A copy plays episodes of its own; what a function that evaluates plays is left out."""

    class Grid:
        def reset(self):
            return 0

        def step(self, action):
            return 0, action, True, {}

    env = Grid()

    def evaluate():
        for _ in range(50):
            env.step(100.0)

    for _ in range(10):
        env.step(1.0)
    evaluate()
    assert episodes.EVALUATES.search("evaluate_policy")
    assert not episodes.EVALUATES.search("train_and_evaluate")
    copy.deepcopy(env).step(5.0)
    assert counted() == [(1.0, 1)] * 10
    assert pickle.loads(pickle.dumps(episodes.Episodes("Grid"))).name == "Grid"


@pytest.mark.parametrize(
    ("text", "metric", "result", "source"),
    [
        (
            "Episode 1/2, Reward: 10.5, epsilon 0.1\nEpisode 2/2, Reward: 12.5\n",
            None,
            12.5,
            "2 printed lines",
        ),
        ("global_step=100, episodic_return=[23.]\n", None, 23.0, "episodic_return in 1 printed line"),
        ("| rollout/           |      |\n|    ep_rew_mean     | 21.3 |\n", None, 21.3, "ep_rew_mean"),
        ("step 5\rAverage Reward = -1e2\rdone", None, -100.0, "average_reward"),
        (
            'loading\n{"mean_return": 7.25, "steps": 100}\n',
            None,
            7.25,
            "mean_return in 1 printed line of JSON",
        ),
        ('{"win_rate": 0.5}\n', None, 0.5, "win_rate"),
        ("win rate: 0.75 after 10 games\n", "win_rate", 0.75, "win_rate"),
        ("reward scale 0.1, returned 3 files, rewarding 5\n", None, None, ""),
        ("score: nan\n", None, float("nan"), "score"),
    ],
)
def test_what_is_printed(text, metric, result, source):
    """Lines of JSON, and names with numbers as people print them."""
    found = printed(text, metric)
    assert (found is None) == (result is None)
    if found is not None:
        assert found.result == pytest.approx(result, nan_ok=True)
        assert source in found.source


def test_files_with_a_result(tmp_path):
    """A number, JSON, JSON lines and a table; a file without a result gives none."""
    for name, text, result in (
        ("a.txt", "12.5\n", 12.5),
        ("b.json", json.dumps({"mean_reward": 3, "loss": 9}), 3.0),
        ("c.jsonl", '{"step": 1, "return": 1}\n{"step": 2, "return": 5}\n', 5.0),
        ("d.csv", "step,episode_return\n1,2\n10,4\n", 4.0),
        ("e.csv", "step,loss\n1,2\n", None),
        ("f.json", '{"a": 1, "b": 2}', None),
    ):
        (tmp_path / name).write_text(text)
        found = of_file(tmp_path / name)
        assert (found.result if found.rows else None) == result, name


def test_a_log_in_the_folder_of_the_run(tmp_path):
    """Without episodes and printed returns, what the script has logged is read, by its name if given."""
    from torch.utils.tensorboard import SummaryWriter

    with SummaryWriter(str(tmp_path / "tb")) as writer:
        for step in range(1, 4):
            writer.add_scalar("charts/episodic_return", 2.0 * step, step)
            writer.add_scalar("losses/td_loss", 0.5, step)
    (tmp_path / "output.txt").write_text("epoch 3 done\n")
    files = tmp_path / "episodes.jsonl", tmp_path / "output.txt"
    found = returns_of(*files, None, tmp_path)
    assert (found.result, found.source) == (6.0, "charts/episodic_return in TensorBoard events")
    assert returns_of(*files, "losses/td_loss", tmp_path).result == 0.5


def test_equal_returns_may_be_chance():
    """A single round number says nothing; actions, many values or many digits do."""
    assert not Returns(((-200.0, 1.0),) * 9).telling
    assert Returns(((-200.0, 200.0, 77),) * 9).telling
    assert Returns(((12.3456789, 1.0),)).telling
    assert Returns(((1.0, 1.0), (2.0, 1.0), (3.0, 1.0))).telling
