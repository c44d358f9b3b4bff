"""Categorical DQN (C51): the critic learns a distribution of returns over 51 atoms."""

import random

import gymnasium as gym
import numpy as np
import torch
import torch.nn as nn

ENV_ID = "CartPole-v1"
GAMMA = 0.99
N_ATOMS, V_MIN, V_MAX = 51, -20.0, 20.0
BUFFER_SIZE = 10_000
BATCH_SIZE = 64
LEARNING_STARTS = 1_000
TRAIN_FREQUENCY = 2
TARGET_FREQUENCY = 200
TOTAL_STEPS = 200_000


class CategoricalQ(nn.Module):
    def __init__(self, n_obs, n_actions):
        super().__init__()
        self.n_actions = n_actions
        self.register_buffer("atoms", torch.linspace(V_MIN, V_MAX, N_ATOMS))
        self.network = nn.Sequential(
            nn.Linear(n_obs, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, n_actions * N_ATOMS)
        )

    def dist(self, x):
        return torch.softmax(self.network(x).view(len(x), self.n_actions, N_ATOMS), dim=2)

    def best(self, x):
        pmfs = self.dist(x)
        action = (pmfs * self.atoms).sum(2).argmax(1)
        return action, pmfs[torch.arange(len(x)), action]


env = gym.make(ENV_ID)
n_obs, n_actions = env.observation_space.shape[0], int(env.action_space.n)
q_network, target_network = CategoricalQ(n_obs, n_actions), CategoricalQ(n_obs, n_actions)
target_network.load_state_dict(q_network.state_dict())
optimizer = torch.optim.Adam(q_network.parameters(), lr=2.5e-4, eps=0.01 / BATCH_SIZE)
buffer = []
delta_z = (V_MAX - V_MIN) / (N_ATOMS - 1)

obs, _ = env.reset(seed=1)
for global_step in range(TOTAL_STEPS):
    epsilon = max(0.05, 1.0 - 0.95 * global_step / 10_000)
    if random.random() < epsilon:
        action = env.action_space.sample()
    else:
        with torch.no_grad():
            action = q_network.best(torch.as_tensor(obs)[None])[0].item()
    next_obs, reward, terminated, truncated, _ = env.step(action)
    buffer.append((obs, action, reward, next_obs, float(terminated)))
    if len(buffer) > BUFFER_SIZE:
        buffer.pop(0)
    obs = next_obs if not (terminated or truncated) else env.reset()[0]
    if global_step < LEARNING_STARTS or global_step % TRAIN_FREQUENCY:
        continue
    batch = random.sample(buffer, BATCH_SIZE)
    b_obs, b_act, b_rew, b_next, b_term = (np.array(x) for x in zip(*batch, strict=True))
    b_obs, b_next = torch.as_tensor(b_obs), torch.as_tensor(b_next)
    b_rew = torch.as_tensor(b_rew, dtype=torch.float32)[:, None]
    b_term = torch.as_tensor(b_term, dtype=torch.float32)[:, None]
    with torch.no_grad():
        _, next_pmfs = target_network.best(b_next)
        tz = (b_rew + GAMMA * q_network.atoms * (1 - b_term)).clamp(V_MIN, V_MAX)
        place = (tz - V_MIN) / delta_z
        low, high = place.floor().clamp(0, N_ATOMS - 1), place.ceil().clamp(0, N_ATOMS - 1)
        to_low = (high + (low == high).float() - place) * next_pmfs
        to_high = (place - low) * next_pmfs
        target_pmfs = torch.zeros_like(next_pmfs)
        for i in range(len(target_pmfs)):
            target_pmfs[i].index_add_(0, low[i].long(), to_low[i])
            target_pmfs[i].index_add_(0, high[i].long(), to_high[i])
    pmfs = q_network.dist(b_obs)[torch.arange(BATCH_SIZE), torch.as_tensor(b_act)]
    loss = -(target_pmfs * pmfs.clamp(1e-5, 1 - 1e-5).log()).sum(1).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if global_step % TARGET_FREQUENCY == 0:
        target_network.load_state_dict(q_network.state_dict())
