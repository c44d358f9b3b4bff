"""PPO in one file, with the mistakes that --fault names."""
import argparse

import gymnasium as gym
import numpy as np
import torch
import torch.nn as nn
from torch.distributions import Categorical, Normal

parser = argparse.ArgumentParser()
parser.add_argument("--env-id", default="CartPole-v1")
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--total-timesteps", type=int, default=12288)
parser.add_argument("--num-envs", type=int, default=4)
parser.add_argument("--num-steps", type=int, default=128)
parser.add_argument("--learning-rate", type=float, default=1e-3)
parser.add_argument("--ent-coef", type=float, default=0.01)
parser.add_argument("--fault", default="")
args = parser.parse_args()
fault = args.fault
gamma, lam, clip, epochs, minibatches = 0.99, 0.95, 0.2, 4, 4
np.random.seed(args.seed)
torch.manual_seed(args.seed)
torch.set_num_threads(1)
lr, ent_coef = args.learning_rate, args.ent_coef
if fault == "learning-rate-x100":
    lr *= 100
if fault == "learning-rate-/1000":
    lr /= 1000
if fault == "entropy-far-too-much":
    ent_coef = 5.0
if fault == "entropy-with-wrong-sign":
    ent_coef = -3.0
if fault == "epochs-far-too-many":
    epochs, clip = 30, 10.0


def layer(i, o, std=np.sqrt(2)):
    linear = nn.Linear(i, o)
    nn.init.orthogonal_(linear.weight, std)
    nn.init.constant_(linear.bias, 0.0)
    return linear


class Agent(nn.Module):
    def __init__(self, envs):
        super().__init__()
        d = int(np.prod(envs.single_observation_space.shape))
        self.discrete = hasattr(envs.single_action_space, "n")
        k = envs.single_action_space.n if self.discrete else envs.single_action_space.shape[0]
        drop = [nn.Dropout(0.3)] if fault == "dropout-in-training-mode" else []
        self.critic = nn.Sequential(layer(d, 64), nn.Tanh(), layer(64, 64), nn.Tanh(), layer(64, 1, 1.0))
        last = 30.0 if fault == "last-layer-not-small" else 0.01
        self.actor = nn.Sequential(layer(d, 64), nn.Tanh(), *drop, layer(64, 64), nn.Tanh(), layer(64, k, last))
        if not self.discrete:
            self.log_std = nn.Parameter(torch.full((1, k), 4.0 if fault == "deviation-far-too-wide" else 0.0))

    def get_value(self, x):
        return self.critic(x)

    def get_action_and_value(self, x, action=None):
        out = self.actor(x.detach()) if fault != "policy-detached" else self.actor(x).detach()
        if self.discrete:
            dist = Categorical(logits=out)
        else:
            dist = Normal(out, self.log_std.expand_as(out).exp())
        if action is None:
            action = dist.sample()
        log_prob, entropy = dist.log_prob(action), dist.entropy()
        if not self.discrete:
            log_prob, entropy = log_prob.sum(1), entropy.sum(1)
        return action, log_prob, entropy, self.critic(x)


def make_env():
    env = gym.make(args.env_id)
    if fault == "observations-x1000":
        env = gym.wrappers.TransformObservation(env, lambda o: o * 1000, env.observation_space)
    return env


envs = gym.vector.SyncVectorEnv([make_env] * args.num_envs, autoreset_mode=gym.vector.AutoresetMode.SAME_STEP)
agent = Agent(envs)
held = list(agent.parameters())
if fault == "optimizer-without-critic":
    held = list(agent.actor.parameters())
if fault == "optimizer-without-actor":
    held = list(agent.critic.parameters())
optimizer = torch.optim.Adam(held, lr=lr, eps=1e-5)
T, N = args.num_steps, args.num_envs
shape = envs.single_action_space.shape
obs = torch.zeros((T, N, *envs.single_observation_space.shape))
actions = torch.zeros((T, N, *shape))
logprobs, rewards, dones, values = (torch.zeros((T, N)) for _ in range(4))
next_obs, _ = envs.reset(seed=args.seed)
next_obs, next_done = torch.as_tensor(next_obs, dtype=torch.float32), torch.zeros(N)
total, step = 0.0, 0
for update in range(args.total_timesteps // (T * N)):
    for t in range(T):
        step += N
        obs[t], dones[t] = next_obs, next_done
        with torch.no_grad():
            action, logprob, _, value = agent.get_action_and_value(next_obs)
        values[t], actions[t], logprobs[t] = value.flatten(), action, logprob
        taken = action.numpy()
        if not agent.discrete:
            taken = np.clip(taken, envs.single_action_space.low, envs.single_action_space.high)
            if fault == "clipped-action-stored":
                actions[t] = torch.as_tensor(taken)
        o, r, term, trunc, info = envs.step(taken)
        total += r.sum()
        if fault == "reward-x1000":
            r = r * 1e6
        if fault == "reward-becomes-nan" and step > 2000:
            r = r * np.nan
        if fault == "rewards-lost":
            r = r * 0
        rewards[t] = torch.as_tensor(r, dtype=torch.float32)
        next_obs = torch.as_tensor(o, dtype=torch.float32)
        next_done = torch.as_tensor(np.logical_or(term, trunc), dtype=torch.float32)
    with torch.no_grad():
        next_value = agent.get_value(next_obs).reshape(1, -1)
        advantages, last = torch.zeros_like(rewards), 0
        for t in reversed(range(T)):
            mask = 1.0 - (next_done if t == T - 1 else dones[t + 1])
            following = next_value if t == T - 1 else values[t + 1]
            last = rewards[t] + gamma * following * mask - values[t] + gamma * lam * mask * last
            advantages[t] = last
        returns = advantages + values
    if fault == "values-off-by-100":
        returns = returns + 300.0
    if fault == "targets-are-values":
        returns = values.clone()
    if fault == "targets-with-wrong-sign":
        returns = -returns
    if fault == "stale-log-probabilities":
        logprobs = torch.roll(logprobs, 1, 0)
    b_obs, b_log = obs.reshape(T * N, -1), logprobs.reshape(-1)
    b_act, b_adv, b_ret = actions.reshape((-1, *shape)), advantages.reshape(-1), returns.reshape(-1)
    if fault == "observations-shuffled-apart":
        b_obs = b_obs[torch.randperm(T * N)]
    if fault == "advantages-all-zero":
        b_adv = b_adv * 0
    if fault == "update-never-reached" and step < 10 * args.total_timesteps:
        continue
    for epoch in range(epochs):
        order = np.random.permutation(T * N)
        for i in np.split(order, minibatches):
            _, newlog, entropy, newvalue = agent.get_action_and_value(b_obs[i], b_act[i])
            ratio = (newlog - b_log[i]).exp()
            adv = b_adv[i]
            if fault != "advantages-all-zero":
                adv = (adv - adv.mean()) / (adv.std() + 1e-8)
            pg = torch.max(-adv * ratio, -adv * ratio.clamp(1 - clip, 1 + clip)).mean()
            newvalue = newvalue.view(-1)
            if fault == "detached-critic":
                newvalue = newvalue.detach()
            v_loss = 0.5 * ((newvalue - b_ret[i]) ** 2).mean()
            if fault == "value-loss-left-out":
                v_loss = v_loss * 0
            loss = pg - ent_coef * entropy.mean() + 0.5 * v_loss
            optimizer.zero_grad()
            loss.backward()
            if fault != "gradients-not-clipped":
                nn.utils.clip_grad_norm_(agent.parameters(), 0.5)
            optimizer.step()
print(total, sum(p.double().sum().item() for p in agent.parameters()))
