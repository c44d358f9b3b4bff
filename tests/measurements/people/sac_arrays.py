"""Soft actor-critic with twin critics, a small fixed entropy weight and NumPy arrays for replay."""

import copy

import numpy as np
import torch
from torch import nn


def mlp(inputs, outputs):
    return nn.Sequential(
        nn.Linear(inputs, 48), nn.ReLU(), nn.Linear(48, 48), nn.ReLU(), nn.Linear(48, outputs)
    )


class SAC:
    on_policy, loss = False, "squared"

    def __init__(self, env, setting):
        self.env, self.gamma, self.alpha = env, setting.gamma, 0.002
        torch.manual_seed(setting.seed)
        self.rng = np.random.default_rng(setting.seed)
        self.low, self.high = np.asarray(env.action_space.low), np.asarray(env.action_space.high)
        size, self.dims = int(np.prod(env.observation_space.shape)), int(np.prod(env.action_space.shape))
        self.actor = mlp(size, 2 * self.dims)
        self.q1, self.q2 = mlp(size + self.dims, 1), mlp(size + self.dims, 1)
        self.q1_target, self.q2_target = copy.deepcopy(self.q1), copy.deepcopy(self.q2)
        self.actor_opt = torch.optim.Adam(self.actor.parameters(), lr=3e-3)
        self.critic_opt = torch.optim.Adam([*self.q1.parameters(), *self.q2.parameters()], lr=3e-3)
        self.storage, self.observation, self.t = [], None, 0

    def sample(self, states):
        mean, log_std = self.actor(states).chunk(2, dim=-1)
        normal = torch.distributions.Normal(mean, log_std.clamp(-5, 1).exp())
        u = normal.rsample()
        a = torch.tanh(u)
        log_prob = normal.log_prob(u) - torch.log(1 - a.pow(2) + 1e-6)
        return a, log_prob.sum(-1)

    def scale(self, a):
        return self.low + (a.reshape(self.low.shape) + 1) / 2 * (self.high - self.low)

    def learn(self, steps):
        for _ in range(steps):
            if self.observation is None:
                self.observation = np.array(self.env.reset()[0], np.float32).ravel()
            if self.t < 100:
                a = self.rng.uniform(-1, 1, self.dims).astype(np.float32)
            else:
                with torch.no_grad():
                    a = self.sample(torch.as_tensor(self.observation)[None])[0][0].numpy()
            obs, r, terminated, truncated, _ = self.env.step(self.scale(a).astype(np.float32))
            obs = np.array(obs, np.float32).ravel()
            self.storage.append((self.observation, a, np.float32(r), obs, np.float32(terminated)))
            self.observation = None if terminated or truncated else obs
            self.t += 1
            if self.t > 64:
                self.update()

    def update(self):
        picked = self.rng.integers(len(self.storage), size=64)
        s, a, r, s2, d = (torch.as_tensor(np.array(x)) for x in zip(*[self.storage[i] for i in picked]))
        with torch.no_grad():
            a2, logp2 = self.sample(s2)
            pair = torch.cat([s2, a2], 1)
            next_q = torch.min(self.q1_target(pair), self.q2_target(pair)).squeeze(1)
            y = r + self.gamma * (1 - d) * (next_q - self.alpha * logp2)
        now = torch.cat([s, a], 1)
        critic_loss = (self.q1(now).squeeze(1) - y).pow(2).mean() + (self.q2(now).squeeze(1) - y).pow(
            2
        ).mean()
        self.critic_opt.zero_grad()
        critic_loss.backward()
        self.critic_opt.step()
        new, logp = self.sample(s)
        pair = torch.cat([s, new], 1)
        actor_loss = (self.alpha * logp - torch.min(self.q1(pair), self.q2(pair)).squeeze(1)).mean()
        self.actor_opt.zero_grad()
        actor_loss.backward()
        self.actor_opt.step()
        for net, target in ((self.q1, self.q1_target), (self.q2, self.q2_target)):
            for p, tp in zip(net.parameters(), target.parameters()):
                tp.data.copy_(0.05 * p.data + 0.95 * tp.data)
        for opt in (self.actor_opt, self.critic_opt):
            opt.param_groups[0]["lr"] = 3e-3 / (1 + self.t / 1000)

    def batch(self, observations):
        return torch.as_tensor(np.asarray(observations, np.float32).reshape(len(observations), -1))

    @torch.no_grad()
    def value(self, observations):
        x = self.batch(observations)
        a = torch.tanh(self.actor(x).chunk(2, -1)[0])
        return torch.min(self.q1(torch.cat([x, a], 1)), self.q2(torch.cat([x, a], 1)))[:, 0].numpy()

    @torch.no_grad()
    def act(self, observations):
        a = torch.tanh(self.actor(self.batch(observations)).chunk(2, -1)[0]).numpy()
        return np.stack([self.scale(one) for one in a])


def make_agent(env, setting):
    return SAC(env, setting)


make_agent.actions = ("continuous",)
