"""PPO with a memory of lists and an old policy, one environment, with the mistakes that --fault names."""
import argparse

import gymnasium as gym
import torch
import torch.nn as nn
from torch.distributions import Categorical

parser = argparse.ArgumentParser()
parser.add_argument("--env_name", default="CartPole-v1")
parser.add_argument("--random_seed", "--seed", dest="random_seed", type=int, default=0)
parser.add_argument("--max_training_timesteps", type=int, default=10000)
parser.add_argument("--fault", default="")
opt = parser.parse_args()
torch.manual_seed(opt.random_seed)
torch.set_num_threads(1)


class RolloutBuffer:
    def __init__(self):
        self.clear()

    def clear(self):
        self.actions, self.states, self.logprobs, self.rewards, self.is_terminals = [], [], [], [], []


class ActorCritic(nn.Module):
    def __init__(self, state_dim, action_dim):
        super().__init__()
        extra = [nn.BatchNorm1d(64)] if opt.fault == "batch-norm-in-training-mode" else []
        self.actor = nn.Sequential(
            nn.Linear(state_dim, 64), *extra, nn.Tanh(), nn.Linear(64, 64), nn.Tanh(), nn.Linear(64, action_dim), nn.Softmax(dim=-1)
        )
        self.critic = nn.Sequential(nn.Linear(state_dim, 64), nn.Tanh(), nn.Linear(64, 64), nn.Tanh(), nn.Linear(64, 1))

    def act(self, state):
        dist = Categorical(self.actor(state))
        action = dist.sample()
        return action.detach(), dist.log_prob(action).detach()

    def evaluate(self, state, action):
        dist = Categorical(self.actor(state))
        return dist.log_prob(action), self.critic(state), dist.entropy()


class PPO:
    def __init__(self, state_dim, action_dim, lr_actor=1e-3, lr_critic=2e-3, gamma=0.99, K_epochs=10, eps_clip=0.2):
        self.gamma, self.eps_clip, self.K_epochs = gamma, eps_clip, K_epochs
        if opt.fault == "epochs-far-too-many":
            self.K_epochs, self.eps_clip = 300, 50.0
        self.buffer = RolloutBuffer()
        self.policy = ActorCritic(state_dim, action_dim)
        groups = [{"params": self.policy.actor.parameters(), "lr": lr_actor}]
        if opt.fault != "optimizer-without-critic":
            groups.append({"params": self.policy.critic.parameters(), "lr": lr_critic})
        self.optimizer = torch.optim.Adam(groups)
        self.policy_old = ActorCritic(state_dim, action_dim)
        self.policy_old.load_state_dict(self.policy.state_dict())
        self.MseLoss = nn.MSELoss()

    def select_action(self, state):
        with torch.no_grad():
            state = torch.FloatTensor(state)
            if opt.fault == "batch-norm-in-training-mode":
                self.policy_old.eval()
                action, logprob = self.policy_old.act(state[None])
                action, logprob = action[0], logprob[0]
            else:
                action, logprob = self.policy_old.act(state)
        self.buffer.states.append(state)
        self.buffer.actions.append(action)
        self.buffer.logprobs.append(logprob)
        return action.item()

    def update(self):
        rewards, discounted = [], 0
        for reward, terminal in zip(reversed(self.buffer.rewards), reversed(self.buffer.is_terminals)):
            if terminal and opt.fault != "termination-ignored":
                discounted = 0
            discounted = reward + self.gamma * discounted
            rewards.insert(0, discounted)
        rewards = torch.tensor(rewards, dtype=torch.float32)
        old_states, old_actions = torch.stack(self.buffer.states), torch.stack(self.buffer.actions)
        old_logprobs = torch.stack(self.buffer.logprobs)
        if opt.fault == "log-probabilities-of-the-next-step":
            old_logprobs = torch.cat([old_logprobs[1:], old_logprobs[:1]])
        for _ in range(self.K_epochs):
            logprobs, state_values, dist_entropy = self.policy.evaluate(old_states, old_actions)
            state_values = torch.squeeze(state_values)
            ratios = torch.exp(logprobs - old_logprobs.detach())
            advantages = rewards - state_values.detach()
            advantages = (advantages - advantages.mean()) / (advantages.std() + 1e-7)
            if opt.fault == "advantages-all-zero":
                advantages = advantages * 0
            surr1 = ratios * advantages
            surr2 = torch.clamp(ratios, 1 - self.eps_clip, 1 + self.eps_clip) * advantages
            loss = -torch.min(surr1, surr2) + 0.5 * self.MseLoss(state_values, rewards) - 0.01 * dist_entropy
            self.optimizer.zero_grad()
            loss.mean().backward()
            self.optimizer.step()
        if opt.fault != "old-policy-never-synchronised":
            self.policy_old.load_state_dict(self.policy.state_dict())
        if opt.fault != "memory-never-cleared":
            self.buffer.clear()


def train():
    env = gym.make(opt.env_name)
    agent = PPO(env.observation_space.shape[0], env.action_space.n)
    time_step, total = 0, 0
    first = True
    while time_step <= opt.max_training_timesteps:
        state, _ = env.reset(seed=opt.random_seed if first else None)
        first, done = False, False
        while not done:
            state, reward, terminated, truncated, _ = env.step(agent.select_action(state))
            done = terminated or truncated
            agent.buffer.rewards.append(reward)
            agent.buffer.is_terminals.append(done)
            time_step += 1
            total += reward
            if time_step % 400 == 0:
                agent.update()
    print(total, sum(p.double().sum().item() for p in agent.policy.parameters()))


train()
