"""Unchanged scripts as agents on the user's environment: what is read is what they hold."""

from __future__ import annotations

import json

import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces

from rlprobe.agent import Setting
from rlprobe.baselines.counted import Counted
from rlprobe.cli import main
from rlprobe.diagnosis.questions import AgentError, FactoryError
from rlprobe.scripts.given import GivenScript
from rlprobe.scripts.inside.given.parcels import packed, packed_space, unpacked, unpacked_space
from rlprobe.scripts.launch import from_words

TABLE = """
import gymnasium as gym
import numpy as np

env = gym.make("MountainCar-v0")
bins = np.linspace(-1.2, 0.6, 19)
q_table = np.zeros((20, 3))
gamma = 0.95


def discretize(obs):
    return int(np.digitize(obs[0], bins))


q_table[:, 2] = np.arange(20)
for episode in range(50):
    obs, _ = env.reset()
    done = False
    while not done:
        obs, reward, terminated, truncated, _ = env.step(int(np.argmax(q_table[discretize(obs)])))
        done = terminated or truncated
"""
NETWORKS = """
import gymnasium as gym
import torch
import torch.nn as nn


class ActorCritic(nn.Module):
    def __init__(self):
        super().__init__()
        self.pi = nn.Linear(2, 3)
        self.v = nn.Linear(2, 1)
        nn.init.zeros_(self.pi.bias)
        self.pi.weight.data[:] = torch.tensor([[-1.0, 0.0], [0.0, 0.0], [1.0, 0.0]])
        self.v.weight.data[:] = torch.tensor([[2.0, -1.0]])
        self.v.bias.data[:] = 5.0


def main():
    envs = gym.vector.SyncVectorEnv([lambda: WRAP(gym.make("MountainCar-v0")) for _ in range(2)])
    ac = ActorCritic()
    obs, _ = envs.reset()
    for _ in range(100):
        logits = ac.pi(torch.as_tensor(obs).float())
        action = torch.distributions.Categorical(logits=logits).sample()
        obs, reward, terminated, truncated, _ = envs.step(action.numpy())


if __name__ == "__main__":
    main()
"""


def started(tmp_path, source, env="MountainCar-v0", **more):
    """The script as an agent on the environment."""
    path = tmp_path / "train.py"
    path.write_text(source)
    script = GivenScript(from_words(str(path), (), module=False), env=env, **more)
    return script(Counted(gym.make(env)), Setting(gamma=0.9))


def points(n=7):
    """Observations of MountainCar."""
    return np.stack([np.linspace(-1.1, 0.5, n), np.linspace(-0.05, 0.05, n)], axis=1).astype(np.float32)


def test_a_table_behind_a_function_is_read(tmp_path):
    """Values and actions of a NumPy table are its entries, and its discount is found."""
    agent = started(tmp_path, TABLE)
    expected = np.digitize(points()[:, 0], np.linspace(-1.2, 0.6, 19))
    np.testing.assert_array_equal(agent.value(points()), expected)
    np.testing.assert_array_equal(agent.act(points()), np.where(expected > 0, 2, 0))
    assert agent.gamma == 0.95
    agent.learn(30)
    assert (agent.steps, agent.envs[0].steps) == (30, 30)
    agent.close()


@pytest.mark.slow
@pytest.mark.parametrize("wrap", ["lambda env: env", "gym.wrappers.NormalizeObservation"])
def test_networks_are_asked_about_any_observation(tmp_path, wrap):
    """Critic and policy are found by name and use; the script's own wrappers come first."""
    pytest.importorskip("torch")
    agent = started(tmp_path, NETWORKS.replace("WRAP", f"({wrap})"))
    agent.learn(40)
    assert (agent.critic, agent.actor, agent.steps) == ("ac.v", "ac.pi", 40)
    values = agent.value(points())
    plain = 2 * points()[:, 0] - points()[:, 1] + 5
    assert np.allclose(values, plain, atol=1e-4) == (wrap == "lambda env: env")
    assert agent.act(points()).tolist()[0] == 0
    agent.close()


@pytest.mark.slow
def test_observations_that_the_script_changes_are_not_guessed(tmp_path):
    """A script that rescales observations by itself is not asked with the wrong ones."""
    pytest.importorskip("torch")
    source = NETWORKS.replace("WRAP", "").replace("torch.as_tensor(obs).float()", "torch.as_tensor(obs) * 3")
    agent = started(tmp_path, source)
    agent.learn(20)
    assert not agent.readable
    assert "changes observations" in agent.why
    with pytest.raises(AgentError, match="--act"):
        agent.act(points())
    agent.close()


def test_expressions_of_the_user_come_first(tmp_path):
    """--value and --act are evaluated in the script's names."""
    agent = started(
        tmp_path, TABLE, value="observations[:, 0] * len(bins)", act="np.full(len(observations), 1)"
    )
    np.testing.assert_allclose(agent.value(points()), points()[:, 0] * 19)
    assert agent.act(points()).tolist() == [1] * 7
    agent.close()


def test_a_script_for_another_environment_says_so_in_one_line(tmp_path):
    """Other spaces are refused before anything is measured."""
    with pytest.raises(AgentError, match=r"on MountainCar-v0 .* CartPole-v1 has observations Box\(4,\)"):
        started(tmp_path, TABLE, env="CartPole-v1")


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (TABLE + "raise RuntimeError('late')\n", None),
        ("x = 1 / 0\n", "ZeroDivisionError"),
        ("print('hello')\n", "without making an environment"),
        ("import gymnasium as gym\ngym.make('MountainCar-v0').reset()\n", "never stepped"),
        ("def f(:\n", "SyntaxError"),
    ],
)
def test_scripts_that_fail_say_why(tmp_path, source, words):
    """An error at the start is raised at once, one at the end when it comes."""
    if words is not None:
        with pytest.raises(AgentError, match=words):
            started(tmp_path, source)
        return
    agent = started(tmp_path, source.replace("range(50)", "range(1)"))
    with pytest.raises(FactoryError, match="late"):
        agent.learn(1_000)


def test_the_end_of_a_script_is_no_crash(tmp_path):
    """It says that it has finished, and can still be read."""
    agent = started(tmp_path, TABLE.replace("range(50)", "range(1)"))
    agent.learn(1_000)
    assert agent.finished
    assert agent.value(points())[0] == 1
    assert "ended by itself after 200 steps" in " ".join(agent.notes)
    agent.close()


def test_the_map_of_a_script_uses_its_discount_and_values(tmp_path, capsys):
    """``rlprobe map MountainCar-v0 train.py`` draws what the table says, beside the exact answer."""
    (tmp_path / "train.py").write_text(TABLE)
    words = ["MountainCar-v0", str(tmp_path / "train.py"), "--steps", "60", "--grid", "11", "--every", "50%"]
    assert main(["map", *words, "--json", str(tmp_path / "map.json"), "--no-progress"]) == 0
    said = json.loads((tmp_path / "map.json").read_text())
    assert said["gamma"] == 0.95
    assert [one["step"] for one in said["moments"]] == [0, 30, 60]
    assert any("nothing was learned" in sentence for sentence in said["sentences"])
    assert "q_table" in " ".join(said["notes"])
    assert "q_table" in capsys.readouterr().out


def test_an_own_environment_that_the_script_makes_itself(tmp_path, capsys, monkeypatch):
    """``--env file.py:make_env`` and a script that calls the same function: wrappers count once."""
    (tmp_path / "own_envs.py").write_text(
        "import gymnasium as gym\n\n\ndef make_env():\n"
        "    return gym.wrappers.TransformReward(gym.make('MountainCar-v0'), lambda r: 2 * r)\n"
    )
    (tmp_path / "train.py").write_text(
        "from own_envs import make_env\n" + TABLE.replace('gym.make("MountainCar-v0")', "make_env()")
    )
    monkeypatch.chdir(tmp_path)
    words = ["--env", "own_envs.py:make_env", "train.py", "--steps", "40", "--grid", "11", "--every", "40"]
    assert main(["map", *words, "--no-progress"]) == 0
    assert "q_table" in capsys.readouterr().out


SPACES = (
    spaces.Box(-1, 2, (2, 3), np.float64),
    spaces.MultiDiscrete([3, 4]),
    spaces.MultiBinary(3),
    spaces.Dict({"b": spaces.Discrete(2), "a": spaces.Tuple((spaces.Box(0, 255, (2,), np.uint8),))}),
)


@pytest.mark.parametrize("space", SPACES, ids=lambda space: type(space).__name__)
def test_spaces_and_their_members_arrive_as_they_were(space):
    """Through JSON and back, nothing is lost."""
    assert unpacked_space(json.loads(json.dumps(packed_space(space)))) == space
    space.seed(0)
    member = space.sample()
    again = unpacked(json.loads(json.dumps(packed(member))))
    assert space.contains(again)
    assert str(again) == str(member)


ODD_SOFTMAX = """
    def probs(self, x):
        return torch.softmax(self.pi(x), dim=0)


env = gym.make("MountainCar-v0")
ac = ActorCritic()
obs, _ = env.reset()
for _ in range(300):
    action = torch.distributions.Categorical(ac.probs(torch.as_tensor(obs))).sample().item()
    obs, *_ = env.step(action)
"""


@pytest.mark.slow
def test_a_policy_that_is_made_for_one_observation_is_asked_one_by_one(tmp_path):
    """A softmax over the first axis would mix the observations of a batch."""
    pytest.importorskip("torch")
    source = NETWORKS[: NETWORKS.index("def main")].rstrip() + "\n" + ODD_SOFTMAX
    agent = started(tmp_path, source)
    agent.learn(40)
    assert agent.actor in {"ac.probs()", "ac.pi"}
    left, right = agent.act(points())[[0, -1]]
    assert (left, right) == (0, 2)
    agent.close()


OUTER_FACTOR = """
import gymnasium as gym
import torch


def main():
    env = gym.make("Pendulum-v1")
    actor = torch.nn.Linear(3, 1)
    actor.weight.data[:] = torch.tensor([[0.2, 0.5, 0.01]])
    actor.bias.data[:] = 0.1
    obs, _ = env.reset(seed=1)
    for _ in range(150):
        action = 2 * actor(torch.as_tensor(obs)).detach().numpy()
        obs, *_ = env.step(action)


main()
"""


@pytest.mark.slow
def test_a_factor_between_policy_and_action_is_found(tmp_path):
    """``env.step(2 * actor(obs))`` is read as the actions that were taken, also after the script ended."""
    pytest.importorskip("torch")
    agent = started(tmp_path, OUTER_FACTOR, env="Pendulum-v1")
    agent.learn(1_000)
    assert agent.finished
    seen = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 2.0]], np.float32)
    np.testing.assert_allclose(agent.act(seen)[:, 0], [0.6, 1.24], atol=1e-5)
    assert "2 times what `actor` says" in " ".join(agent.notes)
    agent.close()


@pytest.mark.parametrize(("line", "unit"), [("r = reward / 10.0", 10.0), ("R = reward + 0.95 * R", 1.0)])
def test_constants_on_rewards_scale_the_values_but_discounts_do_not(tmp_path, line, unit):
    """Values of a script that divides its rewards are in the unit of the rewards again."""
    agent = started(tmp_path, TABLE + f"\nR = reward = 0.0\nif False:\n    {line}\n")
    assert agent.value(points())[3] == unit * np.digitize(points()[3, 0], np.linspace(-1.2, 0.6, 19))
    assert ("scaled rewards" in " ".join(agent.notes)) == (unit != 1.0)
    agent.close()


def test_a_script_that_crashes_later_leaves_the_maps_so_far(tmp_path, capsys):
    """The moments before the error are drawn and written; the error is one line, the exit code 4."""
    late = TABLE.replace("range(50)", "range(1)") + "raise RuntimeError('late')\n"
    (tmp_path / "train.py").write_text(late)
    words = ["MountainCar-v0", str(tmp_path / "train.py"), "--steps", "400", "--grid", "11", "--every", "100"]
    assert main(["map", *words, "--json", str(tmp_path / "map.json"), "--no-progress"]) == 4
    said = json.loads((tmp_path / "map.json").read_text())
    assert [one["step"] for one in said["moments"]] == [0, 100]
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "RuntimeError: late" in error
    assert "train.py:22" in error
