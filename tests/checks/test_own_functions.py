"""Our own agents, and the faults that a diagnosis knows, are held by the checks."""

from __future__ import annotations

from types import SimpleNamespace

import gymnasium as gym
import numpy as np
import pytest
import torch
from planted import reference_ppo

import rlprobe
from rlprobe.agents import dqn, heads, ppo, tabular
from rlprobe.faults import whole_episodes
from rlprobe.stats import Layout, RunningStats


def made(cls, **attributes):
    """An agent without its networks: only what one method reads."""
    agent = object.__new__(cls)
    vars(agent).update(attributes)
    return agent


def advantages_of(cls):
    """The advantages of an agent, on a case."""

    def advantages(case):
        step = SimpleNamespace(
            reward=case.rewards, terminated=case.terminated, done=case.dones, truncated=case.truncated
        )
        step.real = np.ones(np.shape(case.rewards), bool)
        agent = made(cls, gamma=case.gamma, gae_lambda=case.lam)
        return agent.advantages(step, case.values, case.next_values)

    return advantages


def test_the_advantages_of_our_agent_are_right():
    """PPO's, with truncations and terminations told apart."""
    found = rlprobe.check.gae(ppo.PPO.advantages, adapt=advantages_of(ppo.PPO))
    assert "at lambda = 1, advantages are discounted returns less values" in found.identities


PLANTED = [
    ("no-discount", reference_ppo.NoDiscountInBootstrap),
    ("termination-ignored", reference_ppo.TerminationIgnored),
    ("gae-not-cut", reference_ppo.GaeNotCut),
]


@pytest.mark.parametrize(("fault", "cls"), PLANTED, ids=lambda one: getattr(one, "__name__", ""))
def test_a_fault_of_an_agent_has_the_same_name_in_a_check(fault, cls):
    """What a diagnosis finds in the agent, a check finds in its function."""
    with pytest.raises(rlprobe.check.CheckFailure) as raised:
        rlprobe.check.gae(cls.advantages, adapt=advantages_of(cls))
    assert raised.value.mistake == fault


def test_the_targets_of_our_agents_are_right():
    """Those of DQN for a batch, those of tabular Q-learning for one transition."""

    def of_dqn(case):
        def network(observations):
            return torch.as_tensor(np.asarray(case.target_network(observations)))

        agent = made(dqn.DQN, gamma=case.gamma, target=network)
        next_observations = np.asarray(case.next_observations)
        batch = SimpleNamespace(reward=np.asarray(case.rewards), next_observation=next_observations)
        batch.terminated = np.asarray(case.terminated, bool)
        return agent.targets(batch)

    def of_table(case):
        found = []
        for reward, terminated, row in zip(case.rewards, case.terminated, case.next_q, strict=True):
            agent = made(tabular.QLearning, gamma=case.gamma, row=lambda _, row=row: np.asarray(row))
            step = SimpleNamespace(reward=reward, terminated=terminated, next_observation=None)
            found.append(agent.target(step, 0))
        return np.array(found)

    rlprobe.check.q_target(dqn.DQN.targets, adapt=of_dqn)
    rlprobe.check.q_target(tabular.QLearning.target, adapt=of_table)


def test_the_policy_loss_of_our_agent_is_right():
    """Without the entropy bonus it is PPO's clipped loss."""

    def loss(case):
        new, old, advantages = (
            torch.as_tensor(np.asarray(x)) for x in (case.log_probs, case.old_log_probs, case.advantages)
        )
        head = SimpleNamespace(log_prob=lambda *_: new, entropy=lambda *_: torch.zeros(1))
        options = SimpleNamespace(clip=case.clip)
        agent = made(ppo.PPO, actor=lambda x: x, head=head, options=options, entropy_coefficient=0.0)
        batch = {"observation": new, "action": new, "log_prob": old, "advantage": advantages}
        return agent.actor_loss(batch)

    rlprobe.check.ppo_loss(ppo.PPO.actor_loss, adapt=loss)


def test_the_entropies_of_our_heads_are_right():
    """Of a categorical and of a Gaussian policy."""
    discrete = heads.Categorical(gym.spaces.Discrete(3), 0)
    rlprobe.check.entropy(discrete.entropy)

    def of_gaussian(case):
        found = []
        for row in np.asarray(case.log_std, np.float32):
            head = heads.Gaussian(gym.spaces.Box(-1, 1, row.shape), 0)
            head.log_std.data = torch.from_numpy(row)
            found.append(head.entropy(torch.zeros(1, len(row)))[0])
        return torch.stack(found)

    rlprobe.check.entropy(heads.Gaussian.entropy, adapt=of_gaussian)


def test_the_returns_of_the_diagnosis_are_right_and_its_faults_have_the_checks_names():
    """The formula from which faults in returns are predicted, and two of the predictions."""
    rlprobe.check.discounted_return(whole_episodes.discounted)

    def forwards(rewards, gamma):
        return whole_episodes.discounted(rewards[::-1], gamma)[::-1]

    def own(rewards, gamma):
        return [gamma**t * r for t, r in enumerate(rewards)]

    for function, name in ((forwards, "forward-accumulation"), (own, "no-reward-to-go")):
        with pytest.raises(rlprobe.check.CheckFailure) as raised:
            rlprobe.check.discounted_return(function)
        assert raised.value.mistake == name


def test_the_statistics_of_our_wrappers_are_right():
    """Batch by batch they are those of everything seen."""

    class Ours:
        def __init__(self, size):
            self.stats = RunningStats(Layout.array((size,)))

        def update(self, batch):
            self.stats.update(batch)

        @property
        def mean(self):
            return self.stats.mean

        @property
        def var(self):
            return self.stats.var

    rlprobe.check.running_mean_std(Ours)
