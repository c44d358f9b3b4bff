"""PPO in epochs of a fixed number of steps: a buffer that closes paths, separate policy and value functions."""

import argparse

import gymnasium as gym
import numpy as np
import scipy.signal
import torch
from torch import nn
from torch.distributions import Categorical


def discount_cumsum(x, discount):
    return scipy.signal.lfilter([1], [1, float(-discount)], x[::-1], axis=0)[::-1]


def mlp(sizes, activation=nn.Tanh):
    layers = []
    for j in range(len(sizes) - 1):
        layers += [nn.Linear(sizes[j], sizes[j + 1])]
        if j < len(sizes) - 2:
            layers += [activation()]
    return nn.Sequential(*layers)


class PathBuffer:
    def __init__(self, obs_dim, size, gamma, lam):
        self.obs_buf = np.zeros((size, obs_dim), dtype=np.float32)
        self.act_buf = np.zeros(size, dtype=np.int64)
        self.rew_buf = np.zeros(size, dtype=np.float32)
        self.val_buf = np.zeros(size, dtype=np.float32)
        self.logp_buf = np.zeros(size, dtype=np.float32)
        self.adv_buf = np.zeros(size, dtype=np.float32)
        self.ret_buf = np.zeros(size, dtype=np.float32)
        self.gamma, self.lam = gamma, lam
        self.ptr, self.path_start_idx, self.max_size = 0, 0, size

    def store(self, obs, act, rew, val, logp):
        self.obs_buf[self.ptr] = obs
        self.act_buf[self.ptr] = act
        self.rew_buf[self.ptr] = rew
        self.val_buf[self.ptr] = val
        self.logp_buf[self.ptr] = logp
        self.ptr += 1

    def finish_path(self, last_val=0.0):
        path = slice(self.path_start_idx, self.ptr)
        rews = np.append(self.rew_buf[path], last_val)
        vals = np.append(self.val_buf[path], last_val)
        deltas = rews[:-1] + self.gamma * vals[1:] - vals[:-1]
        self.adv_buf[path] = discount_cumsum(deltas, self.gamma * self.lam)
        self.ret_buf[path] = discount_cumsum(rews, self.gamma)[:-1]
        self.path_start_idx = self.ptr

    def get(self):
        self.ptr, self.path_start_idx = 0, 0
        adv = (self.adv_buf - self.adv_buf.mean()) / (self.adv_buf.std() + 1e-8)
        arrays = (self.obs_buf, self.act_buf, self.ret_buf, adv.astype(np.float32), self.logp_buf)
        return [torch.as_tensor(a.copy()) for a in arrays]


class Agent(nn.Module):
    def __init__(self, obs_dim, act_dim, hid):
        super().__init__()
        self.pi = mlp([obs_dim, hid, hid, act_dim])
        self.v = mlp([obs_dim, hid, hid, 1])

    def step(self, obs):
        with torch.no_grad():
            dist = Categorical(logits=self.pi(obs))
            a = dist.sample()
            return a.item(), self.v(obs).squeeze(-1).item(), dist.log_prob(a).item()


def ppo(env_name, hid=64, gamma=0.99, lam=0.97, steps_per_epoch=512, epochs=50, iters=40, seed=0):
    torch.manual_seed(seed)
    env = gym.make(env_name)
    agent = Agent(env.observation_space.shape[0], env.action_space.n, hid)
    buf = PathBuffer(env.observation_space.shape[0], steps_per_epoch, gamma, lam)
    pi_optimizer = torch.optim.Adam(agent.pi.parameters(), lr=3e-4)
    vf_optimizer = torch.optim.Adam(agent.v.parameters(), lr=1e-3)

    def update():
        obs, act, ret, adv, logp_old = buf.get()
        for _ in range(iters):
            dist = Categorical(logits=agent.pi(obs))
            ratio = torch.exp(dist.log_prob(act) - logp_old)
            clipped = torch.clamp(ratio, 0.8, 1.2) * adv
            loss_pi = -torch.min(ratio * adv, clipped).mean()
            pi_optimizer.zero_grad()
            loss_pi.backward()
            pi_optimizer.step()
            if (logp_old - dist.log_prob(act)).mean().item() > 0.015:
                break
        for _ in range(iters):
            loss_v = ((agent.v(obs).squeeze(-1) - ret) ** 2).mean()
            vf_optimizer.zero_grad()
            loss_v.backward()
            vf_optimizer.step()

    o, _ = env.reset(seed=seed)
    ep_ret, ep_len, returns = 0.0, 0, []
    for epoch in range(epochs):
        for t in range(steps_per_epoch):
            a, v, logp = agent.step(torch.as_tensor(o, dtype=torch.float32))
            next_o, r, terminated, truncated, _ = env.step(a)
            ep_ret += r
            ep_len += 1
            buf.store(o, a, r, v, logp)
            o = next_o
            epoch_ended = t == steps_per_epoch - 1
            if terminated or truncated or epoch_ended:
                if terminated:
                    v = 0.0
                else:
                    _, v, _ = agent.step(torch.as_tensor(o, dtype=torch.float32))
                buf.finish_path(v)
                if terminated or truncated:
                    returns.append(ep_ret)
                o, _ = env.reset()
                ep_ret, ep_len = 0.0, 0
        update()
        print(f"epoch {epoch}: return {np.mean(returns[-20:]) if returns else 0.0:.2f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--env", default="CartPole-v1")
    parser.add_argument("--gamma", type=float, default=0.99)
    parser.add_argument("--epochs", type=int, default=50)
    args = parser.parse_args()
    ppo(args.env, gamma=args.gamma, epochs=args.epochs)
