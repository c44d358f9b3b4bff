"""Conventions and mistakes that other people's functions have, one of each kind."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import rlprobe


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


def masked_by_the_caller(v_s, v_next, rew, end_flag, gamma, lam):
    """Next values are 0 where a step terminated; the flag cuts the sum only."""
    return back(rew + gamma * v_next - v_s, gamma * lam * (1.0 - end_flag))


def time_limits_alone(rewards, values, dones, timeouts, last_value, terminal_values, gamma, lam):
    """The flag of time limits is not set where a step terminated as well."""
    rewards = rewards + gamma * terminal_values * timeouts
    keep = 1.0 - dones
    return back(rewards + gamma * keep * after(values, last_value) - values, gamma * lam * keep)


def new_before_each_step(rew, vpred, new, nextvpred, gamma, lam):
    """``new[t]`` says that step t begins an episode; the last value is 0 if it ended."""
    keep = 1.0 - np.concatenate([new[1:], np.zeros_like(new[:1])])
    return back(rew + gamma * keep * after(vpred, nextvpred) - vpred, gamma * lam * keep)


def one_step_advantage(rewards, values, next_values, dones, gamma):
    """No lambda: it is the TD error."""
    return rewards + gamma * (1 - dones) * next_values - values


def first_rewards(rewards, gamma, n):
    """The sum of the first n rewards, without any value."""
    return sum(gamma**k * reward for k, reward in enumerate(rewards[:n]))


def reused_array(rewards):
    """Right for one environment; with arrays it would fill a list with one array."""
    total, out = 0.0, []
    for reward in rewards[::-1]:
        total *= 0.9
        total += reward
        out.append(total)
    return out[::-1]


def in_columns(rewards, dones, next_q, gamma=0.99):
    """Columns (B, 1) in and out."""
    return rewards + gamma * (1 - dones) * next_q.max(1, keepdim=True)[0]


def one_transition(reward, next_q, done, gamma):
    """One transition, as in a textbook."""
    return reward + gamma * np.max(next_q) * (1 - done)


def kl_new_first(mean, std, old_mean, old_std):
    """The first argument is the new policy, and so is the first distribution."""
    ratio = (std / old_std) ** 2
    return 0.5 * (ratio + ((mean - old_mean) / old_std) ** 2 - 1 - np.log(ratio)).sum(-1)


def numbered_from_zero(p0, p1):
    """Two distributions, counted from 0."""
    return (p0 * np.log(p0 / p1)).sum(-1)


def limited_below(y_true, y_pred):
    """Explained variance that is never below -1."""
    return np.maximum(1 - np.var(y_true - y_pred) / np.var(y_true), -1.0)


def kl_q_first(mu_q, logvar_q, mu_p, logvar_p):
    """The first argument is called q."""
    shift = (mu_q - mu_p) ** 2 / np.exp(logvar_p)
    return 0.5 * (np.exp(logvar_q - logvar_p) + shift - 1 + logvar_p - logvar_q).sum(-1)


def another_word(net_main, slow_net, factor):
    """Networks by names of which a part tells."""
    for source, target in zip(net_main.parameters(), slow_net.parameters(), strict=True):
        target.data.mul_(1 - factor).add_(factor * source.data)


def discount_is_a_number(rewards, dones, values, next_value, discount, lmbda):
    """Beside flags a discount is no array."""
    keep = 1.0 - dones
    following = after(values, next_value)
    return back(rewards + discount * keep * following - values, discount * lmbda * keep)


def fills_its_batch(batch, gamma=0.99, lam=0.95):
    """What it has computed stands in the dictionary that it was given."""
    keep = 1.0 - batch["dones"]
    delta = batch["rewards"] + gamma * keep * after(batch["values"], batch["last_value"]) - batch["values"]
    batch["advantages"] = back(delta, gamma * lam * keep)
    return batch


class Storage:
    """Arrays and their length as attributes."""

    def compute_advantages(self, last_values, gamma_, lam):
        """Fills the array of returns."""
        carry = 0.0
        for t in reversed(range(self.num_transitions_per_env)):
            following = last_values if t == self.num_transitions_per_env - 1 else self.values[t + 1]
            keep = 1.0 - self.dones[t]
            carry = self.rewards[t] + gamma_ * keep * following - self.values[t] + gamma_ * lam * keep * carry
            self.returns[t] = carry + self.values[t]


class Learner:
    """Networks and the rate as attributes."""

    def update_target(self):
        """No argument at all."""
        with torch.no_grad():
            for source, target in zip(self.q_net.parameters(), self.target_net.parameters(), strict=True):
                target.lerp_(source, self.tau)


RIGHT = [
    ("gae", masked_by_the_caller, "is not masked by the function"),
    ("gae", time_limits_alone, "is 0 where step t terminated as well"),
    ("gae", new_before_each_step, "ended before step t"),
    ("gae", one_step_advantage, "uses lam = 0"),
    ("n_step_return", first_rewards, "the first n steps"),
    ("discounted_return", reused_array, "given several environments at once"),
    ("q_target", in_columns, "(loss-broadcast)"),
    ("q_target", one_transition, "(wrong-max)"),
    ("kl", kl_new_first, "old_mean=<q_mean>"),
    ("kl", numbered_from_zero, "`p0` holds probabilities"),
    ("kl", kl_q_first, "mu_q=<mean>"),
    ("polyak_update", another_word, "source, target, tau"),
    ("gae", discount_is_a_number, "discount=<gamma>"),
    ("gae", fills_its_batch, "returns advantages"),
    ("gae", Storage.compute_advantages, "returns (advantages + values)"),
    ("explained_variance", limited_below, "returns explained variance"),
    ("polyak_update", Learner.update_target, "networks"),
]


@pytest.mark.parametrize(("family", "function", "said"), RIGHT, ids=lambda one: getattr(one, "__name__", ""))
def test_what_people_agree_on_is_no_mistake(family, function, said):
    """A convention is accepted, and the record says it or what its caller must know."""
    assert said in str(getattr(rlprobe.check, family)(function))
