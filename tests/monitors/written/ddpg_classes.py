"""DDPG with classes for everything, as course repositories have it."""
import argparse
import random
from collections import deque, namedtuple

import gymnasium as gym
import numpy as np
import torch
from torch import nn, optim

parser = argparse.ArgumentParser()
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--steps", type=int, default=3000)
parser.add_argument("--fault", default="")
args = parser.parse_args()
fault = args.fault
Transition = namedtuple("Transition", "state action reward next_state not_done")
device = torch.device("cpu")


class OUNoise:
    def __init__(self, dim, theta=0.15, sigma=0.3):
        self.theta, self.sigma, self.x = theta, sigma, np.zeros(dim)

    def __call__(self):
        self.x += -self.theta * self.x + self.sigma * np.random.randn(len(self.x))
        return self.x


class Actor(nn.Module):
    def __init__(self, s, a, bound):
        super().__init__()
        self.l1, self.l2, self.l3, self.bound = nn.Linear(s, 64), nn.Linear(64, 64), nn.Linear(64, a), bound

    def forward(self, s):
        x = torch.relu(self.l2(torch.relu(self.l1(s))))
        out = self.l3(x)
        if fault == "squash-without-scale":
            return out * 40.0 * self.bound
        return self.bound * torch.tanh(out)


class Critic(nn.Module):
    def __init__(self, s, a):
        super().__init__()
        self.l1, self.l2, self.l3 = nn.Linear(s + a, 64), nn.Linear(64, 64), nn.Linear(64, 1)

    def forward(self, s, a):
        return self.l3(torch.relu(self.l2(torch.relu(self.l1(torch.cat([s, a], 1))))))


class DDPG:
    def __init__(self, s, a, bound):
        self.actor, self.actor_target = Actor(s, a, bound), Actor(s, a, bound)
        self.critic, self.critic_target = Critic(s, a), Critic(s, a)
        self.actor_target.load_state_dict(self.actor.state_dict())
        self.critic_target.load_state_dict(self.critic.state_dict())
        held = self.critic_target if fault == "optimizer-of-the-target-critic" else self.critic
        self.actor_optimizer = optim.Adam(self.actor.parameters(), lr=1e-3)
        self.critic_optimizer = optim.Adam(held.parameters(), lr=1e-3)
        self.memory = deque(maxlen=10000)

    def select_action(self, state):
        with torch.no_grad():
            return self.actor(torch.FloatTensor(state).reshape(1, -1)).numpy().flatten()

    def update(self, batch_size=64, gamma=0.98, tau=0.01):
        batch = Transition(*zip(*random.sample(self.memory, batch_size)))
        s, s2 = torch.FloatTensor(np.array(batch.state)), torch.FloatTensor(np.array(batch.next_state))
        a, r = torch.FloatTensor(np.array(batch.action)), torch.FloatTensor(batch.reward).unsqueeze(1)
        nd = torch.FloatTensor(batch.not_done).unsqueeze(1)
        if fault == "rewards-of-another-shape":
            r, nd = r.squeeze(1), nd.squeeze(1)
        if fault == "rewards-in-millions":
            r = r * 1e6
        q_next = self.critic_target(s2, self.actor_target(s2))
        target = r + gamma * nd * (q_next if fault == "target-in-the-graph" else q_next.detach())
        critic_loss = ((self.critic(s, a) - target) ** 2).mean()
        self.critic_optimizer.zero_grad()
        critic_loss.backward()
        self.critic_optimizer.step()
        action = self.actor(s)
        if fault == "action-through-numpy":
            action = torch.FloatTensor(action.detach().numpy())
        actor_loss = -self.critic(s, action).mean()
        if fault == "sign-of-the-actor-loss":
            actor_loss = -actor_loss
        self.actor_optimizer.zero_grad()
        actor_loss.backward()
        self.actor_optimizer.step()
        if fault == "targets-share-the-step":
            tau = 0.0
        for net, target_net in ((self.actor, self.actor_target), (self.critic, self.critic_target)):
            for p, tp in zip(net.parameters(), target_net.parameters()):
                tp.data.copy_(tau * p.data + (1 - tau) * tp.data)


random.seed(args.seed)
np.random.seed(args.seed)
torch.manual_seed(args.seed)
torch.set_num_threads(1)
env = gym.make("Pendulum-v1")
agent = DDPG(3, 1, float(env.action_space.high[0]))
noise = OUNoise(1)
state, _ = env.reset(seed=args.seed)
score, scores = 0.0, []
for step in range(args.steps):
    action = env.action_space.sample() if step < 300 else agent.select_action(state) + noise()
    action = np.clip(action, env.action_space.low, env.action_space.high).astype(np.float32)
    next_state, reward, terminated, truncated, _ = env.step(action)
    agent.memory.append(Transition(state, action, reward, next_state, float(not terminated)))
    state, score = next_state, score + reward
    if len(agent.memory) > 300:
        agent.update()
    if terminated or truncated:
        scores.append(score)
        state, _ = env.reset()
        score = 0.0
print(np.mean(scores[-3:]))
