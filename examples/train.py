"""A training script as it might be written: actor-critic on CartPole, with one wrong line.

rlprobe diagnose examples/train.py
"""

import gymnasium as gym
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn


class ActorCritic(nn.Module):
    def __init__(self, observations, actions):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(observations, 64), nn.Tanh())
        self.actor = nn.Linear(64, actions)
        self.critic = nn.Linear(64, 1)

    def forward(self, x):
        hidden = self.body(x)
        return torch.distributions.Categorical(logits=self.actor(hidden)), self.critic(hidden).squeeze(-1)


def main():
    gamma, learning_rate, rollout, total_timesteps = 0.99, 7e-4, 32, 50_000
    env = gym.make("CartPole-v1")
    model = ActorCritic(env.observation_space.shape[0], env.action_space.n)
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    obs, _ = env.reset(seed=0)

    for _ in range(total_timesteps // rollout):
        states, next_states, actions, rewards, dones = [], [], [], [], []
        for _ in range(rollout):
            with torch.no_grad():
                action = model(torch.as_tensor(obs))[0].sample().item()
            next_obs, reward, terminated, truncated, _ = env.step(action)
            done = terminated or truncated
            states.append(obs)
            next_states.append(next_obs)
            actions.append(action)
            rewards.append(reward)
            dones.append(done)
            obs = env.reset()[0] if done else next_obs

        dist, values = model(torch.as_tensor(np.array(states)))
        with torch.no_grad():
            next_values = model(torch.as_tensor(np.array(next_states)))[1]
            not_done = 1.0 - torch.tensor(dones, dtype=torch.float32)
            targets = torch.tensor(rewards, dtype=torch.float32) + gamma * not_done * next_values
        advantages = targets - values.detach()
        policy_loss = -(dist.log_prob(torch.tensor(actions)) * advantages).mean()
        loss = policy_loss + F.mse_loss(values, targets) - 0.01 * dist.entropy().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


if __name__ == "__main__":
    main()
