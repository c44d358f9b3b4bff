"""Faults planted in the reference DQN."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from torch import nn

from planted.record import Build, Planted
from planted.stored_steps import STEP_FAULTS
from rlprobe.agents.dqn import DQN

FAULTS: list[Planted] = []


def plant(fault, form):
    """Register a subclass of DQN as one form of a fault."""

    def register(agent):
        build = Build(
            agent, f"DQN with {fault}", frozenset({"discrete"}), ("next_step", "same_step", "disabled")
        )
        FAULTS.append(Planted(fault, "DQN", form, build))
        return agent

    return register


class EditedSteps(DQN):
    """Stores what ``edit`` makes of each step."""

    edit = None

    def __init__(self, env, setting):
        super().__init__(env, setting)
        self.memory = {}

    def store(self, step):
        super().store(type(self).edit(self, step))


for fault_id, form_name, edit in STEP_FAULTS:
    plant(fault_id, form_name)(type(f"Edited_{edit.__name__}", (EditedSteps,), {"edit": staticmethod(edit)}))


class WrongDiscount(DQN):
    """Builds its targets with another discount than the one it tells."""

    def wrong(self):
        raise NotImplementedError

    def targets(self, batch):
        told, self.gamma = self.gamma, self.wrong()
        try:
            return super().targets(batch)
        finally:
            self.gamma = told


@plant("no-discount", "everywhere")
class NoDiscount(WrongDiscount):
    def wrong(self):
        return 1.0


@plant("discount-exponent", "squared")
class DiscountSquared(WrongDiscount):
    def wrong(self):
        return self.gamma**2


@plant("discount-exponent", "also on the reward")
class DiscountedReward(DQN):
    def targets(self, batch):
        return super().targets(replace(batch, reward=np.float32(self.gamma) * batch.reward))


@plant("termination-ignored", "bootstraps from the final observation")
class TerminationIgnored(DQN):
    def targets(self, batch):
        return super().targets(replace(batch, terminated=np.zeros_like(batch.terminated)))


@plant("termination-ignored", "bootstraps from the next episode")
class TerminationIgnoredAcross(DQN):
    def store(self, step):
        after = np.where(step.done[:, None], self.stream.observation, step.next_observation)
        super().store(replace(step, next_observation=after, terminated=np.zeros_like(step.terminated)))


@plant("done-one-early", "flag of the next row")
class DoneOneEarly(DQN):
    pending = None

    def store(self, step):
        if self.pending is not None:
            super().store(replace(self.pending, terminated=step.terminated))
        self.pending = step


@plant("done-one-early", "flag of the next row, successor in row order")
class DoneOneEarlyInRowOrder(DQN):
    pending = None

    def store(self, step):
        if self.pending is not None:
            super().store(
                replace(self.pending, terminated=step.terminated, next_observation=step.observation)
            )
        self.pending = step


class Nothing(nn.Module):
    """Zeros of the same shape."""

    def forward(self, observations):
        return observations * 0


@plant("observation-ignored", "input lost")
class Blind(DQN):
    def __init__(self, env, setting):
        super().__init__(env, setting)
        self.network.insert(0, Nothing())
        self.target.insert(0, Nothing())


@plant("loss-broadcast", "column minus row")
class Broadcast(DQN):
    def critic_loss(self, predicted, target):
        return ((predicted[:, None] - target) ** 2).mean()


@plant("reward-shifted", "mean of the batch")
class BatchMeanSubtracted(DQN):
    def targets(self, batch):
        return super().targets(replace(batch, reward=batch.reward - batch.reward.mean()))


@plant("sign-flipped", "takes the least value")
class LeastValue(DQN):
    def explore(self, observations):
        random = self.random.integers(self.actions, size=len(observations))
        least = self.network_values(observations).argmin(axis=1)
        return np.where(self.random.random(len(least)) < self.options.epsilon, random, least)

    def act(self, observations):
        return self.q_values(observations).argmin(axis=1) + self.start


@plant("sign-flipped", "critic loss")
class CriticSign(DQN):
    def critic_loss(self, predicted, target):
        return -super().critic_loss(predicted, target)


@plant("epsilon-schedule", "greedy from the beginning")
class GreedyFromTheBeginning(DQN):
    def explore(self, observations):
        return self.network_values(observations).argmax(axis=1)
