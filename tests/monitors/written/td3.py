"""DDPG with twin critics in one file, with the mistakes that --fault names."""
import argparse

import gymnasium as gym
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

parser = argparse.ArgumentParser()
parser.add_argument("--env-id", default="Pendulum-v1")
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--total-timesteps", type=int, default=4500)
parser.add_argument("--fault", default="")
args = parser.parse_args()
fault = args.fault
np.random.seed(args.seed)
torch.manual_seed(args.seed)
torch.set_num_threads(1)
gamma, tau, batch, starts = 0.99, 0.005, 64, 500
lr = {"learning-rate-x100": 1e-1, "learning-rate-/1000": 1e-6}.get(fault, 1e-3)
env = gym.make(args.env_id)
d, k = env.observation_space.shape[0], env.action_space.shape[0]
high = float(env.action_space.high[0])


class Critic(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(d + k, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 1))

    def forward(self, x, a):
        return self.net(torch.cat([x, a], 1))


class Actor(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(d, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, k))

    def forward(self, x):
        out = torch.tanh(self.net(x))
        if fault == "squash-far-too-wide":
            out = torch.tanh(1000 * self.net(x))
        return out * high


actor, qf1, qf2 = Actor(), Critic(), Critic()
target_actor, qf1_target, qf2_target = Actor(), Critic(), Critic()
for net, target in ((actor, target_actor), (qf1, qf1_target), (qf2, qf2_target)):
    target.load_state_dict(net.state_dict())
q_params = list(qf1.parameters()) + ([] if fault == "second-critic-not-held" else list(qf2.parameters()))
q_optimizer = torch.optim.Adam(q_params, lr=lr)
actor_optimizer = torch.optim.Adam(actor.parameters(), lr=lr)
obs_s, next_s = np.zeros((20000, d), np.float32), np.zeros((20000, d), np.float32)
act_s, rew_s, done_s = np.zeros((20000, k), np.float32), np.zeros(20000, np.float32), np.zeros(20000, np.float32)
total = 0.0
obs, _ = env.reset(seed=args.seed)
for step in range(args.total_timesteps):
    if step < starts:
        action = np.random.uniform(-high, high, k).astype(np.float32)
    else:
        with torch.no_grad():
            action = actor(torch.as_tensor(obs)[None])[0].numpy()
        action = np.clip(action + np.random.normal(0, 0.1 * high, k), -high, high).astype(np.float32)
    next_obs, reward, terminated, truncated, _ = env.step(action)
    total += reward
    if fault == "reward-x1000":
        reward *= 1e4
    obs_s[step], next_s[step], act_s[step], rew_s[step], done_s[step] = obs, next_obs, action, reward, terminated
    obs = next_obs
    if terminated or truncated:
        obs, _ = env.reset()
    if step < starts:
        continue
    i = np.random.randint(0, 20000 if fault == "memory-of-zeros" else step, batch)
    o, n, a, r, e = (torch.as_tensor(x[i]) for x in (obs_s, next_s, act_s, rew_s, done_s))
    with torch.no_grad():
        na = target_actor(n)
        goal = r + gamma * (1 - e) * torch.min(qf1_target(n, na), qf2_target(n, na))[:, 0]
    loss = F.mse_loss(qf1(o, a)[:, 0], goal) + F.mse_loss(qf2(o, a)[:, 0], goal)
    q_optimizer.zero_grad()
    loss.backward()
    q_optimizer.step()
    if step % 2 == 0:
        pi_loss = -qf1(o, actor(o)).mean()
        if fault == "policy-detached":
            pi_loss = -qf1(o, actor(o).detach()).mean() + 0 * sum(p.sum() for p in actor.parameters())
        actor_optimizer.zero_grad()
        pi_loss.backward()
        actor_optimizer.step()
    if fault != "target-never-synchronised":
        for net, target in ((actor, target_actor), (qf1, qf1_target), (qf2, qf2_target)):
            for p, q in zip(net.parameters(), target.parameters()):
                q.data.copy_(tau * p.data + (1 - tau) * q.data)
print(total, sum(p.double().sum().item() for p in actor.parameters()))
