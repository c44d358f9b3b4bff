"""Proximal policy optimisation in one class, with Python lists for a rollout of one environment."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn


class ActorCritic(nn.Module):
    def __init__(self, inputs, actions):
        super().__init__()
        self.pi = nn.Sequential(nn.Linear(inputs, 32), nn.ReLU(), nn.Linear(32, actions))
        self.v = nn.Sequential(nn.Linear(inputs, 32), nn.ReLU(), nn.Linear(32, 1))


class Agent:
    on_policy, loss, gae_lambda = True, "squared", 0.9

    def __init__(self, env, setting):
        self.env, self.gamma, self.horizon = env, setting.gamma, 100
        self.rollout_length = self.horizon
        torch.manual_seed(setting.seed)
        self.first = int(env.action_space.start)
        self.net = ActorCritic(int(np.prod(env.observation_space.shape)), int(env.action_space.n))
        self.optimizer = torch.optim.Adam(self.net.parameters(), lr=5e-3)
        self.state = self.flat(env.reset(seed=setting.seed)[0])
        self.credit, self.rounds = 0, 0

    def flat(self, observation):
        return torch.as_tensor(np.array(observation, dtype=np.float32).ravel())

    def learn(self, steps):
        self.credit += steps
        while self.credit > 0:
            self.train_net(self.rollout())
            self.credit -= self.horizon

    def rollout(self):
        memory = []
        for _ in range(self.horizon):
            with torch.no_grad():
                pi = torch.distributions.Categorical(logits=self.net.pi(self.state))
                action = pi.sample()
                logp = pi.log_prob(action)
            obs, reward, terminated, truncated, _ = self.env.step(self.first + action.item())
            after = self.flat(obs)
            memory.append((self.state, action, logp, reward, after, terminated, truncated))
            self.state = after
            if terminated or truncated:
                self.state = self.flat(self.env.reset()[0])
        return memory

    def train_net(self, memory):
        s, a, old, r, s2, term, trunc = zip(*memory)
        s, a, old, s2 = torch.stack(s), torch.stack(a), torch.stack(old), torch.stack(s2)
        with torch.no_grad():
            v, v2 = self.net.v(s)[:, 0].numpy(), self.net.v(s2)[:, 0].numpy()
        gae, advantage = 0.0, np.zeros(len(r), dtype=np.float32)
        for i in range(len(r) - 1, -1, -1):
            alive = 1.0 - term[i]
            delta = r[i] + self.gamma * v2[i] * alive - v[i]
            cut = 1.0 - (term[i] or trunc[i])
            gae = delta + self.gamma * self.gae_lambda * cut * gae
            advantage[i] = gae
        target = torch.as_tensor(advantage + v)
        advantage = torch.as_tensor(advantage)
        normed = (advantage - advantage.mean()) / (advantage.std() + 1e-6)
        self.rounds += 1
        for group in self.optimizer.param_groups:
            group["lr"] = 5e-3 / (1 + self.rounds / 20)
        for _ in range(8):
            for idx in torch.randperm(len(r)).chunk(4):
                pi = torch.distributions.Categorical(logits=self.net.pi(s[idx]))
                ratio = torch.exp(pi.log_prob(a[idx]) - old[idx])
                surr1 = ratio * normed[idx]
                surr2 = torch.clamp(ratio, 0.8, 1.2) * normed[idx]
                policy_loss = -torch.min(surr1, surr2).mean()
                value_loss = F.mse_loss(self.net.v(s[idx]).squeeze(-1), target[idx])
                loss = policy_loss + value_loss - 0.001 * pi.entropy().mean()
                self.optimizer.zero_grad()
                loss.backward()
                self.optimizer.step()

    def rows(self, observations):
        return torch.as_tensor(np.asarray(observations, np.float32).reshape(len(observations), -1))

    @torch.no_grad()
    def value(self, observations):
        return self.net.v(self.rows(observations))[:, 0].numpy()

    @torch.no_grad()
    def act(self, observations):
        return self.first + self.net.pi(self.rows(observations)).argmax(-1).numpy()


def make_agent(env, setting):
    return Agent(env, setting)


make_agent.actions = ("discrete",)
