"""DQN in one file, with the mistakes that --fault names."""
import argparse
import random
from collections import deque

import gymnasium as gym
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

parser = argparse.ArgumentParser()
parser.add_argument("--env-id", default="CartPole-v1")
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--total-timesteps", type=int, default=8000)
parser.add_argument("--fault", default="")
args = parser.parse_args()
fault = args.fault
random.seed(args.seed)
np.random.seed(args.seed)
torch.manual_seed(args.seed)
torch.set_num_threads(1)
GAMMA, BATCH, START, SYNC = 0.99, 64, 500, 250
LR = {"learning-rate-x100": 1e-1, "learning-rate-/1000": 1e-6}.get(fault, 1e-3)


class QNetwork(nn.Module):
    def __init__(self, n_obs, n_actions):
        super().__init__()
        self.fc1 = nn.Linear(n_obs, 64)
        self.fc2 = nn.Linear(64, 64)
        self.out = nn.Linear(64, n_actions)

    def forward(self, x):
        return self.out(F.relu(self.fc2(F.relu(self.fc1(x)))))


env = gym.make(args.env_id)
n_obs, n_actions = env.observation_space.shape[0], env.action_space.n
q_network, target_network = QNetwork(n_obs, n_actions), QNetwork(n_obs, n_actions)
target_network.load_state_dict(q_network.state_dict())
trained = target_network if fault == "optimizer-of-the-target" else q_network
optimizer = torch.optim.Adam(trained.parameters(), lr=LR)
CAPACITY = 10000
store = np.zeros((CAPACITY, n_obs), np.float32), np.zeros((CAPACITY, n_obs), np.float32)
a_store, r_store, d_store = np.zeros(CAPACITY, np.int64), np.zeros(CAPACITY, np.float32), np.zeros(CAPACITY, np.float32)
size, total = 0, 0.0
obs, _ = env.reset(seed=args.seed)
for step in range(args.total_timesteps):
    epsilon = max(0.05, 1 - step / (0.3 * args.total_timesteps))
    if random.random() < epsilon:
        action = random.randrange(int(n_actions))
    else:
        with torch.no_grad():
            action = int(q_network(torch.as_tensor(obs)[None]).argmax())
    next_obs, reward, terminated, truncated, _ = env.step(action)
    total += reward
    if fault == "reward-x1000":
        reward *= 1e6
    i = size % CAPACITY
    store[0][i], store[1][i], a_store[i], r_store[i], d_store[i] = obs, next_obs, action, reward, terminated
    size += 1
    obs = next_obs
    if terminated or truncated:
        obs, _ = env.reset()
    if step < START or (fault == "update-never-reached" and size < 10 * CAPACITY):
        continue
    top = CAPACITY if fault == "memory-of-zeros" else min(size, CAPACITY)
    k = np.random.randint(0, top, BATCH)
    o, n, a, r, d = (torch.as_tensor(x[k]) for x in (store[0], store[1], a_store, r_store, d_store))
    with torch.no_grad():
        following = (q_network if fault == "no-target-network" else target_network)(n).max(1).values
        if fault == "termination-ignored":
            d = d * 0
        goal = r + GAMMA * (1 - d) * following
    loss = F.smooth_l1_loss(q_network(o).gather(1, a[:, None])[:, 0], goal)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % SYNC == 0 and fault not in ("target-never-synchronised", "optimizer-of-the-target"):
        target_network.load_state_dict(q_network.state_dict())
print(total, sum(p.double().sum().item() for p in q_network.parameters()))
