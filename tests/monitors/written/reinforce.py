import argparse

import gymnasium as gym
import numpy as np
import torch
from torch import nn

parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=1e-2)
parser.add_argument("--episodes", type=int, default=60)
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--fault", default="")
args = parser.parse_args()

torch.manual_seed(args.seed)
np.random.seed(args.seed)
env = gym.make("CartPole-v1")
gamma = 0.99


class Policy(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(4, 64)
        self.out = nn.Linear(64, 2)

    def forward(self, x):
        return torch.softmax(self.out(torch.relu(self.hidden(x))), -1)


policy = Policy()
held = policy.hidden.parameters() if args.fault == "head-not-held" else policy.parameters()
optimizer = torch.optim.Adam(held, lr=args.lr)
returns = []
for episode in range(args.episodes):
    obs, _ = env.reset(seed=1000 * args.seed + episode)
    log_probs, rewards, done = [], [], False
    while not done:
        dist = torch.distributions.Categorical(policy(torch.as_tensor(obs)))
        action = dist.sample()
        log_probs.append(dist.log_prob(action))
        obs, reward, terminated, truncated, _ = env.step(action.item())
        if args.fault == "nan-reward" and episode == 20:
            reward = float("nan")
        rewards.append(reward)
        done = terminated or truncated
    G, outcomes = 0.0, []
    for reward in reversed(rewards):
        G = reward + gamma * G
        outcomes.insert(0, G)
    outcomes = torch.tensor(outcomes)
    outcomes = (outcomes - outcomes.mean()) / (outcomes.std() + 1e-8)
    loss = -(torch.stack(log_probs) * outcomes).sum()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    returns.append(sum(rewards))
    if args.fault == "crash" and episode == 30:
        raise RuntimeError("out of luck")
    if args.fault == "exit" and episode == 30:
        raise SystemExit(7)
print(sum(returns), policy.out.weight.sum().item())
