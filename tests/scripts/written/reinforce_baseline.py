import argparse

import gymnasium as gym
import numpy as np
import torch
from torch import nn, optim
from torch.distributions import Categorical

parser = argparse.ArgumentParser(description="REINFORCE with a learned baseline")
parser.add_argument("--gamma", type=float, default=0.99, metavar="G")
parser.add_argument("--seed", type=int, default=543, metavar="N")
parser.add_argument("--log-interval", type=int, default=10, metavar="N")
args = parser.parse_args()

env = gym.make("CartPole-v1")
torch.manual_seed(args.seed)

policy = nn.Sequential(nn.Linear(4, 64), nn.ReLU(), nn.Linear(64, 2))
baseline = nn.Sequential(nn.Linear(4, 64), nn.ReLU(), nn.Linear(64, 1))
policy_opt = optim.Adam(policy.parameters(), lr=1e-2)
baseline_opt = optim.Adam(baseline.parameters(), lr=1e-2)

running_reward = 10
for i_episode in range(1, 2001):
    state, _ = env.reset()
    states, actions, rewards = [], [], []
    for t in range(1, 10000):
        with torch.no_grad():
            action = Categorical(logits=policy(torch.as_tensor(state))).sample().item()
        states.append(state)
        actions.append(action)
        state, reward, terminated, truncated, _ = env.step(action)
        rewards.append(reward)
        if terminated or truncated:
            break
    with torch.no_grad():
        G = 0.0 if terminated else baseline(torch.as_tensor(state)).item()
    returns = []
    for r in rewards[::-1]:
        G = r + args.gamma * G
        returns.append(G)
    returns = torch.tensor(returns[::-1], dtype=torch.float32)
    batch = torch.as_tensor(np.array(states))
    values = baseline(batch).squeeze(1)
    baseline_loss = ((values - returns) ** 2).mean()
    baseline_opt.zero_grad()
    baseline_loss.backward()
    baseline_opt.step()
    log_prob = Categorical(logits=policy(batch)).log_prob(torch.tensor(actions))
    loss = -(log_prob * (returns - values.detach())).sum()
    policy_opt.zero_grad()
    loss.backward()
    policy_opt.step()
    running_reward = 0.05 * sum(rewards) + 0.95 * running_reward
    if i_episode % args.log_interval == 0:
        print(f"Episode {i_episode}\tLast reward: {sum(rewards):.2f}\tAverage reward: {running_reward:.2f}")
