"""Evolution strategies: a step against the gradient that is estimated from noise, without a loss."""

import gymnasium as gym
import numpy as np
import torch

SIGMA, POPULATION = 0.3, 10
env = gym.make("CartPole-v1")
torch.manual_seed(0)
policy = torch.nn.Sequential(torch.nn.Linear(4, 16), torch.nn.Tanh(), torch.nn.Linear(16, 2))
optimizer = torch.optim.Adam(policy.parameters(), lr=0.05)


def play():
    obs, _ = env.reset()
    total, done = 0.0, False
    while not done:
        with torch.no_grad():
            action = int(policy(torch.as_tensor(obs)).argmax())
        obs, reward, terminated, truncated, _ = env.step(action)
        total += reward
        done = terminated or truncated
    return total


for generation in range(2_000):
    kept = {name: p.clone() for name, p in policy.state_dict().items()}
    scores, noises = [], []
    for _ in range(POPULATION):
        noise = [torch.randn_like(p) for p in policy.parameters()]
        with torch.no_grad():
            for p, n in zip(policy.parameters(), noise):
                p.add_(SIGMA * n)
        scores.append(play())
        noises.append(noise)
        policy.load_state_dict(kept)
    spread = np.std(scores)
    weights = (np.array(scores) - np.mean(scores)) / (spread if spread > 0 else 1.0)
    for i, p in enumerate(policy.parameters()):
        p.grad = -sum(float(w) * noise[i] for w, noise in zip(weights, noises)) / POPULATION
    optimizer.step()
