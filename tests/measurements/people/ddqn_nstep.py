"""Double deep Q-learning with a dueling network and three-step targets from arrays in a ring."""

import numpy as np
import torch
from torch import nn

N, CAPACITY = 3, 4000


class Dueling(nn.Module):
    def __init__(self, inputs, actions):
        super().__init__()
        self.features = nn.Sequential(nn.Linear(inputs, 48), nn.ReLU())
        self.advantage, self.state_value = nn.Linear(48, actions), nn.Linear(48, 1)

    def forward(self, x):
        h = self.features(x)
        a = self.advantage(h)
        return self.state_value(h) + a - a.mean(dim=1, keepdim=True)


class Agent:
    on_policy, loss, n_step = False, "squared", N

    def __init__(self, env, setting):
        self.env, self.gamma = env, setting.gamma
        self.rng = np.random.default_rng(setting.seed)
        torch.manual_seed(setting.seed)
        size = int(np.prod(env.observation_space.shape))
        self.k, self.base = int(env.action_space.n), int(env.action_space.start)
        self.online, self.target = Dueling(size, self.k), Dueling(size, self.k)
        self.target.load_state_dict(self.online.state_dict())
        self.opt = torch.optim.Adam(self.online.parameters(), lr=3e-3)
        self.obs = np.zeros((CAPACITY, size), np.float32)
        self.after = np.zeros((CAPACITY, size), np.float32)
        self.action = np.zeros(CAPACITY, np.int64)
        self.ret = np.zeros(CAPACITY, np.float32)
        self.boot = np.zeros(CAPACITY, np.float32)
        self.size = self.head = self.time = 0
        self.window, self.now = [], None

    def store(self, after, terminated):
        """The oldest transition of the window, with the rewards since."""
        total = sum(self.gamma**i * r for i, (_, _, r) in enumerate(self.window))
        s, a, _ = self.window[0]
        i = self.head
        self.obs[i], self.action[i], self.ret[i], self.after[i] = s, a, total, after
        self.boot[i] = 0.0 if terminated else self.gamma ** len(self.window)
        self.head, self.size = (i + 1) % CAPACITY, min(self.size + 1, CAPACITY)
        self.window.pop(0)

    def learn(self, steps):
        for _ in range(steps):
            if self.now is None:
                self.now = np.array(self.env.reset()[0], np.float32).ravel()
            eps = max(0.1, 1.0 - self.time / 1500)
            if self.rng.random() < eps:
                a = int(self.rng.integers(self.k))
            else:
                a = int(self.q_values(self.now[None]).argmax())
            obs, r, terminated, truncated, _ = self.env.step(self.base + a)
            after = np.array(obs, np.float32).ravel()
            self.window.append((self.now, a, r))
            if len(self.window) == N:
                self.store(after, terminated)
            self.now = after
            if terminated or truncated:
                while self.window:
                    self.store(after, terminated)
                self.now = None
            self.time += 1
            if self.size > 50:
                self.step()

    def step(self):
        i = self.rng.integers(self.size, size=32)
        x, y = torch.as_tensor(self.obs[i]), torch.as_tensor(self.after[i])
        with torch.no_grad():
            best = self.online(y).argmax(dim=1, keepdim=True)
            future = self.target(y).gather(1, best).squeeze(1)
            goal = torch.as_tensor(self.ret[i]) + torch.as_tensor(self.boot[i]) * future
        said = self.online(x).gather(1, torch.as_tensor(self.action[i])[:, None]).squeeze(1)
        loss = ((said - goal) ** 2).mean()
        self.opt.zero_grad()
        loss.backward()
        self.opt.step()
        for mine, theirs in zip(self.target.parameters(), self.online.parameters()):
            mine.data.mul_(0.95).add_(0.05 * theirs.data)
        for group in self.opt.param_groups:
            group["lr"] = 3e-3 / (1 + self.time / 1000)

    @torch.no_grad()
    def q_values(self, observations):
        return self.online(
            torch.as_tensor(np.asarray(observations, np.float32).reshape(len(observations), -1))
        ).numpy()

    def act(self, observations):
        return self.base + self.q_values(observations).argmax(1)


def make_agent(env, setting):
    return Agent(env, setting)


make_agent.actions = ("discrete",)
