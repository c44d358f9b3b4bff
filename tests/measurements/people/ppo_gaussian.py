"""Proximal policy optimisation for continuous actions: a Gaussian policy with a standard deviation of its own."""

import numpy as np
import torch
from torch import nn
from torch.distributions import Normal


class GaussianPPO:
    on_policy, loss, gae_lambda = True, "squared", 0.95

    def __init__(self, env, setting):
        self.env, self.gamma, self.T = env, setting.gamma, 128
        self.rollout_length = self.T
        torch.manual_seed(setting.seed)
        box = env.action_space
        self.shape, self.low, self.high = box.shape, box.low, box.high
        n, d = int(np.prod(env.observation_space.shape)), int(np.prod(box.shape))
        self.mu = nn.Sequential(nn.Linear(n, 32), nn.Tanh(), nn.Linear(32, d))
        self.log_std = nn.Parameter(torch.full((d,), -0.5))
        self.critic = nn.Sequential(nn.Linear(n, 32), nn.Tanh(), nn.Linear(32, 1))
        self.actor_optim = torch.optim.Adam([*self.mu.parameters(), self.log_std], lr=8e-3)
        self.critic_optim = torch.optim.Adam(self.critic.parameters(), lr=1e-2)
        self.obs = self.to(env.reset(seed=setting.seed)[0])
        self.owed, self.n_updates = 0, 0

    def to(self, obs):
        return torch.as_tensor(np.array(obs, np.float32)).ravel()

    def dist(self, obs):
        return Normal(self.mu(obs), self.log_std.exp())

    def scaled(self, action):
        clipped = np.clip(action, -1.0, 1.0).reshape(self.shape)
        return self.low + (clipped + 1.0) * (self.high - self.low) / 2

    def learn(self, steps):
        self.owed += steps
        while self.owed > 0:
            self.collect()
            self.owed -= self.T

    def collect(self):
        obs, act, logp, rew, nxt, term, last = [], [], [], [], [], [], []
        for _ in range(self.T):
            with torch.no_grad():
                pi = self.dist(self.obs)
                action = pi.sample()
                lp = pi.log_prob(action).sum(-1)
            after, reward, terminated, truncated, _ = self.env.step(
                self.scaled(action.numpy()).astype(np.float32)
            )
            after = self.to(after)
            obs.append(self.obs)
            act.append(action)
            logp.append(lp)
            rew.append(float(reward))
            nxt.append(after)
            term.append(float(terminated))
            last.append(float(terminated or truncated))
            self.obs = self.to(self.env.reset()[0]) if terminated or truncated else after
        self.update(torch.stack(obs), torch.stack(act), torch.stack(logp), rew, torch.stack(nxt), term, last)

    def update(self, obs, act, logp_old, rew, nxt, term, last):
        rew, term, last = torch.tensor(rew), torch.tensor(term), torch.tensor(last)
        with torch.no_grad():
            v, v_next = self.critic(obs).squeeze(-1), self.critic(nxt).squeeze(-1)
        delta = rew + self.gamma * (1 - term) * v_next - v
        adv, running = torch.zeros(self.T), 0.0
        for t in reversed(range(self.T)):
            running = delta[t] + self.gamma * self.gae_lambda * (1 - last[t]) * running
            adv[t] = running
        ret = adv + v
        adv = (adv - adv.mean()) / (adv.std() + 1e-8)
        self.n_updates += 1
        for opt, lr in ((self.actor_optim, 8e-3), (self.critic_optim, 1e-2)):
            opt.param_groups[0]["lr"] = lr / (1 + self.n_updates / 15)
        for _ in range(8):
            for i in torch.randperm(self.T).split(32):
                pi = self.dist(obs[i])
                logp = pi.log_prob(act[i]).sum(-1)
                ratio = (logp - logp_old[i]).exp()
                clipped = ratio.clamp(0.8, 1.2) * adv[i]
                actor_loss = -torch.min(ratio * adv[i], clipped).mean() - 0.001 * pi.entropy().sum(-1).mean()
                self.actor_optim.zero_grad()
                actor_loss.backward()
                self.actor_optim.step()
                critic_loss = (self.critic(obs[i]).squeeze(-1) - ret[i]).pow(2).mean()
                self.critic_optim.zero_grad()
                critic_loss.backward()
                self.critic_optim.step()

    def batch(self, observations):
        return torch.as_tensor(np.asarray(observations, np.float32).reshape(len(observations), -1))

    @torch.no_grad()
    def value(self, observations):
        return self.critic(self.batch(observations)).squeeze(-1).numpy()

    @torch.no_grad()
    def act(self, observations):
        return np.stack([self.scaled(a) for a in self.mu(self.batch(observations)).numpy()])


def make_agent(env, setting):
    return GaussianPPO(env, setting)


make_agent.actions = ("continuous",)
