import gymnasium as gym
import numpy as np
import torch
import torch.nn as nn
from torch.distributions.categorical import Categorical

import ale_py

gym.register_envs(ale_py)


class NoopResetEnv(gym.Wrapper):
    def __init__(self, env, noop_max=30):
        super().__init__(env)
        self.noop_max = noop_max
        assert env.unwrapped.get_action_meanings()[0] == "NOOP"

    def reset(self, **kwargs):
        self.env.reset(**kwargs)
        noops = self.unwrapped.np_random.integers(1, self.noop_max + 1)
        for _ in range(noops):
            obs, _, terminated, truncated, info = self.env.step(0)
            if terminated or truncated:
                obs, info = self.env.reset(**kwargs)
        return obs, info


class MaxAndSkipEnv(gym.Wrapper):
    def __init__(self, env, skip=4):
        super().__init__(env)
        self._obs_buffer = np.zeros((2, *env.observation_space.shape), dtype=env.observation_space.dtype)
        self._skip = skip

    def step(self, action):
        total_reward, terminated, truncated = 0.0, False, False
        for i in range(self._skip):
            obs, reward, terminated, truncated, info = self.env.step(action)
            if i == self._skip - 2:
                self._obs_buffer[0] = obs
            if i == self._skip - 1:
                self._obs_buffer[1] = obs
            total_reward += float(reward)
            if terminated or truncated:
                self._obs_buffer[:] = obs
                break
        return self._obs_buffer.max(axis=0), total_reward, terminated, truncated, info


def make_env():
    env = gym.make("ALE/Breakout-v5", frameskip=1)
    env = gym.wrappers.RecordEpisodeStatistics(env)
    env = NoopResetEnv(env)
    env = MaxAndSkipEnv(env)
    env = gym.wrappers.ResizeObservation(env, (84, 84))
    env = gym.wrappers.GrayscaleObservation(env)
    env = gym.wrappers.FrameStackObservation(env, 4)
    return env


class Agent(nn.Module):
    def __init__(self, n_actions):
        super().__init__()
        self.network = nn.Sequential(
            nn.Conv2d(4, 16, 8, stride=4), nn.ReLU(), nn.Conv2d(16, 32, 4, stride=2), nn.ReLU(), nn.Flatten(),
            nn.Linear(32 * 9 * 9, 128), nn.ReLU(),
        )
        self.actor = nn.Linear(128, n_actions)
        self.critic = nn.Linear(128, 1)

    def get_value(self, x):
        return self.critic(self.network(x / 255.0))

    def get_action_and_value(self, x, action=None):
        hidden = self.network(x / 255.0)
        probs = Categorical(logits=self.actor(hidden))
        if action is None:
            action = probs.sample()
        return action, probs.log_prob(action), probs.entropy(), self.critic(hidden)


def main():
    num_envs, num_steps, gamma, gae_lambda, learning_rate = 4, 32, 0.99, 0.95, 2.5e-4
    torch.manual_seed(1)
    envs = gym.vector.SyncVectorEnv([make_env for _ in range(num_envs)], autoreset_mode=gym.vector.AutoresetMode.SAME_STEP)
    agent = Agent(envs.single_action_space.n)
    optimizer = torch.optim.Adam(agent.parameters(), lr=learning_rate, eps=1e-5)
    next_obs = torch.as_tensor(envs.reset(seed=1)[0], dtype=torch.float32)
    next_done = torch.zeros(num_envs)
    for iteration in range(10_000_000 // (num_envs * num_steps)):
        obs, actions, logprobs, rewards, dones, values = [], [], [], [], [], []
        for _ in range(num_steps):
            obs.append(next_obs)
            dones.append(next_done)
            with torch.no_grad():
                action, logprob, _, value = agent.get_action_and_value(next_obs)
            actions.append(action)
            logprobs.append(logprob)
            values.append(value.flatten())
            frame, reward, term, trunc, infos = envs.step(action.numpy())
            reward = torch.as_tensor(reward, dtype=torch.float32)
            for i in np.flatnonzero(trunc):
                final = torch.as_tensor(np.array(infos["final_obs"][i]), dtype=torch.float32)
                with torch.no_grad():
                    reward[i] += gamma * agent.get_value(final.unsqueeze(0)).item()
            rewards.append(reward)
            next_obs = torch.as_tensor(frame, dtype=torch.float32)
            next_done = torch.as_tensor(term | trunc, dtype=torch.float32)
        with torch.no_grad():
            next_value = agent.get_value(next_obs).flatten()
            advantages, lastgaelam = [], 0
            for t in reversed(range(num_steps)):
                nonterminal = 1.0 - (next_done if t == num_steps - 1 else dones[t + 1])
                nextvalues = next_value if t == num_steps - 1 else values[t + 1]
                delta = rewards[t] + gamma * nextvalues * nonterminal - values[t]
                lastgaelam = delta + gamma * gae_lambda * nonterminal * lastgaelam
                advantages.insert(0, lastgaelam)
        b_obs, b_actions, b_logprobs = torch.cat(obs), torch.cat(actions), torch.cat(logprobs)
        b_adv = torch.cat(advantages)
        b_returns = b_adv + torch.cat(values)
        for _ in range(4):
            for idx in torch.randperm(len(b_obs)).split(32):
                _, newlogprob, entropy, newvalue = agent.get_action_and_value(b_obs[idx], b_actions[idx])
                ratio = (newlogprob - b_logprobs[idx]).exp()
                adv = (b_adv[idx] - b_adv[idx].mean()) / (b_adv[idx].std() + 1e-8)
                pg_loss = torch.max(-adv * ratio, -adv * ratio.clamp(0.9, 1.1)).mean()
                loss = pg_loss + 0.5 * ((newvalue.flatten() - b_returns[idx]) ** 2).mean() - 0.01 * entropy.mean()
                optimizer.zero_grad()
                loss.backward()
                nn.utils.clip_grad_norm_(agent.parameters(), 0.5)
                optimizer.step()


if __name__ == "__main__":
    main()
