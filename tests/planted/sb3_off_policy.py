"""Faults planted in DQN and SAC of Stable-Baselines3."""

from __future__ import annotations

import numpy as np
from stable_baselines3 import DQN, SAC
from stable_baselines3.common.buffers import ReplayBuffer

from planted import sb3_faces
from planted.record import Planted
from rlprobe.adapters.sb3 import sb3_agent

FAULTS: list[Planted] = []
FAMILIES = {"SB3 DQN": DQN, "SB3 SAC": SAC}
NETWORKS = {DQN: [32], SAC: {"pi": [], "qf": [64, 64]}}


def in_buffer(fault, form):
    """Register a replay buffer as one form of a fault."""

    def register(buffer):
        for family, algorithm in FAMILIES.items():
            FAULTS.append(Planted(fault, family, form, sb3_agent(algorithm, replay_buffer_class=buffer)))
        return buffer

    return register


def in_algorithm(fault, form):
    """Register a mixin over each algorithm as one form of a fault."""

    def register(mixin):
        for family, algorithm in FAMILIES.items():
            made = type(f"{algorithm.__name__}_{mixin.__name__}", (mixin, algorithm), {})
            FAULTS.append(Planted(fault, family, form, sb3_agent(made)))
        return mixin

    return register


class WrongDiscount:
    """Trains with another discount than the one it tells."""

    def train(self, gradient_steps, batch_size=64):
        told, self.gamma = self.gamma, self.wrong()
        try:
            super().train(gradient_steps, batch_size)
        finally:
            self.gamma = told


@in_algorithm("no-discount", "everywhere")
class NoDiscount(WrongDiscount):
    def wrong(self):
        return 1.0


@in_algorithm("discount-exponent", "squared")
class DiscountSquared(WrongDiscount):
    def wrong(self):
        return self.gamma**2


@in_algorithm("termination-ignored", "bootstraps from the next episode")
class NextEpisode:
    def _store_transition(self, replay_buffer, buffer_action, new_obs, reward, dones, infos):
        bare = [{k: v for k, v in info.items() if k != "terminal_observation"} for info in infos]
        super()._store_transition(replay_buffer, buffer_action, new_obs, reward, np.zeros_like(dones), bare)


@in_buffer("termination-ignored", "bootstraps from the final observation")
class TerminationIgnored(ReplayBuffer):
    def add(self, obs, next_obs, action, reward, done, infos):
        super().add(obs, next_obs, action, reward, np.zeros_like(done), infos)


@in_buffer("done-one-early", "flag of the next row")
class DoneOneEarly(ReplayBuffer):
    def add(self, obs, next_obs, action, reward, done, infos):
        at = self.pos
        super().add(obs, next_obs, action, reward, done, infos)
        for flags in (self.dones, self.timeouts):
            flags[at - 1], flags[at] = flags[at].copy(), 0.0


@in_buffer("reward-clipped", "clip in the buffer")
class ClippedInBuffer(ReplayBuffer):
    def add(self, obs, next_obs, action, reward, done, infos):
        super().add(obs, next_obs, action, np.clip(reward, -1, 1), done, infos)


@in_buffer("next-observation-is-observation", "state not advanced")
class OwnSuccessor(ReplayBuffer):
    def add(self, obs, next_obs, action, reward, done, infos):
        super().add(obs, obs, action, reward, done, infos)


@in_buffer("reward-shifted", "mean of the batch")
class BatchMeanSubtracted(ReplayBuffer):
    def _get_samples(self, batch_inds, env=None):
        samples = super()._get_samples(batch_inds, env)
        return samples._replace(rewards=samples.rewards - samples.rewards.mean())


@in_buffer("loss-broadcast", "rewards as a row")
class RewardsAsRow(ReplayBuffer):
    def _get_samples(self, batch_inds, env=None):
        samples = super()._get_samples(batch_inds, env)
        return samples._replace(rewards=samples.rewards.flatten())


for family_name, base in FAMILIES.items():
    blind = {"features_extractor_class": sb3_faces.NothingSeen, "net_arch": NETWORKS[base]}
    limits = {"handle_timeout_termination": False}
    for fault_id, form_name, make in (
        ("truncation-as-termination", "timeouts not handled", sb3_agent(base, replay_buffer_kwargs=limits)),
        ("observation-ignored", "features lost", sb3_agent(base, policy_kwargs=blind)),
        ("autoreset-row-stored", "next-step taken as same-step", sb3_faces.NaiveFactory(base)),
    ):
        FAULTS.append(Planted(fault_id, family_name, form_name, make))
    for fault_id, form_name, wrapper in (
        ("truncation-bootstraps-reset-observation", "no final observation", sb3_faces.ResetObservation),
        ("terminated-and-truncated-bootstraps", "truncated asked first", sb3_faces.TruncatedFirst),
        ("reward-clipped", "sign", sb3_faces.RewardSign),
        ("reward-shifted", "running mean", sb3_faces.RunningMeanSubtracted),
        ("reward-lag", "across episodes", sb3_faces.LaggedReward),
        ("reward-lag", "last reward lost", sb3_faces.LaggedAndLostReward),
        ("sign-flipped", "reward", sb3_faces.NegatedReward),
    ):
        FAULTS.append(Planted(fault_id, family_name, form_name, sb3_agent(sb3_faces.behind(base, wrapper))))
greedy = sb3_agent(DQN, learning_starts=1, exploration_initial_eps=0.0, exploration_final_eps=0.0)
FAULTS.append(Planted("epsilon-schedule", "SB3 DQN", "greedy from the beginning", greedy))
