import random
import time
from dataclasses import dataclass

import gymnasium as gym
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim
import tyro
from torch.utils.tensorboard import SummaryWriter


@dataclass
class Args:
    seed: int = 1
    env_id: str = "Pendulum-v1"
    total_timesteps: int = 100000
    buffer_size: int = int(1e5)
    gamma: float = 0.99
    tau: float = 0.005
    batch_size: int = 256
    learning_starts: int = 5e3
    policy_lr: float = 3e-4
    q_lr: float = 1e-3
    alpha: float = 0.01


class Buffer:
    def __init__(self, size, obs_dim, act_dim):
        self.obs = np.zeros((size, obs_dim), np.float32)
        self.next_obs = np.zeros((size, obs_dim), np.float32)
        self.act = np.zeros((size, act_dim), np.float32)
        self.rew = np.zeros((size, 1), np.float32)
        self.done = np.zeros((size, 1), np.float32)
        self.size, self.ptr, self.full = size, 0, 0

    def add(self, o, o2, a, r, d):
        i = self.ptr
        self.obs[i], self.next_obs[i], self.act[i], self.rew[i], self.done[i] = o, o2, a, r, d
        self.ptr = (i + 1) % self.size
        self.full = min(self.full + 1, self.size)

    def sample(self, n):
        idx = np.random.randint(0, self.full, n)
        return [torch.as_tensor(x[idx]) for x in (self.obs, self.next_obs, self.act, self.rew, self.done)]


class SoftQNetwork(nn.Module):
    def __init__(self, env):
        super().__init__()
        self.fc1 = nn.Linear(env.observation_space.shape[0] + env.action_space.shape[0], 128)
        self.fc2 = nn.Linear(128, 128)
        self.fc3 = nn.Linear(128, 1)

    def forward(self, x, a):
        x = torch.cat([x, a], 1)
        x = F.relu(self.fc1(x))
        x = F.relu(self.fc2(x))
        return self.fc3(x)


class Actor(nn.Module):
    def __init__(self, env):
        super().__init__()
        self.fc1 = nn.Linear(env.observation_space.shape[0], 128)
        self.fc2 = nn.Linear(128, 128)
        self.fc_mean = nn.Linear(128, env.action_space.shape[0])
        self.fc_logstd = nn.Linear(128, env.action_space.shape[0])
        self.register_buffer("action_scale", torch.tensor((env.action_space.high - env.action_space.low) / 2.0, dtype=torch.float32))
        self.register_buffer("action_bias", torch.tensor((env.action_space.high + env.action_space.low) / 2.0, dtype=torch.float32))

    def forward(self, x):
        x = F.relu(self.fc1(x))
        x = F.relu(self.fc2(x))
        mean = self.fc_mean(x)
        log_std = torch.tanh(self.fc_logstd(x))
        return mean, -5 + 0.5 * 7 * (log_std + 1)

    def get_action(self, x):
        mean, log_std = self(x)
        normal = torch.distributions.Normal(mean, log_std.exp())
        x_t = normal.rsample()
        y_t = torch.tanh(x_t)
        action = y_t * self.action_scale + self.action_bias
        log_prob = normal.log_prob(x_t) - torch.log(self.action_scale * (1 - y_t.pow(2)) + 1e-6)
        return action, log_prob.sum(1, keepdim=True)


if __name__ == "__main__":
    args = tyro.cli(Args)
    run_name = f"{args.env_id}__{args.seed}__{int(time.time())}"
    writer = SummaryWriter(f"runs/{run_name}")
    random.seed(args.seed)
    np.random.seed(args.seed)
    torch.manual_seed(args.seed)
    env = gym.wrappers.RecordEpisodeStatistics(gym.make(args.env_id))
    env.action_space.seed(args.seed)
    max_action = float(env.action_space.high[0])
    actor = Actor(env)
    qf1, qf2 = SoftQNetwork(env), SoftQNetwork(env)
    qf1_target, qf2_target = SoftQNetwork(env), SoftQNetwork(env)
    qf1_target.load_state_dict(qf1.state_dict())
    qf2_target.load_state_dict(qf2.state_dict())
    q_optimizer = optim.Adam(list(qf1.parameters()) + list(qf2.parameters()), lr=args.q_lr)
    actor_optimizer = optim.Adam(list(actor.parameters()), lr=args.policy_lr)
    rb = Buffer(args.buffer_size, env.observation_space.shape[0], env.action_space.shape[0])
    obs, _ = env.reset(seed=args.seed)
    for global_step in range(args.total_timesteps):
        if global_step < args.learning_starts:
            action = env.action_space.sample()
        else:
            with torch.no_grad():
                action, _ = actor.get_action(torch.Tensor(obs).unsqueeze(0))
            action = action.numpy()[0]
        next_obs, reward, terminated, truncated, info = env.step(action)
        if "episode" in info:
            writer.add_scalar("charts/episodic_return", info["episode"]["r"], global_step)
        rb.add(obs, next_obs, action, reward, float(terminated))
        obs = next_obs
        if terminated or truncated:
            obs, _ = env.reset()
        if global_step > args.learning_starts:
            o, o2, a, r, d = rb.sample(args.batch_size)
            with torch.no_grad():
                next_a, next_logp = actor.get_action(o2)
                target = torch.min(qf1_target(o2, next_a), qf2_target(o2, next_a)) - args.alpha * next_logp
                y = r + (1 - d) * args.gamma * target
            q_loss = F.mse_loss(qf1(o, a), y) + F.mse_loss(qf2(o, a), y)
            q_optimizer.zero_grad()
            q_loss.backward()
            q_optimizer.step()
            if global_step % 2 == 0:
                pi, logp = actor.get_action(o)
                actor_loss = (args.alpha * logp - torch.min(qf1(o, pi), qf2(o, pi))).mean()
                actor_optimizer.zero_grad()
                actor_loss.backward()
                actor_optimizer.step()
            for param, target_param in zip(qf1.parameters(), qf1_target.parameters()):
                target_param.data.copy_(args.tau * param.data + (1 - args.tau) * target_param.data)
            for param, target_param in zip(qf2.parameters(), qf2_target.parameters()):
                target_param.data.copy_(args.tau * param.data + (1 - args.tau) * target_param.data)
    env.close()
    writer.close()
