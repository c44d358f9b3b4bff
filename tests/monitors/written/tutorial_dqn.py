"""DQN as tutorials write it: an Agent class, a replay buffer of tensors, a soft update."""
import argparse

import gymnasium as gym
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim

parser = argparse.ArgumentParser()
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--episodes", type=int, default=300)
parser.add_argument("--max-steps", type=int, default=6000)
parser.add_argument("--fault", default="")
args = parser.parse_args()
fault = args.fault
BUFFER_SIZE, BATCH_SIZE, TAU, LR, UPDATE_EVERY = 20000, 64, 1e-2, 1e-3, 1
GAMMA = 1.05 if fault == "discount-above-one" else 0.99


class ReplayBuffer:
    def __init__(self, size, state_dim):
        self.states = torch.zeros(size, state_dim)
        self.next_states = torch.zeros(size, state_dim)
        self.actions = torch.zeros(size, 1, dtype=torch.long)
        self.rewards, self.dones = torch.zeros(size, 1), torch.zeros(size, 1)
        self.size, self.ptr, self.count = size, 0, 0

    def add(self, state, action, reward, next_state, done):
        i = self.ptr
        self.states[i] = torch.from_numpy(state)
        self.next_states[i] = torch.from_numpy(state if fault == "next-state-is-state" else next_state)
        self.actions[i], self.rewards[i], self.dones[i] = action, reward, float(done)
        if fault != "pointer-never-advances":
            self.ptr = (self.ptr + 1) % self.size
        self.count = min(self.count + 1, self.size)

    def sample(self, batch_size):
        i = torch.randint(0, self.count, (batch_size,))
        return self.states[i], self.actions[i], self.rewards[i], self.next_states[i], self.dones[i]


class QNetwork(nn.Module):
    def __init__(self, state_size, action_size):
        super().__init__()
        self.fc1 = nn.Linear(state_size, 64)
        self.fc2 = nn.Linear(64, 64)
        self.fc3 = nn.Linear(64, action_size)

    def forward(self, state):
        x = F.relu(self.fc1(state))
        x = F.relu(self.fc2(x))
        return self.fc3(x)


class Agent:
    def __init__(self, state_size, action_size):
        self.action_size = action_size
        self.qnetwork_local = QNetwork(state_size, action_size)
        self.qnetwork_target = QNetwork(state_size, action_size)
        self.optimizer = optim.Adam(self.qnetwork_local.parameters(), lr=LR)
        self.memory = ReplayBuffer(BUFFER_SIZE, state_size)
        self.t_step = 0

    def act(self, state, eps):
        if np.random.rand() < eps:
            return np.random.randint(self.action_size)
        self.qnetwork_local.eval()
        with torch.no_grad():
            values = self.qnetwork_local(torch.from_numpy(state).unsqueeze(0))
        self.qnetwork_local.train()
        return int(values.argmax())

    def step(self, *transition):
        self.memory.add(*transition)
        self.t_step += 1
        if self.memory.count > 500 and self.t_step % UPDATE_EVERY == 0:
            self.learn(*self.memory.sample(BATCH_SIZE))

    def learn(self, states, actions, rewards, next_states, dones):
        q_next = self.qnetwork_target(next_states)
        if fault != "target-in-the-graph":
            q_next = q_next.detach()
        mask = dones if fault == "done-flag-inverted" else 1 - dones
        targets = rewards + GAMMA * q_next.max(1)[0].unsqueeze(1) * mask
        if fault == "no-bootstrap":
            targets = rewards
        expected = self.qnetwork_local(states).gather(1, actions)
        if fault == "largest-value-is-trained":
            expected = self.qnetwork_local(states).max(1)[0].unsqueeze(1)
        if fault == "shapes-broadcast":
            targets = targets.squeeze(1)
        loss = ((expected - targets) ** 2).mean()
        if fault != "zero-grad-forgotten":
            self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        if fault == "soft-update-swapped":
            self.soft_update(self.qnetwork_target, self.qnetwork_local)
        else:
            self.soft_update(self.qnetwork_local, self.qnetwork_target)

    def soft_update(self, local_model, target_model):
        for target, local in zip(target_model.parameters(), local_model.parameters()):
            target.data.copy_(TAU * local.data + (1.0 - TAU) * target.data)


np.random.seed(args.seed)
torch.manual_seed(args.seed)
torch.set_num_threads(1)
env = gym.make("CartPole-v1")
agent = Agent(env.observation_space.shape[0], int(env.action_space.n))
eps, scores, steps = 1.0, [], 0
for episode in range(args.episodes):
    state, _ = env.reset(seed=args.seed if episode == 0 else None)
    score, done = 0, False
    while not done:
        action = agent.act(state, eps)
        next_state, reward, terminated, truncated, _ = env.step(action)
        agent.step(state, action, reward, next_state, terminated)
        state, done, score, steps = next_state, terminated or truncated, score + reward, steps + 1
    eps = max(0.02, eps * 0.97)
    scores.append(score)
    if steps > args.max_steps:
        break
print(np.mean(scores[-20:]))
