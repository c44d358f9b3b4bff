"""The commands map, ladder and baselines on an environment and an agent in a file of one's own."""

from __future__ import annotations

import json
import textwrap

import pytest

FILE = textwrap.dedent(
    """
    import gymnasium as gym, numpy as np

    class Line(gym.Env):
        observation_space = gym.spaces.Box(-1, 1, (2,), np.float32)
        action_space = gym.spaces.Discrete(2)
        spec = gym.envs.registration.EnvSpec("Line-v0", max_episode_steps=20)

        def reset(self, *, seed=None, options=None):
            super().reset(seed=seed)
            self.state, self.t = np.zeros(2), 0
            return self.state.astype(np.float32), {}

        def step(self, action):
            self.t += 1
            self.state = np.clip(self.state + [0.2 * (2 * action - 1), 0.0], -1, 1)
            return self.state.astype(np.float32), float(self.state[0]), False, self.t == 20, {}

    class Agent:
        def __init__(self, env, setting):
            self.env = env

        def learn(self, steps):
            self.env.reset()
            for step in range(steps):
                if self.env.step(1)[3]:
                    self.env.reset()

        def act(self, observations):
            return np.ones(len(observations), int)

        def value(self, observations):
            return observations[:, 0]

    class Broken(Agent):
        def learn(self, steps):
            raise OSError("disk full")

    def make_agent(env, setting):
        return Agent(env, setting)

    def make_broken(env, setting):
        return Broken(env, setting)

    def phi(observation):
        return float("inf")
    """
)


@pytest.fixture
def own(tmp_path):
    """The file with environment and agents; ``own("name")`` is a target in it."""
    path = tmp_path / "own_line.py"
    path.write_text(FILE)
    return lambda name: f"{path}:{name}"


def test_map_writes_every_face(rlprobe, own, tmp_path):
    """Sentences on the terminal, the JSON of schema 1, a page; exit code 0."""
    pytest.importorskip("matplotlib")
    page, found = tmp_path / "map.html", tmp_path / "map.json"
    got = rlprobe(
        "map", "--env", own("Line"), own("make_agent"), "--steps", "60", "--every", "50%", "--grid", "9",
        "--json", str(found), "--html", str(page),
    )  # fmt: skip
    assert got.code == 0, got.err
    said = json.loads(found.read_text())
    assert [one["step"] for one in said["moments"]] == [0, 30, 60]
    assert said["reference"]["return"] > 10
    assert "<svg" in page.read_text() or "<img" in page.read_text()


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["map", "CartPole-v1"], 2, "expected ENV and AGENT"),
        (["map", "CartPole-v1", "train.py"], 2, "train.py: no such file"),
        (["map", "CartPole-v1", "sb3:PPO", "--act", "x"], 2, "--act: only for training scripts"),
        (["map", "CartPole-v1", "sb3:PPO", "--every", "0%"], 2, "--every: expected a share"),
        (["map", "--env", "OWN:Line", "OWN:make_broken", "--grid", "9"], 4, "crashed: OSError: disk full"),
        (["ladder", "--env", "OWN:Line", "--phi", "OWN:phi", "--steps", "50"], 2, "phi(observation) is inf"),
        (["ladder", "--env", "OWN:Line", "--agent", "OWN:make_broken", "--minutes", "1"], 4, "disk full"),
        (["ladder", "CartPole-v1", "--steps", "0"], 2, "steps: expected a positive number"),
        (["baselines", "CartPole-v1", "--minutes", "0"], 2, "minutes: expected a positive number"),
        (["baselines", "NoSuch-v0"], 2, "NoSuch"),
        (["baselines"], 2, "expected one environment"),
    ],
)
def test_bad_input_is_one_line(rlprobe, own, words, code, said):
    """The exit code of the one table, and one line on standard error that names the place."""
    got = rlprobe(*[word.replace("OWN:", own("")) for word in words])
    assert got.code == code
    assert got.err.count("\n") == 1
    assert said in got.err


def test_ladder_climbs_an_own_environment(rlprobe, own, tmp_path):
    """The agent that goes right is alive on every rung."""
    found = tmp_path / "ladder.json"
    got = rlprobe(
        "ladder", "--env", own("Line"), "--agent", own("make_agent"), "--steps", "60", "--minutes", "1",
        "--json", str(found),
    )  # fmt: skip
    assert got.code == 0, got.err
    assert all(rung["alive"] for rung in json.loads(found.read_text())["rungs"])
