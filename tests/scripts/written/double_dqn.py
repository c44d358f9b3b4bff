"""Double DQN with a target network; saves the best weights and evaluates them now and then."""

import argparse
import os

import gymnasium as gym
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F


class QNetwork(nn.Module):
    def __init__(self, state_dim, action_dim, hidden=128):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(state_dim, hidden), nn.ReLU(), nn.Linear(hidden, hidden), nn.ReLU(), nn.Linear(hidden, action_dim)
        )

    def forward(self, x):
        return self.net(x)


class ReplayBuffer:
    def __init__(self, capacity, state_dim):
        self.capacity, self.size, self.ptr = capacity, 0, 0
        self.s = np.zeros((capacity, state_dim), np.float32)
        self.a = np.zeros((capacity, 1), np.int64)
        self.r = np.zeros((capacity, 1), np.float32)
        self.s2 = np.zeros((capacity, state_dim), np.float32)
        self.not_dead = np.zeros((capacity, 1), np.float32)

    def add(self, s, a, r, s2, dead):
        i = self.ptr
        self.s[i], self.a[i], self.r[i], self.s2[i], self.not_dead[i] = s, a, r, s2, 1.0 - dead
        self.ptr = (self.ptr + 1) % self.capacity
        self.size = min(self.size + 1, self.capacity)

    def sample(self, n):
        idx = np.random.randint(0, self.size, n)
        return [torch.from_numpy(x[idx]) for x in (self.s, self.a, self.r, self.s2, self.not_dead)]


class DDQN:
    def __init__(self, state_dim, action_dim, cfg):
        self.cfg = cfg
        self.action_dim = action_dim
        self.online = QNetwork(state_dim, action_dim)
        self.target = QNetwork(state_dim, action_dim)
        self.target.load_state_dict(self.online.state_dict())
        self.optim = torch.optim.Adam(self.online.parameters(), lr=cfg.lr)
        self.updates = 0

    def act(self, state, eps=0.0):
        if np.random.rand() < eps:
            return np.random.randint(self.action_dim)
        with torch.no_grad():
            return self.online(torch.as_tensor(state).unsqueeze(0)).argmax(dim=1).item()

    def learn(self, batch):
        s, a, r, s2, not_dead = batch
        with torch.no_grad():
            best = self.online(s2).argmax(dim=1, keepdim=True)
            target = r + self.cfg.gamma * not_dead * self.target(s2).gather(1, best)
        loss = F.mse_loss(self.online(s).gather(1, a), target)
        self.optim.zero_grad()
        loss.backward()
        self.optim.step()
        self.updates += 1
        if self.updates % self.cfg.target_every == 0:
            self.target.load_state_dict(self.online.state_dict())


def evaluate(agent, env_name, episodes=5):
    env = gym.make(env_name)
    total = 0.0
    for k in range(episodes):
        s, _ = env.reset(seed=1000 + k)
        done = False
        while not done:
            s, r, terminated, truncated, _ = env.step(agent.act(s))
            total += r
            done = terminated or truncated
    env.close()
    return total / episodes


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--env-name", default="LunarLander-v3")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--gamma", type=float, default=0.99)
    parser.add_argument("--lr", type=float, default=5e-4)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--buffer-size", type=int, default=100_000)
    parser.add_argument("--warmup", type=int, default=1_000)
    parser.add_argument("--max-steps", type=int, default=500_000)
    parser.add_argument("--target-every", type=int, default=500)
    parser.add_argument("--eval-every", type=int, default=2_500)
    parser.add_argument("--out", default="checkpoints")
    cfg = parser.parse_args()

    np.random.seed(cfg.seed)
    torch.manual_seed(cfg.seed)
    os.makedirs(cfg.out, exist_ok=True)
    env = gym.make(cfg.env_name)
    agent = DDQN(env.observation_space.shape[0], env.action_space.n, cfg)
    buffer = ReplayBuffer(cfg.buffer_size, env.observation_space.shape[0])
    best, eps = -np.inf, 1.0
    s, _ = env.reset(seed=cfg.seed)
    for step in range(cfg.max_steps):
        a = env.action_space.sample() if step < cfg.warmup else agent.act(s, eps)
        s2, r, terminated, truncated, _ = env.step(a)
        buffer.add(s, a, r, s2, terminated)
        s = s2
        if terminated or truncated:
            s, _ = env.reset()
        if step >= cfg.warmup:
            eps = max(0.05, eps * 0.999)
            agent.learn(buffer.sample(cfg.batch_size))
        if (step + 1) % cfg.eval_every == 0:
            score = evaluate(agent, cfg.env_name)
            print(f"step {step + 1}: {score:.1f}")
            if score > best:
                best = score
                torch.save(agent.online.state_dict(), os.path.join(cfg.out, "best.pt"))
    agent.online.load_state_dict(torch.load(os.path.join(cfg.out, "best.pt"), weights_only=True))
    print("final", evaluate(agent, cfg.env_name, 20))


if __name__ == "__main__":
    main()
