"""A policy gradient with GAE, in the style of Spinning Up: an actor-critic, a buffer, two optimizers."""
import argparse

import gymnasium as gym
import numpy as np
import torch
import torch.nn as nn
from torch.distributions.categorical import Categorical
from torch.optim import Adam
from torch.optim.lr_scheduler import LambdaLR

parser = argparse.ArgumentParser()
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--epochs", type=int, default=30)
parser.add_argument("--fault", default="")
args = parser.parse_args()
fault = args.fault
GAMMA, LAM, STEPS, TRAIN_V = 0.99, 0.97, 500, 20


def mlp(sizes, activation=nn.Tanh):
    layers = []
    for j in range(len(sizes) - 1):
        act = activation if j < len(sizes) - 2 else nn.Identity
        layers += [nn.Linear(sizes[j], sizes[j + 1]), act()]
    return nn.Sequential(*layers)


def discount_cumsum(x, discount):
    out, running = np.zeros(len(x), np.float32), 0.0
    order = range(len(x)) if fault == "returns-run-forwards" else reversed(range(len(x)))
    for t in order:
        running = x[t] + discount * running
        out[t] = running
    return out


class MLPActorCritic(nn.Module):
    def __init__(self, obs_dim, act_dim):
        super().__init__()
        self.pi = mlp([obs_dim, 64, 64, act_dim])
        self.v = mlp([obs_dim, 64, 64, 1])

    def distribution(self, obs):
        logits = self.pi(obs)
        if fault == "softmax-before-logits":
            logits = torch.softmax(logits, -1)
        return Categorical(logits=logits)

    def step(self, obs):
        with torch.no_grad():
            dist = self.distribution(obs)
            a = dist.sample()
            return a.item(), self.v(obs).item(), dist.log_prob(a).item()


class VPGBuffer:
    def __init__(self, obs_dim, size):
        self.obs = np.zeros((size, obs_dim), np.float32)
        self.act, self.rew, self.val = (np.zeros(size, np.float32) for _ in range(3))
        self.adv, self.ret = np.zeros(size, np.float32), np.zeros(size, np.float32)
        self.ptr, self.start = 0, 0

    def store(self, obs, act, rew, val):
        self.obs[self.ptr], self.act[self.ptr], self.rew[self.ptr], self.val[self.ptr] = obs, act, rew, val
        self.ptr += 1

    def finish_path(self, last_val=0.0):
        path = slice(self.start, self.ptr)
        rews, vals = np.append(self.rew[path], last_val), np.append(self.val[path], last_val)
        deltas = rews[:-1] + GAMMA * vals[1:] - vals[:-1]
        self.adv[path] = discount_cumsum(deltas, GAMMA * LAM)
        self.ret[path] = discount_cumsum(rews, GAMMA)[:-1]
        self.start = self.ptr

    def get(self):
        self.ptr, self.start = 0, 0
        adv = (self.adv - self.adv.mean()) / (self.adv.std() + 1e-8)
        return [torch.as_tensor(x) for x in (self.obs, self.act, self.ret, adv)]


torch.manual_seed(args.seed)
np.random.seed(args.seed)
torch.set_num_threads(1)
env = gym.make("CartPole-v1")
ac = MLPActorCritic(env.observation_space.shape[0], int(env.action_space.n))
if fault == "critic-left-frozen":
    for p in ac.v.parameters():
        p.requires_grad = False
pi_optimizer = Adam(ac.pi.parameters(), lr=1e-5 / 3 if fault == "rate-of-another-task" else 3e-3)
vf_optimizer = Adam((ac.pi if fault == "copied-optimizer-line" else ac.v).parameters(), lr=1e-3)
rate = (lambda e: 1 // (e + 1)) if fault == "whole-number-schedule" else (lambda e: 1 - e / (2 * args.epochs))
scheduler = LambdaLR(pi_optimizer, rate)
buf = VPGBuffer(env.observation_space.shape[0], STEPS)
o, _ = env.reset(seed=args.seed)
ep_ret, returns = 0, []
for epoch in range(args.epochs):
    if fault == "seed-in-the-epoch":
        torch.manual_seed(args.seed)
    for t in range(STEPS):
        a, v, logp = ac.step(torch.as_tensor(o, dtype=torch.float32))
        next_o, r, terminated, truncated, _ = env.step(a)
        ep_ret += r
        buf.store(o, a, r, v)
        o = next_o
        if terminated or truncated or t == STEPS - 1:
            last = 0.0 if terminated else ac.v(torch.as_tensor(o, dtype=torch.float32)).item()
            buf.finish_path(last)
            if terminated or truncated:
                returns.append(ep_ret)
            o, _ = env.reset()
            ep_ret = 0
    obs, act, ret, adv = buf.get()
    if fault == "actions-of-another-order":
        act = act[torch.randperm(len(act))]
    pi_optimizer.zero_grad()
    loss_pi = -(ac.distribution(obs).log_prob(act) * adv).mean()
    if fault == "sign-of-the-policy-loss":
        loss_pi = -loss_pi
    loss_pi.backward()
    pi_optimizer.step()
    scheduler.step()
    for _ in range(TRAIN_V):
        vf_optimizer.zero_grad()
        values = ac.v(obs) if fault == "value-shape-broadcasts" else ac.v(obs).squeeze(-1)
        loss_v = ((values - ret) ** 2).mean()
        if loss_v.requires_grad:
            loss_v.backward()
        vf_optimizer.step()
print(np.mean(returns[-10:]))
