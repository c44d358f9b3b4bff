"""Faults planted in PPO and A2C of Stable-Baselines3."""

from __future__ import annotations

import numpy as np
from stable_baselines3 import A2C, PPO
from stable_baselines3.common.buffers import RolloutBuffer

from planted import sb3_faces
from planted.record import Planted
from rlprobe.adapters.sb3 import sb3_agent

FAULTS: list[Planted] = []
FAMILIES = {"SB3 PPO": PPO, "SB3 A2C": A2C}


def add(fault, form, **arguments):
    """Register arguments of the constructors that bring a fault with them."""
    for family, algorithm in FAMILIES.items():
        FAULTS.append(Planted(fault, family, form, sb3_agent(algorithm, **arguments)))


def in_buffer(fault, form):
    """Register a rollout buffer as one form of a fault."""

    def register(buffer):
        add(fault, form, rollout_buffer_class=buffer)
        return buffer

    return register


class Buffer(RolloutBuffer):
    """The library's computation with its parts open to change; each method gives ``(T, n)``."""

    def not_done(self, dones):
        return 1.0 - np.concatenate([self.episode_starts[1:], dones[None].astype(np.float32)])

    def mask(self, not_done):
        return not_done

    def cut(self, not_done):
        return not_done

    def next_values(self, last_values):
        return np.concatenate([self.values[1:], last_values[None]])

    def discount(self):
        return self.gamma

    def compute_returns_and_advantage(self, last_values, dones):
        not_done = self.not_done(dones)
        mask, cut = self.mask(not_done), self.cut(not_done)
        next_values = self.next_values(last_values.clone().cpu().numpy().flatten())
        gamma = self.discount()
        delta = self.rewards + gamma * mask * next_values - self.values
        carry = np.zeros_like(delta[0])
        for t in reversed(range(self.buffer_size)):
            carry = self.advantages[t] = delta[t] + gamma * self.gae_lambda * cut[t] * carry
        self.returns = self.advantages + self.values


@in_buffer("no-discount", "in the buffer")
class NoDiscount(Buffer):
    def discount(self):
        return 1.0


@in_buffer("no-discount", "bootstrap only")
class NoDiscountInBootstrap(Buffer):
    def next_values(self, last_values):
        return super().next_values(last_values) / self.gamma


@in_buffer("stale-last-value", "values[-1]")
class StaleLastValue(Buffer):
    def next_values(self, last_values):
        return np.concatenate([self.values[1:], self.values[-1:]])


@in_buffer("stale-last-value", "nothing after the last step")
class NoLastValue(Buffer):
    def next_values(self, last_values):
        return super().next_values(last_values * 0.0)


@in_buffer("done-mask-inverted", "done for not done")
class InvertedMask(Buffer):
    def mask(self, not_done):
        return 1.0 - not_done


@in_buffer("discount-exponent", "squared in the buffer")
class DiscountSquared(Buffer):
    def discount(self):
        return self.gamma**2


@in_buffer("termination-ignored", "bootstraps from the next episode")
class TerminationIgnored(Buffer):
    def mask(self, not_done):
        return np.ones_like(not_done)


@in_buffer("termination-ignored", "episodes never told apart")
class EpisodesJoined(TerminationIgnored):
    def cut(self, not_done):
        return np.ones_like(not_done)


@in_buffer("done-one-early", "index in the loop")
class DoneOneEarly(Buffer):
    def not_done(self, dones):
        right = super().not_done(dones)
        return np.concatenate([right[1:], right[-1:]])


@in_buffer("gae-not-cut", "running sum never reset")
class GaeNotCut(Buffer):
    def cut(self, not_done):
        return np.ones_like(not_done)


@in_buffer("next-observation-is-observation", "value of the same row")
class OwnSuccessor(Buffer):
    def next_values(self, last_values):
        return self.values


@in_buffer("reward-shifted", "mean of the rollout")
class RolloutMeanSubtracted(Buffer):
    def compute_returns_and_advantage(self, last_values, dones):
        self.rewards -= self.rewards.mean()
        super().compute_returns_and_advantage(last_values, dones)


@in_buffer("sign-flipped", "advantage")
class AdvantageSign(Buffer):
    def compute_returns_and_advantage(self, last_values, dones):
        super().compute_returns_and_advantage(last_values, dones)
        self.advantages = -self.advantages


@in_buffer("loss-broadcast", "targets as a column")
class ReturnsAsColumn(Buffer):
    def _get_samples(self, batch_inds, env=None):
        samples = super()._get_samples(batch_inds, env)
        return samples._replace(returns=samples.returns[:, None])


add(
    "observation-ignored",
    "features lost",
    policy_kwargs={"features_extractor_class": sb3_faces.NothingSeen, "net_arch": [32]},
)

for fault_id, form_name, wrapper in (
    ("truncation-as-termination", "TimeLimit.truncated lost", sb3_faces.TimeLimitForgotten),
    ("termination-ignored", "every end is a time limit", sb3_faces.EveryEndIsATimeLimit),
    ("truncation-bootstraps-reset-observation", "no final observation", sb3_faces.ResetObservation),
    ("terminated-and-truncated-bootstraps", "truncated asked first", sb3_faces.TruncatedFirst),
    ("reward-clipped", "clip", sb3_faces.ClippedReward),
    ("reward-clipped", "sign", sb3_faces.RewardSign),
    ("reward-shifted", "running mean", sb3_faces.RunningMeanSubtracted),
    ("reward-lag", "across episodes", sb3_faces.LaggedReward),
    ("reward-lag", "last reward lost", sb3_faces.LaggedAndLostReward),
    ("sign-flipped", "reward", sb3_faces.NegatedReward),
):
    for family_name, base in FAMILIES.items():
        behind = sb3_faces.behind(base, wrapper)
        FAULTS.append(Planted(fault_id, family_name, form_name, sb3_agent(behind)))

FAULTS.extend(
    Planted("autoreset-row-stored", family_name, "next-step taken as same-step", sb3_faces.NaiveFactory(base))
    for family_name, base in FAMILIES.items()
)
