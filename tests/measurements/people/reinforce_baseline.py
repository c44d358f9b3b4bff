"""Policy gradient on whole episodes, with a network for the baseline."""

import numpy as np
import torch
from torch import nn


class Reinforce:
    on_policy, loss, gae_lambda = True, "squared", 1.0

    def __init__(self, env, setting):
        self.env, self.gamma = env, setting.gamma
        torch.manual_seed(setting.seed)
        size, self.low = int(np.prod(env.observation_space.shape)), int(env.action_space.start)
        self.policy = nn.Sequential(nn.Linear(size, 32), nn.Tanh(), nn.Linear(32, int(env.action_space.n)))
        self.baseline = nn.Sequential(nn.Linear(size, 32), nn.Tanh(), nn.Linear(32, 1))
        self.policy_optimizer = torch.optim.Adam(self.policy.parameters(), lr=1e-2)
        self.baseline_optimizer = torch.optim.Adam(self.baseline.parameters(), lr=1e-2)
        self.debt, self.episodes, self.waiting = 0, 0, []

    def learn(self, steps):
        self.debt += steps
        while self.debt > 0:
            observations, actions, rewards = self.play()
            self.debt -= len(rewards)
            self.waiting.append((observations, actions, self.discounted(rewards)))
            if len(self.waiting) == 8:
                self.update()
                self.waiting = []

    def play(self):
        observations, actions, rewards = [], [], []
        observation, _ = self.env.reset()
        done = False
        while not done:
            x = torch.as_tensor(np.array(observation, dtype=np.float32).ravel())
            with torch.no_grad():
                action = torch.distributions.Categorical(logits=self.policy(x)).sample().item()
            observations.append(x)
            actions.append(action)
            observation, reward, terminated, truncated, _ = self.env.step(self.low + action)
            rewards.append(float(reward))
            done = terminated or truncated
        return observations, actions, rewards

    def discounted(self, rewards):
        returns, g = [], 0.0
        for r in rewards[::-1]:
            g = r + self.gamma * g
            returns.append(g)
        return returns[::-1]

    def update(self):
        x = torch.stack([o for os, _, _ in self.waiting for o in os])
        a = torch.as_tensor([a for _, actions, _ in self.waiting for a in actions])
        g = torch.as_tensor([g for _, _, gs in self.waiting for g in gs], dtype=torch.float32)
        self.episodes += 8
        for optimizer in (self.policy_optimizer, self.baseline_optimizer):
            optimizer.param_groups[0]["lr"] = 1e-2 / (1 + self.episodes / 400)
        for _ in range(4):
            baseline_loss = (self.baseline(x).squeeze(-1) - g).pow(2).mean()
            self.baseline_optimizer.zero_grad()
            baseline_loss.backward()
            self.baseline_optimizer.step()
        advantage = g - self.baseline(x).squeeze(-1).detach()
        log_prob = torch.distributions.Categorical(logits=self.policy(x)).log_prob(a)
        policy_loss = -(log_prob * advantage).mean()
        self.policy_optimizer.zero_grad()
        policy_loss.backward()
        self.policy_optimizer.step()

    def matrix(self, observations):
        return torch.as_tensor(np.asarray(observations, np.float32).reshape(len(observations), -1))

    @torch.no_grad()
    def value(self, observations):
        return self.baseline(self.matrix(observations))[:, 0].numpy()

    @torch.no_grad()
    def act(self, observations):
        return self.low + self.policy(self.matrix(observations)).argmax(-1).numpy()


def make_agent(env, setting):
    return Reinforce(env, setting)


make_agent.actions = ("discrete",)
