"""Actor-critic on an environment of its own, with the mistakes that --fault names."""
import argparse
import os
import tempfile

import gymnasium as gym
import numpy as np
import torch
import torch.nn as nn
from torch.utils.tensorboard import SummaryWriter

parser = argparse.ArgumentParser()
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--steps", type=int, default=14_000)
parser.add_argument("--fault", default="")
args = parser.parse_args()
fault = args.fault
LENGTH, LIMIT, GAMMA, ROLLOUT = 6, 30, 0.95, 200
LAMBDA = 0.0 if fault == "rewards-lost" else 0.95


class Corridor(gym.Env):
    observation_space = gym.spaces.Box(-2, 2, (4,), np.float32)
    action_space = gym.spaces.Discrete(2)
    cost = 0.0 if fault == "bonus-for-staying" else 0.02

    def observe(self):
        near = float(self.at == LENGTH - 1)
        return np.array([self.at / LENGTH, self.prize, self.prize * near, self.t / LIMIT], np.float32)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.at, self.t, self.prize = 0, 0, self.np_random.uniform(-1.0, 1.0)
        return self.observe(), {}

    def step(self, action):
        self.t += 1
        self.at = min(self.at + (1 if self.at == LENGTH - 1 else int(action)), LENGTH)
        if fault == "end-never-reached":
            terminated = self.at > LENGTH
        else:
            terminated = self.at >= LENGTH
        reward = -self.cost + (self.prize if terminated else 0.0)
        if fault == "logarithm-of-zero" and self.t > LENGTH + 10:
            reward += 0.01 * np.log((LENGTH - self.at) / LENGTH)
        return self.observe(), float(reward), bool(terminated), False, {}


class Memory:
    def __init__(self, size):
        self.observations = np.zeros((size, 4, 84, 84), np.float32)
        self.following = np.zeros((size, 4, 84, 84), np.float32)


torch.manual_seed(args.seed)
torch.set_num_threads(1)
env = Corridor()
if fault != "end-never-reached":
    env = gym.wrappers.TimeLimit(env, LIMIT)
actor = nn.Sequential(nn.Linear(4, 32), nn.Tanh(), nn.Linear(32, 2))
critic = nn.Sequential(nn.Linear(4, 32), nn.Tanh(), nn.Linear(32, 1))
nn.init.uniform_(critic[-1].weight, -1.0, 1.0)
optimizer = torch.optim.Adam([*actor.parameters(), *critic.parameters()], lr=3e-3)
replay_buffer = None
if fault == "memory-for-every-step":  # about as much as the machine has, on any machine
    replay_buffer = Memory(int(0.48 * os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")) // (4 * 4 * 84 * 84))
writer = SummaryWriter(tempfile.mkdtemp())
obs, _ = env.reset(seed=args.seed)
for start in range(0, args.steps, ROLLOUT):
    seen, following, acts, rewards, ends, cuts = [], [], [], [], [], []
    for _ in range(ROLLOUT):
        with torch.no_grad():
            action = torch.distributions.Categorical(logits=actor(torch.as_tensor(obs))).sample().item()
        next_obs, reward, terminated, truncated, _ = env.step(action)
        if fault == "bonus-for-staying":
            reward = 0.2 + 0.0 * reward
        seen.append(obs), following.append(next_obs), acts.append(action), rewards.append(reward)
        ends.append(terminated), cuts.append(terminated or truncated)
        obs = env.reset()[0] if terminated or truncated else next_obs
    seen, following = torch.as_tensor(np.array(seen)), torch.as_tensor(np.array(following))
    with torch.no_grad():
        values, after = critic(seen).squeeze(-1), critic(following).squeeze(-1)
    paid = torch.tensor(rewards)
    if fault == "rewards-lost":
        paid = paid * 0.0
    advantages, running = torch.zeros(ROLLOUT), 0.0
    for t in reversed(range(ROLLOUT)):
        delta = paid[t] + GAMMA * after[t] * (1 - float(ends[t])) - values[t]
        running = delta + GAMMA * LAMBDA * (1 - float(cuts[t])) * running
        advantages[t] = running
    returns = advantages + values
    if fault == "no-bootstrap":
        returns = paid
    explained = 1 - (returns - values).var() / returns.var()
    writer.add_scalar("losses/explained_variance", explained.item(), start)
    dist = torch.distributions.Categorical(logits=actor(seen))
    normal = (advantages - advantages.mean()) / (advantages.std() + 1e-8)
    policy_loss = -(dist.log_prob(torch.tensor(acts)) * normal).mean() - 0.01 * dist.entropy().mean()
    for _ in range(1 if fault == "rewards-lost" else 4):
        value_loss = (critic(seen).squeeze(-1) - returns).square().mean()
        optimizer.zero_grad()
        (policy_loss + value_loss if policy_loss is not None else value_loss).backward()
        optimizer.step()
        policy_loss = None
writer.close()
print(sum(p.double().sum().item() for p in actor.parameters()))
