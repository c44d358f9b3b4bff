"""One-step actor-critic that learns from every step as it happens."""

import numpy as np
import torch
from torch import nn


class OnlineActorCritic:
    on_policy, loss, gae_lambda, rollout_length = True, "squared", 0.0, 1

    def __init__(self, env, setting):
        self.env, self.gamma = env, setting.gamma
        torch.manual_seed(setting.seed)
        size, self.zero = int(np.prod(env.observation_space.shape)), int(env.action_space.start)
        self.actor = nn.Linear(size, int(env.action_space.n))
        self.critic = nn.Linear(size, 1)
        nn.init.zeros_(self.actor.weight)
        self.actor_opt = torch.optim.SGD(self.actor.parameters(), lr=0.1)
        self.critic_opt = torch.optim.SGD(self.critic.parameters(), lr=0.1)
        self.state, self.steps = None, 0

    def learn(self, steps):
        for _ in range(steps):
            if self.state is None:
                self.state = self.see(self.env.reset()[0])
            dist = torch.distributions.Categorical(logits=self.actor(self.state))
            action = dist.sample()
            obs, reward, terminated, truncated, _ = self.env.step(self.zero + int(action))
            next_state = self.see(obs)
            value = self.critic(self.state)
            with torch.no_grad():
                next_value = self.critic(next_state) * (1 - int(terminated))
            td_target = reward + self.gamma * next_value
            advantage = (td_target - value).detach()
            critic_loss = (td_target - value).pow(2).mean()
            actor_loss = -(dist.log_prob(action) * advantage).mean() - 0.001 * dist.entropy()
            self.critic_opt.zero_grad()
            critic_loss.backward()
            self.critic_opt.step()
            self.actor_opt.zero_grad()
            actor_loss.backward()
            self.actor_opt.step()
            self.state = None if terminated or truncated else next_state
            self.steps += 1
            for opt in (self.actor_opt, self.critic_opt):
                opt.param_groups[0]["lr"] = 0.1 / (1 + self.steps / 1000)

    def see(self, obs):
        return torch.as_tensor(np.array(obs, np.float32).ravel())

    def many(self, observations):
        return torch.as_tensor(np.asarray(observations, np.float32).reshape(len(observations), -1))

    @torch.no_grad()
    def value(self, observations):
        return self.critic(self.many(observations))[:, 0].numpy()

    @torch.no_grad()
    def act(self, observations):
        return self.zero + self.actor(self.many(observations)).argmax(-1).numpy()


def make_agent(env, setting):
    return OnlineActorCritic(env, setting)


make_agent.actions = ("discrete",)
