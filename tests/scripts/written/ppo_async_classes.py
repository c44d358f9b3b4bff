import gymnasium as gym
import numpy as np
import torch
import torch.nn as nn
from torch.distributions import Categorical
from torch.optim import Adam


class Memory:
    def __init__(self):
        self.clear()

    def clear(self):
        self.obs, self.act, self.logp, self.rew, self.val, self.term, self.end, self.boot = ([] for _ in range(8))


class Net(nn.Module):
    def __init__(self, obs_dim, n_act):
        super().__init__()
        self.shared = nn.Sequential(nn.Linear(obs_dim, 64), nn.Tanh())
        self.pi = nn.Linear(64, n_act)
        self.v = nn.Linear(64, 1)

    def forward(self, x):
        h = self.shared(x)
        return self.pi(h), self.v(h).squeeze(-1)


class PPO:
    def __init__(self, envs, lr=3e-4, gamma=0.99, lam=0.95, clip=0.2, epochs=4, minibatch=64):
        self.envs, self.gamma, self.lam, self.clip = envs, gamma, lam, clip
        self.epochs, self.minibatch = epochs, minibatch
        self.net = Net(envs.single_observation_space.shape[0], envs.single_action_space.n)
        self.opt = Adam(self.net.parameters(), lr=lr)
        self.memory = Memory()
        self.obs, _ = envs.reset(seed=0)
        self.fresh = np.zeros(envs.num_envs, bool)

    def collect(self, horizon=64):
        m = self.memory
        m.clear()
        for _ in range(horizon):
            obs = torch.as_tensor(self.obs, dtype=torch.float32)
            with torch.no_grad():
                logits, value = self.net(obs)
            dist = Categorical(logits=logits)
            action = dist.sample()
            next_obs, rew, term, trunc, _ = self.envs.step(action.numpy())
            m.obs.append(obs)
            m.act.append(action)
            m.logp.append(dist.log_prob(action))
            m.rew.append(torch.as_tensor(rew, dtype=torch.float32))
            m.val.append(value)
            m.term.append(torch.as_tensor(term, dtype=torch.float32))
            m.end.append(torch.as_tensor(term | trunc, dtype=torch.float32))
            m.boot.append(torch.as_tensor(~self.fresh))
            self.fresh = term | trunc
            self.obs = next_obs

    def update(self):
        m = self.memory
        with torch.no_grad():
            last = self.net(torch.as_tensor(self.obs, dtype=torch.float32))[1]
        vals = m.val + [last]
        adv, carry = [], torch.zeros(self.envs.num_envs)
        for t in reversed(range(len(m.rew))):
            delta = m.rew[t] + self.gamma * vals[t + 1] * (1 - m.term[t]) - vals[t]
            carry = delta + self.gamma * self.lam * (1 - m.end[t]) * carry
            adv.insert(0, carry)
        keep = torch.stack(m.boot).reshape(-1)
        adv = torch.stack(adv).reshape(-1)[keep]
        ret = adv + torch.stack(m.val).reshape(-1)[keep]
        obs = torch.cat(m.obs)[keep]
        act, logp = torch.cat(m.act)[keep], torch.cat(m.logp)[keep]
        for _ in range(self.epochs):
            for idx in torch.randperm(len(obs)).split(self.minibatch):
                logits, value = self.net(obs[idx])
                dist = Categorical(logits=logits)
                ratio = torch.exp(dist.log_prob(act[idx]) - logp[idx])
                a = adv[idx]
                a = (a - a.mean()) / (a.std() + 1e-8) if len(a) > 1 else a
                surrogate = torch.min(ratio * a, ratio.clamp(1 - self.clip, 1 + self.clip) * a)
                loss = -surrogate.mean() + 0.5 * (value - ret[idx]).pow(2).mean() - 0.01 * dist.entropy().mean()
                self.opt.zero_grad()
                loss.backward()
                nn.utils.clip_grad_norm_(self.net.parameters(), 0.5)
                self.opt.step()

    def learn(self, iterations):
        for i in range(iterations):
            self.collect()
            self.update()


if __name__ == "__main__":
    envs = gym.vector.AsyncVectorEnv([lambda: gym.make("MountainCar-v0") for _ in range(8)])
    agent = PPO(envs)
    agent.learn(10_000)
    envs.close()
