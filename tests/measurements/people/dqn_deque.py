"""Deep Q-learning with a deque of tuples, as in most tutorials."""

import random
from collections import deque

import numpy as np
import torch
from torch import nn


class DQNAgent:
    on_policy, loss = False, "huber"

    def __init__(self, env, setting):
        self.env, self.gamma = env, setting.gamma
        self.random = random.Random(setting.seed)
        torch.manual_seed(setting.seed)
        self.n_states = int(np.prod(env.observation_space.shape))
        self.n_actions, self.offset = int(env.action_space.n), int(env.action_space.start)
        self.model, self.target_model = self._build(), self._build()
        self.target_model.load_state_dict(self.model.state_dict())
        self.memory = deque(maxlen=2000)
        self.batch_size, self.epsilon = 32, 1.0
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=4e-3)
        self.state, self.t = None, 0

    def _build(self):
        return nn.Sequential(nn.Linear(self.n_states, 48), nn.ReLU(), nn.Linear(48, self.n_actions))

    def choose(self, state):
        if self.random.random() < self.epsilon:
            return self.random.randrange(self.n_actions)
        with torch.no_grad():
            return int(self.model(torch.as_tensor(state)).argmax())

    def learn(self, steps):
        for _ in range(steps):
            if self.state is None:
                observation, _ = self.env.reset(seed=None if self.t else 1)
                self.state = np.array(observation, dtype=np.float32).ravel()
            action = self.choose(self.state)
            observation, reward, terminated, truncated, _ = self.env.step(self.offset + action)
            next_state = np.array(observation, dtype=np.float32).ravel()
            self.memory.append((self.state, action, reward, next_state, terminated))
            self.state = next_state
            if terminated or truncated:
                self.state = None
            self.t += 1
            self.epsilon = max(0.1, self.epsilon * 0.998)
            if len(self.memory) >= self.batch_size:
                self.replay()
            if self.t % 25 == 0:
                self.target_model.load_state_dict(self.model.state_dict())
            for group in self.optimizer.param_groups:
                group["lr"] = 4e-3 / (1 + self.t / 600)

    def replay(self):
        batch = self.random.sample(self.memory, self.batch_size)
        states, actions, rewards, next_states, dones = zip(*batch)
        states = torch.as_tensor(np.array(states))
        next_states = torch.as_tensor(np.array(next_states))
        actions = torch.as_tensor(actions).unsqueeze(1)
        rewards = torch.as_tensor(rewards, dtype=torch.float32)
        dones = torch.as_tensor(dones, dtype=torch.float32)
        q = self.model(states).gather(1, actions).squeeze(1)
        with torch.no_grad():
            next_q = self.target_model(next_states).max(dim=1).values
            target = rewards + self.gamma * next_q * (1 - dones)
        loss = nn.functional.smooth_l1_loss(q, target)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()

    @torch.no_grad()
    def q_values(self, observations):
        x = np.asarray(observations, np.float32).reshape(len(observations), -1)
        return self.model(torch.as_tensor(x)).numpy()

    def act(self, observations):
        return self.offset + self.q_values(observations).argmax(1)


def make_agent(env, setting):
    return DQNAgent(env, setting)


make_agent.actions = ("discrete",)
