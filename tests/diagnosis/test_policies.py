"""What losses do with log-probabilities: wrong ratios, sums and densities are named, correct ones are not."""

# ruff: noqa: D102, D103
from __future__ import annotations

import gymnasium as gym
import numpy as np
import pytest

from rlprobe.diagnosis.training.torch_calls.watching import torch_calls_seen

torch = pytest.importorskip("torch")
Normal, Categorical = torch.distributions.Normal, torch.distributions.Categorical
N, LOSSES = 16, 4


def network(inputs, outputs, seed):
    generator = torch.Generator().manual_seed(seed)
    made = torch.nn.Sequential(torch.nn.Linear(inputs, 8), torch.nn.Tanh(), torch.nn.Linear(8, outputs))
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator) / 2)
    return made


class Rollouts:
    """Policies for actions of two numbers and for three actions, a critic of actions, and optimizers."""

    def __init__(self):
        self.gaussian, self.discrete, self.critic = network(3, 4, 0), network(3, 3, 1), network(5, 1, 2)
        both = [*self.gaussian.parameters(), *self.discrete.parameters()]
        self.learns = torch.optim.Adam(both, lr=0.01)
        self.scores = torch.optim.Adam(self.critic.parameters(), lr=0.01)
        self.draw = torch.Generator().manual_seed(0)
        self.steps = 0

    def normal(self, s):
        mean, log_std = self.gaussian(s).chunk(2, -1)
        return Normal(mean, log_std.clamp(-2, 1).exp())

    def rollout(self):
        self.steps += N
        return torch.randn(N, 3, generator=self.draw), torch.randn(N, generator=self.draw)

    def minimise(self, loss, optimizer=None):
        optimizer = optimizer or self.learns
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    def sample(self, mean, std):
        return mean + std * torch.randn(mean.shape, generator=self.draw)


def clipped(ratio, advantage):
    return -torch.min(ratio * advantage, ratio.clamp(0.8, 1.2) * advantage).mean()


def ppo(w, new=lambda d, a, old: (d.log_prob(a).sum(-1) - old).exp(), shift=0.0):
    """Several losses on each rollout."""
    s, advantage = w.rollout()
    with torch.no_grad():
        then = w.normal(s)
        a = w.sample(then.mean, then.stddev)
        old = then.log_prob(a + shift).sum(-1)
    for _ in range(LOSSES):
        bonus = 0.01 * w.normal(s).entropy().sum(-1).mean()
        w.minimise(clipped(new(w.normal(s), a, old), advantage) - bonus)


def ppo_independent(w):
    ppo(w, lambda d, a, old: (torch.distributions.Independent(d, 1).log_prob(a) - old).exp())


def ppo_discrete(w, new=lambda now, old: (now - old).exp()):
    """By hand, without a distribution."""
    s, advantage = w.rollout()
    with torch.no_grad():
        p = w.discrete(s).softmax(-1)
        a = torch.multinomial(p, 1, generator=w.draw)
        old = p.log().gather(1, a)[:, 0]
    for _ in range(LOSSES):
        w.minimise(clipped(new(w.discrete(s).log_softmax(-1).gather(1, a)[:, 0], old), advantage))


def ppo_of_picked(w, old_of=torch.log):
    """The logarithm of the probabilities of the actions taken."""
    s, advantage = w.rollout()
    with torch.no_grad():
        p = w.discrete(s).softmax(-1)
        a = torch.multinomial(p, 1, generator=w.draw)
        then = p.gather(1, a)[:, 0]
    for _ in range(LOSSES):
        now = torch.log(w.discrete(s).softmax(-1).gather(1, a)[:, 0])
        w.minimise(clipped((now - old_of(then)).exp(), advantage))


def of_probabilities(w):
    """The old ones are probabilities in place of their logarithms."""
    ppo_of_picked(w, lambda then: then)


def of_a_second_sample(w):
    """The old probabilities are those of actions that are drawn anew: some are the same by chance."""
    s, advantage = w.rollout()
    with torch.no_grad():
        p = (3.0 * w.discrete(s)).softmax(-1)
        first, second = (torch.multinomial(p, 1, generator=w.draw) for _ in range(2))
        old = p.log().gather(1, second)[:, 0]
    for _ in range(LOSSES):
        now = (3.0 * w.discrete(s)).log_softmax(-1).gather(1, first)[:, 0]
        w.minimise(clipped((now - old).exp(), advantage))


def padded(w):
    """Steps that fill up a sequence have other probabilities, and no weight."""
    s, advantage = w.rollout()
    real = torch.arange(N) % 3 == 0
    with torch.no_grad():
        a = torch.randint(3, (N,), generator=w.draw)
        old = Categorical(logits=w.discrete(s)).log_prob(a) - 9.0 * ~real
    for _ in range(LOSSES):
        ratio = (Categorical(logits=w.discrete(s)).log_prob(a) - old).exp()
        surrogate = torch.min(ratio * advantage, ratio.clamp(0.8, 1.2) * advantage)
        w.minimise(-surrogate[real].mean())


def one_update_each(w):
    """The ratio is always 1 where a rollout is used once; the critic learns first."""
    s, advantage = w.rollout()
    w.minimise((w.critic(torch.cat([s, s[:, :2]], 1))[:, 0] - advantage).pow(2).mean(), w.scores)
    a = torch.randint(3, (N,), generator=w.draw)
    now = Categorical(logits=w.discrete(s)).log_prob(a)
    w.minimise(clipped((now - now.detach()).exp(), advantage))


def policy_gradient(w):
    """With a KL penalty by samples."""
    s, advantage = w.rollout()
    a = torch.randint(3, (N,), generator=w.draw)
    for _ in range(LOSSES):
        now = Categorical(logits=w.discrete(s)).log_prob(a)
        w.minimise(-(now * advantage).mean() + 0.01 * (now.detach() - now).mean())


def with_kl_to_reference(w):
    """A penalty with the ratio of a fixed policy to the new one: low-variance KL, as in GRPO."""
    s, advantage = w.rollout()
    a = torch.randint(3, (N,), generator=w.draw)
    with torch.no_grad():
        old = Categorical(logits=w.discrete(s)).log_prob(a)
    for _ in range(LOSSES):
        now = Categorical(logits=w.discrete(s)).log_prob(a)
        kl = (old - now).exp() - (old - now) - 1.0
        w.minimise(clipped((now - old).exp(), advantage) + (0.04 * kl).mean())


def of_probabilities_themselves(w, ratio=lambda now, then: now / then):
    s, advantage = w.rollout()
    with torch.no_grad():
        p = w.discrete(s).softmax(-1)
        a = torch.multinomial(p, 1, generator=w.draw)
        then = p.gather(1, a)
    for _ in range(LOSSES):
        now = w.discrete(s).softmax(-1).gather(1, a)
        w.minimise(clipped(ratio(now, then), advantage[:, None]))


def probabilities_upside_down(w):
    of_probabilities_themselves(w, lambda now, then: then / now)


def upside_down(w):
    ppo(w, lambda d, a, old: (old - d.log_prob(a).sum(-1)).exp())


def cloned(w):
    """The likelihood of given actions beside a critic: no entropy of the policy."""
    s, _ = w.rollout()
    d = w.normal(s)
    a = torch.tanh(d.mean)
    given = torch.zeros(N, 2)
    w.minimise(-w.critic(torch.cat([s, a], 1)).mean() - d.log_prob(given).sum(-1).mean())
    w.minimise(w.critic(torch.cat([s, given], 1)).pow(2).mean(), w.scores)


def sac(w, density=lambda d, u, a: (d.log_prob(u) - torch.log(1 - a.pow(2) + 1e-6)).sum(-1), alpha=0.1):
    s, reward = w.rollout()
    d = w.normal(s)
    u = w.sample(d.mean, d.stddev)
    a = torch.tanh(u)
    w.minimise((alpha * density(d, u, a) - w.critic(torch.cat([s, a], 1))[:, 0]).mean())
    w.minimise((w.critic(torch.cat([s, a.detach()], 1))[:, 0] - reward).pow(2).mean(), w.scores)


def sac_softplus(w):
    """The stable form of the same correction."""
    log_2, softplus = float(np.log(2.0)), torch.nn.functional.softplus
    sac(w, lambda d, u, a: (d.log_prob(u) - 2.0 * (log_2 - u - softplus(-2.0 * u))).sum(-1))


def td3(w):
    """No density at all, tanh of a mean."""
    s, _ = w.rollout()
    a = torch.tanh(w.normal(s).mean)
    w.minimise(-w.critic(torch.cat([s, a], 1)).mean())
    w.minimise(w.critic(torch.cat([s, a.detach()], 1)).pow(2).mean(), w.scores)


def recomputed(w):
    ppo(w, lambda d, a, old: (d.log_prob(a).sum(-1) - d.log_prob(a).sum(-1).detach()).exp())


def of_another_action(w):
    ppo(w, shift=0.5)


def divided(w):
    ppo_discrete(w, lambda now, old: now / old)


def differences(w):
    ppo_discrete(w, lambda now, old: now - old)


def of_each_component(w):
    s, advantage = w.rollout()
    with torch.no_grad():
        then = w.normal(s)
        a = w.sample(then.mean, then.stddev)
        old = then.log_prob(a)
    for _ in range(LOSSES):
        w.minimise(clipped((w.normal(s).log_prob(a) - old).exp(), advantage[:, None]))


def mean_of_components(w):
    sac(w, lambda d, u, a: (d.log_prob(u) - torch.log(1 - a.pow(2) + 1e-6)).mean(-1))


def without_correction(w):
    sac(w, lambda d, u, a: d.log_prob(u).sum(-1))


def corrected_by_the_sample(w):
    sac(w, lambda d, u, a: (d.log_prob(u) - torch.log(1 - u.pow(2).clamp(max=0.9))).sum(-1))


def wrong_sign(w):
    sac(w, alpha=-0.1)


RIGHT = (
    ppo,
    ppo_independent,
    ppo_discrete,
    ppo_of_picked,
    padded,
    one_update_each,
    policy_gradient,
    with_kl_to_reference,
    of_probabilities_themselves,
    cloned,
    sac,
    sac_softplus,
    td3,
)
WRONG = {
    recomputed: "ratio-wrong",
    of_another_action: "ratio-wrong",
    of_probabilities: "ratio-wrong",
    of_a_second_sample: "ratio-wrong",
    divided: "ratio-wrong",
    upside_down: "ratio-wrong",
    probabilities_upside_down: "ratio-wrong",
    differences: "ratio-wrong",
    of_each_component: "log-prob-not-summed",
    mean_of_components: "log-prob-not-summed",
    without_correction: "tanh-correction-missing",
    corrected_by_the_sample: "tanh-correction-missing",
    wrong_sign: "entropy-bonus-sign",
}


def observed(update, *, watched=True):
    """The names that were seen in ten rollouts, and the weights after them."""
    world = Rollouts()
    space = gym.spaces.Box(-1, 1, (2,))
    calls = None
    if watched:
        with torch_calls_seen(space, steps=lambda: world.steps, chooses=True) as calls:
            for _ in range(10):
                update(world)
    else:
        for _ in range(10):
            update(world)
    weights = [p.detach().numpy() for p in (*world.gaussian.parameters(), *world.discrete.parameters())]
    return [name for name, _ in calls.observed] if calls else [], weights


@pytest.mark.parametrize("update", RIGHT, ids=lambda one: one.__name__)
def test_correct_losses_show_no_fault(update):
    """However they are written."""
    assert observed(update)[0] == []


@pytest.mark.parametrize("update", WRONG, ids=lambda one: one.__name__)
def test_faults_are_named_and_nothing_changes(update):
    """One name; the weights are those of a run that nobody watches."""
    names, weights = observed(update)
    assert names == [WRONG[update]]
    for ours, theirs in zip(weights, observed(update, watched=False)[1], strict=True):
        np.testing.assert_array_equal(ours, theirs)
