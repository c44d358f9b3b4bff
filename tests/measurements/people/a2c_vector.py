"""Advantage actor-critic on a vector environment; returns of five steps, counted backwards."""

import numpy as np
import torch
from torch import nn


class A2C:
    on_policy, loss, gae_lambda, rollout_length = True, "squared", 1.0, 5

    def __init__(self, envs, setting):
        self.envs, self.gamma = envs, setting.gamma
        self.count = envs.num_envs
        torch.manual_seed(setting.seed)
        size = int(np.prod(envs.single_observation_space.shape))
        self.start = int(envs.single_action_space.start)
        self.body = nn.Sequential(nn.Linear(size, 48), nn.Tanh())
        self.policy_head = nn.Linear(48, int(envs.single_action_space.n))
        self.value_head = nn.Linear(48, 1)
        self.parameters = [
            *self.body.parameters(),
            *self.policy_head.parameters(),
            *self.value_head.parameters(),
        ]
        self.optim = torch.optim.RMSprop(self.parameters, lr=5e-3, eps=1e-4)
        self.obs, _ = envs.reset(seed=setting.seed)
        self.updates = self.left = 0

    def tensor(self, obs):
        return torch.as_tensor(np.array(obs, dtype=np.float32)).reshape(len(obs), -1)

    def learn(self, steps):
        self.left += steps
        while self.left > 0:
            self.update()
            self.left -= 5 * self.count

    def update(self):
        states, actions, rewards, masks, bonus = [], [], [], [], []
        for _ in range(5):
            x = self.tensor(self.obs)
            with torch.no_grad():
                logits = self.policy_head(self.body(x))
                action = torch.multinomial(logits.softmax(-1), 1)[:, 0]
            obs, reward, terminated, truncated, infos = self.envs.step(self.start + action.numpy())
            reward = np.array(reward, dtype=np.float32)
            if truncated.any():
                final = np.stack([np.asarray(o) for o in infos["final_obs"][truncated]])
                with torch.no_grad():
                    tail = self.value_head(self.body(self.tensor(final)))[:, 0].numpy()
                tail = np.where(terminated[truncated], 0.0, tail)
                reward[truncated] += self.gamma * tail
            states.append(x)
            actions.append(action)
            rewards.append(torch.as_tensor(reward))
            masks.append(torch.as_tensor(1.0 - (terminated | truncated)).float())
            self.obs = obs
        with torch.no_grad():
            R = self.value_head(self.body(self.tensor(self.obs)))[:, 0]
        returns = []
        for reward, mask in zip(reversed(rewards), reversed(masks)):
            R = reward + self.gamma * R * mask
            returns.insert(0, R)
        returns, states, actions = torch.cat(returns), torch.cat(states), torch.cat(actions)
        hidden = self.body(states)
        values = self.value_head(hidden)[:, 0]
        log_probs = self.policy_head(hidden).log_softmax(-1)
        advantage = returns - values
        chosen = log_probs.gather(1, actions[:, None])[:, 0]
        entropy = -(log_probs.exp() * log_probs).sum(-1).mean()
        loss = -(chosen * advantage.detach()).mean() + 0.5 * advantage.pow(2).mean() - 0.001 * entropy
        self.optim.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.parameters, 5.0)
        self.optim.step()
        self.updates += 1
        for group in self.optim.param_groups:
            group["lr"] = 5e-3 / (1 + self.updates / 150)

    @torch.no_grad()
    def value(self, observations):
        return self.value_head(self.body(self.tensor(observations)))[:, 0].numpy()

    @torch.no_grad()
    def act(self, observations):
        return self.start + self.policy_head(self.body(self.tensor(observations))).argmax(-1).numpy()


def make_agent(envs, setting):
    return A2C(envs, setting)


make_agent.actions = ("discrete",)
make_agent.vector = True
make_agent.autoreset_modes = ("same_step",)
