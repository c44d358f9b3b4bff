"""Faults planted in the reference PPO."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from torch import nn

from planted.record import Build, Planted
from planted.stored_steps import STEP_FAULTS
from rlprobe.agents.ppo import PPO
from rlprobe.checks.gae import gae

FAULTS: list[Planted] = []


def plant(fault, form):
    """Register a subclass of PPO as one form of a fault."""

    def register(agent):
        modes = ("next_step", "same_step", "disabled")
        build = Build(agent, f"PPO with {fault}", frozenset({"discrete", "continuous"}), modes)
        FAULTS.append(Planted(fault, "PPO", form, build))
        return agent

    return register


def in_row_order(value, next_value):
    """The value of the row stored next, whichever episode it belongs to."""
    return np.concatenate([value[1:], next_value[-1:]])


def trace(reward, value, next_value, *, mask, cut, gamma, lam):
    """The advantage recursion with a mask of the bootstrap and a cut of the trace of one's own."""
    delta = reward + gamma * mask * next_value - value
    advantage, carry = np.zeros_like(delta), np.zeros_like(delta[0])
    for t in reversed(range(len(delta))):
        carry = advantage[t] = delta[t] + gamma * lam * cut[t] * carry
    return advantage


class EditedSteps(PPO):
    """Stores what ``edit`` makes of each step."""

    edit = None

    def __init__(self, env, setting):
        super().__init__(env, setting)
        self.memory = {}

    def store(self, rows, step):
        rows.append(type(self).edit(self, step))


for fault_id, form_name, edit in STEP_FAULTS:
    plant(fault_id, form_name)(type(f"Edited_{edit.__name__}", (EditedSteps,), {"edit": staticmethod(edit)}))


@plant("no-discount", "everywhere")
class NoDiscount(PPO):
    def advantages(self, rollout, value, next_value):
        return gae(
            rollout.reward,
            rollout.terminated,
            rollout.done,
            value,
            next_value,
            gamma=1.0,
            lam=self.gae_lambda,
        )


@plant("no-discount", "bootstrap only")
class NoDiscountInBootstrap(PPO):
    def advantages(self, rollout, value, next_value):
        return gae(
            rollout.reward,
            rollout.terminated,
            rollout.done,
            value,
            next_value / self.gamma,
            gamma=self.gamma,
            lam=self.gae_lambda,
        )


@plant("discount-exponent", "squared")
class DiscountSquared(PPO):
    def advantages(self, rollout, value, next_value):
        return gae(
            rollout.reward,
            rollout.terminated,
            rollout.done,
            value,
            next_value,
            gamma=self.gamma**2,
            lam=self.gae_lambda,
        )


@plant("discount-exponent", "squared in the bootstrap only")
class DiscountSquaredInBootstrap(PPO):
    def advantages(self, rollout, value, next_value):
        return gae(
            rollout.reward,
            rollout.terminated,
            rollout.done,
            value,
            self.gamma * next_value,
            gamma=self.gamma,
            lam=self.gae_lambda,
        )


@plant("discount-exponent", "also on the reward")
class DiscountedReward(PPO):
    def advantages(self, rollout, value, next_value):
        return gae(
            np.float32(self.gamma) * rollout.reward,
            rollout.terminated,
            rollout.done,
            value,
            next_value,
            gamma=self.gamma,
            lam=self.gae_lambda,
        )


@plant("termination-ignored", "bootstraps from the final observation")
class TerminationIgnored(PPO):
    def advantages(self, rollout, value, next_value):
        never = np.ones_like(value)
        return trace(
            rollout.reward,
            value,
            next_value,
            mask=never,
            cut=~rollout.done,
            gamma=self.gamma,
            lam=self.gae_lambda,
        )


@plant("termination-ignored", "bootstraps from the next episode")
class TerminationIgnoredAcross(PPO):
    def advantages(self, rollout, value, next_value):
        return trace(
            rollout.reward,
            value,
            np.where(rollout.done, in_row_order(value, next_value), next_value),
            mask=np.ones_like(value),
            cut=~rollout.done,
            gamma=self.gamma,
            lam=self.gae_lambda,
        )


@plant("done-one-early", "index in the loop")
class DoneOneEarly(PPO):
    def advantages(self, rollout, value, next_value):
        early = 1.0 - np.concatenate([rollout.done[1:], rollout.done[-1:]]).astype(np.float32)
        return trace(
            rollout.reward,
            value,
            in_row_order(value, next_value),
            mask=early,
            cut=early,
            gamma=self.gamma,
            lam=self.gae_lambda,
        )


@plant("gae-not-cut", "running sum never reset")
class GaeNotCut(PPO):
    def advantages(self, rollout, value, next_value):
        return trace(
            rollout.reward,
            value,
            next_value,
            mask=~rollout.terminated,
            cut=np.ones_like(value),
            gamma=self.gamma,
            lam=self.gae_lambda,
        )


class Nothing(nn.Module):
    """Zeros of the same shape."""

    def forward(self, observations):
        return observations * 0


@plant("observation-ignored", "actor and critic")
class Blind(PPO):
    def __init__(self, env, setting):
        super().__init__(env, setting)
        self.actor, self.critic = nn.Sequential(Nothing(), self.actor), nn.Sequential(Nothing(), self.critic)


@plant("observation-ignored", "critic only")
class BlindCritic(PPO):
    def __init__(self, env, setting):
        super().__init__(env, setting)
        self.critic = nn.Sequential(Nothing(), self.critic)


@plant("loss-broadcast", "column minus row")
class Broadcast(PPO):
    def critic_loss(self, predicted, target):
        return ((predicted[:, None] - target) ** 2).mean()


@plant("reward-shifted", "mean of the rollout")
class RolloutMeanSubtracted(PPO):
    def advantages(self, rollout, value, next_value):
        shifted = replace(rollout, reward=rollout.reward - rollout.reward[rollout.real].mean())
        return super().advantages(shifted, value, next_value)


@plant("sign-flipped", "policy loss")
class PolicySign(PPO):
    def actor_loss(self, batch):
        return super().actor_loss({**batch, "advantage": -batch["advantage"]})


@plant("sign-flipped", "critic loss")
class CriticSign(PPO):
    def critic_loss(self, predicted, target):
        return -torch.nn.functional.mse_loss(predicted, target)
