"""Advantage actor-critic; everything lives in main()."""
import gymnasium as gym
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F


class ActorCritic(nn.Module):
    def __init__(self, obs_dim, n_actions):
        super().__init__()
        self.affine = nn.Linear(obs_dim, 128)
        self.action_head = nn.Linear(128, n_actions)
        self.value_head = nn.Linear(128, 1)

    def forward(self, x):
        x = F.relu(self.affine(x))
        return F.softmax(self.action_head(x), dim=-1), self.value_head(x)


def main():
    gamma = 0.99
    n_steps = 16
    env = gym.make("LunarLander-v3") if False else gym.make("Acrobot-v1")
    torch.manual_seed(0)
    model = ActorCritic(env.observation_space.shape[0], env.action_space.n)
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    state, _ = env.reset(seed=0)
    for update in range(100000):
        log_probs, values, rewards, masks, bootstraps, entropies = [], [], [], [], [], []
        for _ in range(n_steps):
            probs, value = model(torch.from_numpy(state).float())
            dist = torch.distributions.Categorical(probs)
            action = dist.sample()
            next_state, reward, terminated, truncated, _ = env.step(action.item())
            log_probs.append(dist.log_prob(action))
            entropies.append(dist.entropy())
            values.append(value.squeeze(-1))
            rewards.append(reward)
            with torch.no_grad():
                _, next_value = model(torch.from_numpy(next_state).float())
            bootstraps.append(0.0 if terminated else next_value.item())
            masks.append(0.0 if (terminated or truncated) else 1.0)
            state = next_state
            if terminated or truncated:
                state, _ = env.reset()
        R = bootstraps[-1]
        returns = []
        for r, m, b in zip(reversed(rewards), reversed(masks), reversed(bootstraps)):
            R = r + gamma * (R if m else b)
            returns.insert(0, R)
        returns = torch.tensor(returns, dtype=torch.float32)
        values = torch.stack(values)
        adv = returns - values.detach()
        policy_loss = -(torch.stack(log_probs) * adv).mean()
        value_loss = F.mse_loss(values, returns)
        loss = policy_loss + 0.5 * value_loss - 0.01 * torch.stack(entropies).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    env.close()


if __name__ == "__main__":
    main()
