"""A PPO as an outside user would write it: one script, vector environments with next-step autoreset.

It shares no code with the package. ``bug`` turns single lines wrong.
"""

from __future__ import annotations

from dataclasses import dataclass

import gymnasium as gym
import numpy as np
import torch
from torch import nn
from torch.distributions import Categorical

from planted.record import Planted


def layer_init(layer, std=2**0.5):
    nn.init.orthogonal_(layer.weight, std)
    nn.init.constant_(layer.bias, 0.0)
    return layer


class ForeignPPO:
    """No attributes beyond what learning and acting need."""

    def __init__(self, env, setting, bug=""):
        torch.manual_seed(setting.seed)
        self.bug, self.gamma, self.lam = bug, setting.gamma, 0.95
        self.envs = env if isinstance(env, gym.vector.VectorEnv) else gym.vector.SyncVectorEnv([lambda: env])
        self.n = self.envs.num_envs
        self.T = setting.rollout_length or max(8, 128 // self.n)
        space = self.envs.single_observation_space
        size, actions = int(np.prod(space.shape)), int(self.envs.single_action_space.n)
        self.start = int(self.envs.single_action_space.start)
        self.critic = nn.Sequential(
            layer_init(nn.Linear(size, 64)), nn.Tanh(), layer_init(nn.Linear(64, 1), std=1.0)
        )
        self.actor = nn.Sequential(
            layer_init(nn.Linear(size, 64)), nn.Tanh(), layer_init(nn.Linear(64, actions), std=0.01)
        )
        self.parameters = [*self.critic.parameters(), *self.actor.parameters()]
        self.optimizer = torch.optim.Adam(self.parameters, lr=5e-3, eps=1e-5)
        self.obs = torch.tensor(self.envs.reset(seed=setting.seed)[0], dtype=torch.float32).reshape(
            self.n, -1
        )
        self.term = self.trunc = torch.zeros(self.n)
        self.reward_before = torch.zeros(self.n)

    def learn(self, steps):
        for _ in range(max(1, round(steps / (self.T * self.n)))):
            self.iterate()

    def iterate(self):
        T, n, bug = self.T, self.n, self.bug
        obs = torch.zeros(T, n, self.obs.shape[1])
        actions, logprobs, rewards, values = (torch.zeros(T, n) for _ in range(4))
        terms, truncs = torch.zeros(T + 1, n), torch.zeros(T + 1, n)
        for t in range(T):
            if bug != "observation-ignored":
                obs[t] = self.obs
            terms[t], truncs[t] = self.term, self.trunc
            with torch.no_grad():
                dist = Categorical(logits=self.actor(self.obs))
                action = dist.sample()
                values[t] = self.critic(self.obs).flatten()
            actions[t], logprobs[t] = action, dist.log_prob(action)
            next_obs, reward, term, trunc, _ = self.envs.step(action.numpy() + self.start)
            reward = torch.tensor(reward, dtype=torch.float32)
            if bug == "reward-clipped":
                reward = reward.sign()
            rewards[t] = self.reward_before if bug == "reward-lag" else reward
            self.reward_before = reward
            self.obs = torch.tensor(next_obs, dtype=torch.float32).reshape(n, -1)
            self.term, self.trunc = torch.tensor(term).float(), torch.tensor(trunc).float()
        terms[T], truncs[T] = self.term, self.trunc
        with torch.no_grad():
            last_value = self.critic(self.obs).flatten()
            if bug == "stale-last-value":
                last_value = values[-1]
        if bug == "reward-shifted":
            rewards = (rewards - rewards.mean()) / (rewards.std() + 1e-8)
        advantages = self.gae(rewards, torch.cat([values, last_value[None]]), terms, truncs)
        if bug == "returns-from-normalised-advantages":
            advantages = (advantages - advantages.mean()) / (advantages.std() + 1e-8)
        # with next-step autoreset the row after an end only resets: it is not a transition
        real = torch.ones(T, n).bool() if bug == "autoreset-row-stored" else (terms[:T] + truncs[:T]) == 0
        batch = [obs, actions, logprobs, advantages, advantages + values[:T]]
        if bug == "time-env-axes-mixed":
            batch = [x.reshape(n, T, *x.shape[2:]).transpose(0, 1) for x in batch[:3]] + batch[3:]
        batch = [x[real] for x in batch]
        if bug == "arrays-shuffled-apart":
            batch = [x[torch.randperm(len(x))] for x in batch]
        self.update(*batch)

    def gae(self, rewards, values, terms, truncs):
        T, gamma, bug = self.T, self.gamma, self.bug
        ends = torch.clamp(terms + truncs, max=1.0)
        if bug == "truncation-as-termination":
            terms = ends
        if bug == "terminated-and-truncated-bootstraps":
            terms = terms * (1 - truncs)
        if bug == "termination-ignored":
            terms = torch.zeros_like(terms)
        if bug == "done-one-early":
            terms, ends = (torch.cat([x[1:], x[-1:]]) for x in (terms, ends))
        gamma = {"no-discount": 1.0, "discount-exponent": gamma**2}.get(bug, gamma)
        advantages, carry = torch.zeros_like(rewards), 0.0
        for t in reversed(range(T)):
            after = values[t] if bug == "next-observation-is-observation" else values[t + 1]
            delta = rewards[t] + gamma * (1 - terms[t + 1]) * after - values[t]
            if bug == "td-error-masked":
                delta = rewards[t] + (1 - terms[t + 1]) * (gamma * after - values[t])
            going_on = 1.0 if bug == "gae-not-cut" else 1 - ends[t + 1]
            advantages[t] = carry = delta + gamma * self.lam * going_on * carry
        return advantages

    def update(self, obs, actions, logprobs, advantages, returns):
        for _ in range(4):
            for rows in torch.randperm(len(obs)).split(32):
                dist = Categorical(logits=self.actor(obs[rows]))
                ratio = (dist.log_prob(actions[rows]) - logprobs[rows]).exp()
                adv = advantages[rows]
                if len(rows) > 1:
                    adv = (adv - adv.mean()) / (adv.std() + 1e-8)
                if self.bug == "sign-flipped":
                    adv = -adv
                pg_loss = torch.max(-adv * ratio, -adv * ratio.clamp(0.8, 1.2)).mean()
                value = self.critic(obs[rows])
                if self.bug != "loss-broadcast":
                    value = value.view(-1)
                v_loss = 0.5 * ((value - returns[rows]) ** 2).mean()
                loss = pg_loss + 0.5 * v_loss - 0.01 * dist.entropy().mean()
                self.optimizer.zero_grad()
                loss.backward()
                nn.utils.clip_grad_norm_(self.parameters, 0.5)
                self.optimizer.step()

    def _tensor(self, observations):
        return torch.as_tensor(np.asarray(observations), dtype=torch.float32).reshape(len(observations), -1)

    def act(self, observations):
        with torch.no_grad():
            return self.actor(self._tensor(observations)).argmax(-1).numpy() + self.start

    def value(self, observations):
        with torch.no_grad():
            return self.critic(self._tensor(observations)).flatten().numpy()


@dataclass(frozen=True)
class MakeForeignPPO:
    """``make_agent`` for one bug, or for none."""

    bug: str = ""
    actions = frozenset({"discrete"})
    vector = True
    autoreset_modes = ("next_step",)

    @property
    def name(self):
        return f"foreign PPO {self.bug}".strip()

    def __call__(self, env, setting):
        return ForeignPPO(env, setting, self.bug)


BUGS = {
    "no-discount": "gamma is 1",
    "discount-exponent": "squared",
    "truncation-as-termination": "one done flag",
    "termination-ignored": "never masked",
    "done-one-early": "index of the flags",
    "gae-not-cut": "running sum never reset",
    "terminated-and-truncated-bootstraps": "truncated asked first",
    "observation-ignored": "buffer never filled",
    "loss-broadcast": "column minus row",
    "reward-clipped": "sign",
    "reward-shifted": "standardised over the rollout",
    "reward-lag": "stored one row late",
    "sign-flipped": "advantage",
    "autoreset-row-stored": "no mask",
    "next-observation-is-observation": "value of the same row",
    "td-error-masked": "brackets",
    "stale-last-value": "values[-1]",
    "time-env-axes-mixed": "reshape for transpose",
    "arrays-shuffled-apart": "one permutation each",
    "returns-from-normalised-advantages": "two lines exchanged",
}
FAULTS = [Planted(bug, "foreign PPO", form, MakeForeignPPO(bug)) for bug, form in BUGS.items()]
