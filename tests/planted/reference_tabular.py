"""Faults planted in tabular Q-learning and SARSA."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from planted.record import Build, Planted
from rlprobe.agents.tabular import QLearning, Sarsa

FAULTS: list[Planted] = []


def plant(fault, form, *, both=True):
    """Register a mixin over Q-learning, and over SARSA as well if ``both``, as one form of a fault."""

    def register(mixin):
        for family, agent in {"Q-learning": QLearning, **({"SARSA": Sarsa} if both else {})}.items():
            made = type(f"{agent.__name__}_{mixin.__name__}", (mixin, agent), {})
            FAULTS.append(Planted(fault, family, form, Build(made, f"{family} with {fault}")))
        return mixin

    return register


class Edited:
    """Updates on what ``edit`` makes of each transition."""

    def update(self, step, next_action):
        super().update(self.edit(step), next_action)


class WrongDiscount:
    """Builds its targets with another discount than the one it tells."""

    def target(self, step, next_action):
        told, self.gamma = self.gamma, self.wrong()
        try:
            return super().target(step, next_action)
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


@plant("truncation-as-termination", "terminated or truncated")
class TruncationAsTermination(Edited):
    def edit(self, step):
        return replace(step, terminated=step.terminated or step.truncated)


@plant("termination-ignored", "bootstraps from the final observation")
class TerminationIgnored(Edited):
    def edit(self, step):
        return replace(step, terminated=False)


@plant("terminated-and-truncated-bootstraps", "truncated asked first")
class BothFlags(Edited):
    def edit(self, step):
        return replace(step, terminated=step.terminated and not step.truncated)


@plant("done-one-early", "flag of the next row", both=False)
class DoneOneEarly:
    pending = None

    def update(self, step, next_action):
        if self.pending is not None:
            super().update(replace(self.pending, terminated=step.terminated), next_action)
        self.pending = step


@plant("truncation-bootstraps-reset-observation", "what the next row shows", both=False)
class ResetObservation:
    pending = None

    def update(self, step, next_action):
        late = self.pending
        if late is not None:
            cut = late.truncated and not late.terminated
            after = step.observation if cut else late.next_observation
            super().update(replace(late, next_observation=after), next_action)
        self.pending = step


@plant("last-step-dropped", "left the loop before the update", both=False)
class LastStepDropped:
    def update(self, step, next_action):
        if not (step.terminated or step.truncated):
            super().update(step, next_action)


@plant("done-mask-inverted", "done for not done", both=False)
class InvertedMask(Edited):
    def edit(self, step):
        return replace(step, terminated=not step.terminated)


@plant("observation-ignored", "one key for all")
class Blind:
    def key(self, observation):
        return b""


@plant("reward-clipped", "clip")
class ClippedReward(Edited):
    def edit(self, step):
        return replace(step, reward=float(np.clip(step.reward, -1, 1)))


@plant("reward-clipped", "sign")
class RewardSign(Edited):
    def edit(self, step):
        return replace(step, reward=float(np.sign(step.reward)))


@plant("reward-shifted", "running mean")
class RunningMean(Edited):
    total, count = 0.0, 0

    def edit(self, step):
        self.total, self.count = self.total + step.reward, self.count + 1
        return replace(step, reward=step.reward - self.total / self.count)


@plant("reward-lag", "across episodes")
class Lagged(Edited):
    last = 0.0

    def edit(self, step):
        late, self.last = self.last, step.reward
        return replace(step, reward=late)


@plant("reward-lag", "last reward lost")
class LaggedAndLost(Edited):
    last = 0.0

    def edit(self, step):
        late, self.last = self.last, 0.0 if step.terminated or step.truncated else step.reward
        return replace(step, reward=late)


@plant("sign-flipped", "reward")
class NegatedReward(Edited):
    def edit(self, step):
        return replace(step, reward=-step.reward)


@plant("sign-flipped", "takes the least value")
class LeastValue:
    def explore(self, observation):
        if self.random.random() < self.epsilon:
            return int(self.random.integers(self.actions))
        return int(self.row(observation).argmin())

    def act(self, observations):
        return self.q_values(observations).argmin(axis=1) + self.start


@plant("next-observation-is-observation", "state not advanced", both=False)
class OwnSuccessor(Edited):
    def edit(self, step):
        return replace(step, next_observation=step.observation)


@plant("wrong-max", "mean of the actions", both=False)
class MeanOfActions:
    def target(self, step, next_action):
        after = float(self.row(step.next_observation).mean())
        return step.reward + self.gamma * (not step.terminated) * after


@plant("wrong-max", "best action of the state before", both=False)
class BestBefore:
    def target(self, step, next_action):
        chosen = int(self.row(step.observation).argmax())
        after = self.row(step.next_observation)[chosen]
        return step.reward + self.gamma * (not step.terminated) * float(after)


@plant("epsilon-schedule", "greedy from the beginning")
class GreedyFromTheBeginning:
    def __init__(self, env, setting):
        super().__init__(env, setting, epsilon=0.0)


@plant("reward-rescaled", "divided by a running deviation", both=False)
class RunningScale(Edited):
    total, count = 0.0, 0

    def edit(self, step):
        self.total, self.count = self.total + step.reward**2, self.count + 1
        return replace(step, reward=step.reward / (self.total / self.count + 1e-4) ** 0.5)
