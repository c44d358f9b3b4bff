"""Unchanged training scripts are diagnosed like agents."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import rlprobe
from rlprobe.scripts import script_agent

WRITTEN = Path(__file__).parent / "written"


def planted(folder, script, right, wrong):
    """A copy of a script with one piece of text replaced; the text must be there exactly once."""
    text = (WRITTEN / script).read_text()
    assert text.count(right) == 1, right
    path = folder / script
    path.write_text(text.replace(right, wrong))
    return path


def test_a_correct_table_is_healthy_and_its_table_is_found():
    """A tabular script without a fault passes, and the report says what was read from where."""
    report = rlprobe.diagnose(script_agent(WRITTEN / "q_table.py"), seeds=1)
    assert report.verdict == "healthy", str(report)
    assert report.as_dict()["script"] == {
        "critic": "q_table",
        "actor": "behaviour",
        "gamma": 0.9,
        "environment": "FrozenLake-v1",
        "steps": 12_000,
    }
    assert "`q_table`" in str(report)
    assert "gamma 0.95 -> 0.9 (q_table.py:8)" in str(report).replace("\n  ", " ")


@pytest.mark.parametrize(
    ("right", "wrong", "fault"),
    [
        pytest.param("(not terminated)", "(not done)", "truncation-as-termination", marks=pytest.mark.slow),
        pytest.param("reward + gamma * np.max", "reward + np.max", "no-discount", marks=pytest.mark.slow),
        pytest.param(
            "target = reward +", "target = np.sign(reward) +", "reward-clipped", marks=pytest.mark.slow
        ),
        pytest.param(
            "np.max(q_table[next_state])",
            "np.max(q_table[state])",
            "next-observation-is-observation",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_a_planted_fault_in_a_table_is_named(tmp_path, right, wrong, fault):
    """One wrong line in the tabular script is named first."""
    script = planted(tmp_path, "q_table.py", right, wrong)
    report = rlprobe.diagnose(script_agent(script), seeds=2)
    assert report.verdict == "faulty", str(report)
    assert report.causes[0].fault == fault, str(report)


def test_arguments_of_the_old_make_are_understood(tmp_path):
    """``autoreset=True`` and its like, which Gymnasium 1.0 does not know any more, do not end a diagnosis."""
    script = planted(tmp_path, "q_table.py", "is_slippery=False)", "is_slippery=False, autoreset=True)")
    report = rlprobe.diagnose(script_agent(script), seeds=1, only=["Constant"])
    assert report.verdict == "healthy", str(report)


def test_own_expressions_say_what_the_script_believes():
    """``value`` and ``act`` are evaluated in the names of the script."""
    script = script_agent(
        WRITTEN / "q_table.py",
        value="q_table[observations].max(axis=1)",
        act="q_table[observations].argmax(axis=1)",
    )
    report = rlprobe.diagnose(script, seeds=1, only=["Constant", "Decoder", "ContextBandit"])
    assert [result.outcome for result in report.results] == ["pass"] * 3, str(report)
    assert report.as_dict()["script"]["critic"] == "q_table[observations].max(axis=1)"
    assert report.as_dict()["script"]["actor"] == "q_table[observations].argmax(axis=1)"


def test_no_critic_is_read_where_none_is_wanted():
    """``value="none"`` leaves the values out, and only actions are judged."""
    report = rlprobe.diagnose(
        script_agent(WRITTEN / "q_table.py", value="none"), seeds=1, only=["Constant", "ContextBandit"]
    )
    assert [result.outcome for result in report.results] == ["skipped", "pass"], str(report)
    assert report.as_dict()["script"]["critic"] is None
    assert "No critic could be read" in str(report)
    assert "CashOut" not in str(report)  # it was not run


def test_a_discount_without_a_name_is_read_off_the_values(tmp_path):
    """A script that writes its discount as a bare number is compared with the values at that discount."""
    script = planted(tmp_path, "q_table.py", "reward + gamma * np.max", "reward + 0.95 * np.max")
    script.write_text(script.read_text().replace("gamma = 0.95\n", ""))
    report = rlprobe.diagnose(script_agent(script), seeds=1, only=["Constant", "Decoder", "TimeLimitLoop"])
    assert report.as_dict()["script"]["gamma"] == 0.95
    assert [result.outcome for result in report.results] == ["pass"] * 3, str(report)


CORRECT = {
    "a2c_main": "model.value_head",
    "c51": "q_network.network",
    "double_dqn": "agent.online",
    "duelling_agent": "agent.q_eval[0]",
    "linear_fourier": "w",
    "dqn_tutorial": "policy_net",
    "minimal_dqn": "q",
    "minimal_ppo": "model.fc_v",
    "numpy_dqn": "agent.q_net.forward()",
    "ppo_epochs_buffer": "agent.v",
    "tile_actor_critic": "critic.value()",
    "ppo_async_classes": "agent.net",
    "ppo_continuous": "agent.critic",
    "q_dict_blackjack": "agent.q_values",
    "rbf_actor_critic": "w",
    "reinforce_baseline": "baseline",
    "sac_continuous": "qf1",
    "sb3_subproc": "model.policy.predict_values",
    "td3_pendulum": "policy.critic",
}


@pytest.mark.slow
@pytest.mark.parametrize("name", CORRECT)
def test_a_correct_script_is_not_called_faulty_and_its_critic_is_found(name):
    """Scripts without a fault, each written another way, are healthy or inconclusive."""
    logged = ("tyro", "tensorboard")
    needs = {"sac_continuous": logged, "ppo_continuous": logged, "q_dict_blackjack": ("tqdm",)}
    for library in needs.get(name, ()):
        pytest.importorskip(library)
    script = script_agent(WRITTEN / f"{name}.py")
    report = rlprobe.diagnose(script, seeds=1, only=["Constant", "Decoder"], budget=60)
    assert report.verdict != "faulty", str(report)
    assert report.as_dict()["script"]["critic"].startswith(CORRECT[name])


QUICK = "alpha = 0.1\nlearning_rate = 3e-4\n"
COLLAPSES = "action = 0 if {when} else int(np.argmax(q_table[state]))"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("when", "outcome"),
    [
        ("learning_rate > 1e-3", "pass"),
        pytest.param("True", "fail", marks=pytest.mark.slow),
        pytest.param("learning_rate > 2e-4", "fail", marks=pytest.mark.slow),
    ],
)
def test_a_policy_that_fails_at_a_raised_learning_rate_only_is_not_called_faulty(tmp_path, when, outcome):
    """The script is run again with its own learning rate, and that run counts."""
    script = planted(tmp_path, "q_table.py", "alpha = 0.1\n", QUICK)
    script.write_text(
        script.read_text()
        .replace("action = int(np.argmax(q_table[state]))", COLLAPSES.format(when=when))
        .replace("epsilon = 1.0", "epsilon = 0.1")
    )
    report = rlprobe.diagnose(
        script_agent(script, value="none"), seeds=1, only=["Constant", "ContextBandit"], budget=60
    )
    assert report.results[-1].outcome == outcome, str(report)


@pytest.mark.slow
def test_one_layer_read_as_critic_that_never_moves_names_no_fault(tmp_path):
    """What learns nothing may not be the critic: the report names no fault, and asks for --value."""
    pytest.importorskip("torch")
    script = tmp_path / "hidden.py"
    script.write_text(HIDDEN)
    report = rlprobe.diagnose(script_agent(script), seeds=1, only=["Constant", "Decoder"], budget=60)
    assert report.verdict == "inconclusive", str(report)
    assert report.causes == ()
    assert "--value" in str(report)


HIDDEN = """
import gymnasium as gym
import torch

env = gym.make("CartPole-v1")
gamma = 0.99
net = torch.nn.Linear(4, 1)
state, _ = env.reset()
while True:
    with torch.no_grad():
        net(torch.as_tensor(state))
    state, reward, terminated, truncated, _ = env.step(env.action_space.sample())
    if terminated or truncated:
        state, _ = env.reset()
"""


SPREAD = """
import gymnasium as gym
import torch
from torch import nn
from torch.distributions import Normal

class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(3, 16)
        self.heads = nn.ModuleList([nn.Linear(16, 1) for _ in range(3)])

    def act(self, x):
        x = torch.relu(self.body(x))
        return Normal(2.0 * torch.tanh(self.heads[0](x)), nn.functional.softplus(self.heads[1](x)) + 0.1)

    def believes(self, x):
        return self.heads[2](torch.relu(self.body(x)))

env = gym.make("Pendulum-v1")
gamma = 0.99
model = Model()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
state, _ = env.reset()
rollouts, rollout = [], []
while True:
    action = model.act(torch.as_tensor(state).float()).sample()
    state, reward, terminated, truncated, _ = env.step(action.numpy())
    rollout.append(torch.as_tensor(state).float())
    if terminated or truncated:
        state, _ = env.reset()
    if len(rollout) == 3:
        rollouts, rollout = [*rollouts, torch.stack(rollout)][-8:], []
        loss = (model.believes(torch.stack(rollouts)) - 1.0).pow(2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
"""


OWN_STATISTICS = """
import gymnasium as gym
import numpy as np
import torch

class Normalise:
    def __init__(self):
        self.n, self.mean, self.m2 = 0, np.zeros(4), np.ones(4)

    def __call__(self, x, update=True):
        if update:
            self.n += 1
            delta = x - self.mean
            self.mean = self.mean + delta / self.n
            self.m2 = self.m2 + delta * (x - self.mean)
        return (x - self.mean) / (np.sqrt(self.m2 / max(self.n, 1)) + 1e-8)

env, env_evaluate = gym.make("CartPole-v1"), gym.make("CartPole-v1")
gamma, normalise = 0.99, Normalise()

def net(n):
    return torch.nn.Sequential(torch.nn.Linear(4, 32), torch.nn.Tanh(), torch.nn.Linear(32, n))

actor, critic = net(2), net(1)
optimizers = [torch.optim.Adam(one.parameters(), lr=1e-3) for one in (actor, critic)]
state, batch = normalise(env.reset()[0]), []
while True:
    with torch.no_grad():
        chances = torch.softmax(actor(torch.tensor(state, dtype=torch.float).unsqueeze(0)), dim=1)
    action = int(torch.distributions.Categorical(chances).sample())
    following, reward, terminated, truncated, _ = env.step(action)
    following = normalise(following)
    batch.append((state, reward, following, float(terminated)))
    state = normalise(env.reset()[0]) if terminated or truncated else following
    if len(batch) == 256:
        s, r, s_, done = (torch.tensor(np.array(x), dtype=torch.float) for x in zip(*batch))
        for rows in torch.randperm(256).split(64):
            target = r[rows] + gamma * (1 - done[rows]) * critic(s_[rows]).squeeze(1).detach()
            value_loss = (critic(s[rows]).squeeze(1) - target).pow(2).mean()
            losses = [-torch.log_softmax(actor(s[rows]), 1).mean(), value_loss]
            for optimizer, loss in zip(optimizers, losses):
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
        batch = []
"""


@pytest.mark.slow
def test_a_critic_behind_statistics_of_the_script_is_found(tmp_path):
    """It sees in training what the policy has acted on, also with a second environment for evaluation."""
    script = tmp_path / "own.py"
    script.write_text(OWN_STATISTICS)
    assert script_agent(script).scouted["critic"] == "critic"


@pytest.mark.slow
def test_the_spread_of_a_policy_is_no_critic(tmp_path):
    """What Normal is made of is a policy, by way of softplus too; the critic may be given rollouts."""
    script = tmp_path / "spread.py"
    script.write_text(SPREAD)
    assert script_agent(script).scouted["critic"] == "model.heads.2"


@pytest.mark.slow
def test_a_script_without_seeds_gives_the_same_answer_twice():
    """Spaces and generators that a script leaves without a seed are seeded for it."""
    found = [
        rlprobe.diagnose(script_agent(WRITTEN / "q_table.py"), seeds=1, only=["Constant", "Decoder"])
        for _ in range(2)
    ]
    first, second = (re.sub(r"'seconds': [0-9.e-]+", "", str(one.as_dict()["probes"])) for one in found)
    assert first == second


TAKEN = "np.argmax(q_table[next_state]) if np.random.rand() > epsilon else np.random.randint(4)"
SARSA = f"q_table[next_state, {TAKEN}]"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("wrong", "causes"), [("np.mean(q_table[next_state])", ["wrong-max"]), (SARSA, [])], ids=["mean", "SARSA"]
)
def test_a_mean_over_the_next_actions_is_told_from_sarsa(tmp_path, wrong, causes):
    """A mean over all actions is named; values of the actions that a learner takes itself are no fault."""
    script = planted(tmp_path, "q_table.py", "np.max(q_table[next_state])", wrong)
    report = rlprobe.diagnose(script_agent(script), seeds=2, only=["Constant", "Decoder", "MaxNotMean"])
    assert [cause.fault for cause in report.causes[:1]] == causes, str(report)
    assert (report.verdict == "faulty") == bool(causes), str(report)


@pytest.mark.slow
def test_a_network_that_learns_without_a_loss_is_a_policy():
    """The gradients of evolution strategies are estimated, and what their network says are no values."""
    probes = ["Constant", "ContextBandit"]
    report = rlprobe.diagnose(script_agent(WRITTEN / "evolution.py"), seeds=1, only=probes, budget=60)
    assert report.as_dict()["script"]["critic"] is None
    assert report.verdict == "healthy", str(report)


TARGET_FIRST = """
import gymnasium as gym
import torch
from torch import nn

env, net = gym.make("CartPole-v1"), nn.Sequential(nn.Linear(4, 16), nn.Tanh(), nn.Linear(16, 1))
optimizer, gamma = torch.optim.Adam(net.parameters(), lr=3e-3), 0.99
obs, _ = env.reset(seed=0)
for _ in range(100_000):
    next_obs, reward, terminated, truncated, _ = env.step(env.action_space.sample())
    value = net(torch.as_tensor(obs)[None])
    with torch.no_grad():
        target = reward + gamma * (1 - terminated) * net(torch.as_tensor(next_obs)[None])
    loss = nn.MSELoss()(target, value)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    obs = env.reset()[0] if terminated or truncated else next_obs
"""


@pytest.mark.slow
def test_a_loss_may_be_given_its_target_first(tmp_path):
    """What a loss is given second is a value then, and no action."""
    pytest.importorskip("torch")
    path = tmp_path / "target_first.py"
    path.write_text(TARGET_FIRST)
    report = rlprobe.diagnose(script_agent(path), seeds=1, only=["Constant"])
    assert report.script["critic"] == "net", str(report)
