"""Twin delayed deep deterministic policy gradient in one loop."""

import copy

import numpy as np
import torch
from torch import nn


class Actor(nn.Module):
    def __init__(self, s, a):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(s, 48), nn.ReLU(), nn.Linear(48, a), nn.Tanh())

    def forward(self, s):
        return self.net(s)


class Critic(nn.Module):
    def __init__(self, s, a):
        super().__init__()
        self.one = nn.Sequential(nn.Linear(s + a, 48), nn.ReLU(), nn.Linear(48, 1))
        self.two = nn.Sequential(nn.Linear(s + a, 48), nn.ReLU(), nn.Linear(48, 1))

    def forward(self, s, a):
        sa = torch.cat([s, a], -1)
        return self.one(sa).squeeze(-1), self.two(sa).squeeze(-1)


class TD3:
    on_policy, loss = False, "squared"

    def __init__(self, env, setting):
        self.env, self.discount = env, setting.gamma
        self.gamma = setting.gamma
        torch.manual_seed(setting.seed)
        self.rng = np.random.default_rng(setting.seed)
        box = env.action_space
        self.centre, self.half = (box.high + box.low) / 2, (box.high - box.low) / 2
        s, self.na = int(np.prod(env.observation_space.shape)), int(np.prod(box.shape))
        self.actor, self.critic = Actor(s, self.na), Critic(s, self.na)
        self.actor_target, self.critic_target = copy.deepcopy(self.actor), copy.deepcopy(self.critic)
        self.actor_optimizer = torch.optim.Adam(self.actor.parameters(), lr=2e-3)
        self.critic_optimizer = torch.optim.Adam(self.critic.parameters(), lr=4e-3)
        self.buffer, self.state, self.total_it = [], None, 0

    def learn(self, steps):
        for _ in range(steps):
            if self.state is None:
                self.state = np.array(self.env.reset()[0], np.float32).ravel()
            if len(self.buffer) < 150:
                action = self.rng.uniform(-1, 1, self.na)
            else:
                with torch.no_grad():
                    action = self.actor(torch.as_tensor(self.state)).numpy()
                action = np.clip(action + self.rng.normal(0, 0.3, self.na), -1, 1)
            real = self.centre + self.half * action.reshape(self.half.shape)
            obs, reward, terminated, truncated, _ = self.env.step(real.astype(np.float32))
            obs = np.array(obs, np.float32).ravel()
            not_done = 1.0 - float(terminated)
            self.buffer.append(
                (self.state, action.astype(np.float32), obs, np.float32(reward), np.float32(not_done))
            )
            self.state = None if terminated or truncated else obs
            if len(self.buffer) > 64:
                self.train()

    def train(self):
        self.total_it += 1
        rows = [self.buffer[i] for i in self.rng.integers(len(self.buffer), size=64)]
        state, action, next_state, reward, not_done = (torch.as_tensor(np.array(c)) for c in zip(*rows))
        with torch.no_grad():
            noise = (torch.randn_like(action) * 0.1).clamp(-0.2, 0.2)
            next_action = (self.actor_target(next_state) + noise).clamp(-1, 1)
            target_q1, target_q2 = self.critic_target(next_state, next_action)
            target_q = reward + not_done * self.discount * torch.min(target_q1, target_q2)
        q1, q2 = self.critic(state, action)
        critic_loss = nn.functional.mse_loss(q1, target_q) + nn.functional.mse_loss(q2, target_q)
        self.critic_optimizer.zero_grad()
        critic_loss.backward()
        self.critic_optimizer.step()
        for group in self.critic_optimizer.param_groups:
            group["lr"] = 4e-3 / (1 + self.total_it / 1500)
        if self.total_it % 2 == 0:
            actor_loss = -self.critic(state, self.actor(state))[0].mean()
            self.actor_optimizer.zero_grad()
            actor_loss.backward()
            self.actor_optimizer.step()
            self.sync(self.critic, self.critic_target)
            self.sync(self.actor, self.actor_target)

    def sync(self, source, target, tau=0.05):
        for param, target_param in zip(source.parameters(), target.parameters()):
            target_param.data.copy_(tau * param.data + (1 - tau) * target_param.data)

    def tensor(self, observations):
        return torch.as_tensor(np.asarray(observations, np.float32).reshape(len(observations), -1))

    @torch.no_grad()
    def value(self, observations):
        s = self.tensor(observations)
        return self.critic(s, self.actor(s))[0].numpy()

    @torch.no_grad()
    def act(self, observations):
        a = self.actor(self.tensor(observations)).numpy()
        return np.stack([self.centre + self.half * one.reshape(self.half.shape) for one in a])


def make_agent(env, setting):
    return TD3(env, setting)


make_agent.actions = ("continuous",)
