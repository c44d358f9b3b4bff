"""One mistake of each kind that conventions could hide."""

from __future__ import annotations

import numpy as np
import torch
from checks.mistakes import planted


def back(delta, decay):
    """``x_t = delta_t + decay_t x_{t+1}``."""
    out, carry = [], 0.0
    for step, keep in zip(delta[::-1], decay[::-1], strict=True):
        carry = step + keep * carry
        out.insert(0, carry)
    return np.array(out)


def after(values, last):
    """The values of the observations after each step."""
    return np.concatenate([values[1:], np.asarray(last)[None]])


@planted("gae", "done-one-early", fast=True)
def read_one_step_late(rewards, values, dones, last_value, gamma, lam):
    """Nothing says that the flags were stored before each step."""
    keep = 1.0 - np.concatenate([dones[1:], np.zeros_like(dones[:1])])
    return back(rewards + gamma * keep * after(values, last_value) - values, gamma * lam * keep)


@planted("gae", "ends-shared", fast=True)
def any_environment(rewards, values, dones, last_value, gamma, lam):
    """An end in one environment ends all."""
    keep = np.array([1.0 - np.any(done) for done in dones])[:, None] + np.zeros_like(rewards)
    return back(rewards + gamma * keep * after(values, last_value) - values, gamma * lam * keep)


@planted("gae", "stale-last-value", fast=True)
def rolled(rewards, values, dones, last_value, gamma, lam):
    """The last step bootstraps from the first value."""
    keep = 1.0 - dones
    return back(rewards + gamma * keep * np.roll(values, -1, axis=0) - values, gamma * lam * keep)


@planted("discounted_return", "td-error-masked", fast=True)
def masked_reward(rewards, dones, gamma):
    """The reward of the last step is lost."""
    total, out = 0.0 * rewards[0], []
    for reward, done in zip(rewards[::-1], dones[::-1], strict=True):
        total = (reward + gamma * total) * (1 - done)
        out.insert(0, total)
    return np.stack(out)


@planted("q_target", "wrong-max", fast=True)
def max_of_batch(rewards, next_q, dones, gamma):
    """One maximum over the whole batch."""
    return rewards + gamma * (1 - dones) * next_q.max()


@planted("q_target", "wrong-max", fast=True)
def index_of_best(rewards, next_q, dones, gamma):
    """The index in place of the value."""
    return rewards + gamma * (1 - dones) * next_q.argmax(1)


@planted("kl", "kl-logits-subtracted", fast=True)
def raw_logits(p_logits, q_logits):
    """Logits are no log-probabilities."""
    return (p_logits.softmax(-1) * (p_logits - q_logits)).sum(-1)


@planted("entropy", "softmax-over-batch", fast=True)
def over_batch(logits):
    """The softmax along the batch."""
    return -(logits.softmax(0) * logits.log_softmax(0)).sum(-1)


@planted("entropy", "variance-as-deviation", fast=True)
def half_of_deviation(std):
    """The deviation where its square belongs."""
    return (0.5 * np.log(2 * np.pi * np.e * std)).sum(-1)


@planted("normalised_advantages", "advantage-normalised-per-environment", fast=True)
def each_environment(advantages):
    """The mean over time alone."""
    return (advantages - advantages.mean(axis=0)) / (advantages.std(axis=0) + 1e-8)


@planted("ppo_loss", "loss-broadcast", fast=True)
def columns_and_rows(log_probs, old_log_probs, advantages, clip=0.2):
    """(N, 1) meets (N,)."""
    ratio = (log_probs - old_log_probs).exp().unsqueeze(1)
    return -torch.min(ratio * advantages, ratio.clamp(1 - clip, 1 + clip) * advantages).mean()


@planted("clipped_value_loss", "loss-broadcast", fast=True)
def table_of_errors(values, old_values, returns, clip=0.2):
    """(N, 1) meets (N,)."""
    near = old_values + (values - old_values).clamp(-clip, clip)
    return torch.max((values[:, None] - returns) ** 2, (near[:, None] - returns) ** 2).mean()


@planted("c51_projection", "projection-not-clipped", fast=True)
def tent_off_the_atoms(next_probs, rewards, dones, gamma, support):
    """Targets beyond the atoms lose their probability."""
    moved = rewards[:, None] + gamma * (1 - dones)[:, None] * support
    distance = np.abs(moved[:, None, :] - support[None, :, None]) / (support[1] - support[0])
    return (np.clip(1 - distance, 0, 1) * next_probs[:, None, :]).sum(-1)


@planted("running_mean_std", "running-statistics-wrong", fast=True)
class Forgetful:
    """An exponential average is no statistic of all that was seen."""

    def __init__(self, shape):
        self.mean, self.var = np.zeros(shape), np.ones(shape)

    def update(self, batch):
        """Keep nine tenths."""
        self.mean = 0.9 * self.mean + 0.1 * batch.mean(0)
        self.var = 0.9 * self.var + 0.1 * batch.var(0)


@planted("ppo_loss", "gradient-stopped")
def detached(log_probs, old_log_probs, advantages, clip=0.2):
    """Nothing can be learned from it."""
    ratio = torch.exp(log_probs - old_log_probs).detach()
    return -torch.min(ratio * advantages, ratio.clamp(1 - clip, 1 + clip) * advantages).mean()


@planted("td_lambda", "gae-not-cut", fast=True)
def masked_in_part(rewards, next_values, dones, gamma, lam):
    """The flag stops the bootstrap and not the rest of the return."""
    total, out = next_values[-1], []
    for t in reversed(range(len(rewards))):
        total = rewards[t] + gamma * ((1 - lam) * (1 - dones[t]) * next_values[t] + lam * total)
        out.insert(0, total)
    return np.stack(out)


@planted("q_target", "wrong-max", fast=True)
def sum_of_actions(rewards, next_q, dones, gamma):
    """A sum where a maximum belongs."""
    return rewards + gamma * (1 - dones) * next_q.sum(1)


@planted("gae", "changes-its-input")
def in_place(rewards, values, dones, last_value, gamma=0.99, lam=0.95):
    """The caller's rewards hold TD errors afterwards."""
    rewards += gamma * (1 - dones) * after(values, last_value)
    rewards -= values
    return back(rewards, gamma * lam * (1.0 - dones))
