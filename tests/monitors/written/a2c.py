"""A2C with one network for both heads, functions only, with the mistakes that --fault names."""
import sys

import gymnasium
import numpy as np
import torch
from gymnasium.vector import SyncVectorEnv
from torch.nn import Linear, Module, functional

env_id, seed, fault = "CartPole-v1", 0, ""
for word, value in zip(sys.argv[1::2], sys.argv[2::2]):
    if word == "--fault":
        fault = value
    elif word == "--seed":
        seed = int(value)
    else:
        env_id = value
N_ENVS, N_STEPS, DISCOUNT, TOTAL_STEPS = 8, 10, 0.99, 24_000
LEARNING_RATE = {"learning-rate-x100": 0.3, "learning-rate-/1000": 3e-6}.get(fault, 3e-3)
ENTROPY = {"entropy-with-wrong-sign": -1.0, "entropy-far-too-much": 20.0}.get(fault, 0.01)
torch.manual_seed(seed)
torch.set_num_threads(1)
envs = SyncVectorEnv([lambda: gymnasium.make(env_id) for _ in range(N_ENVS)])


class ActorCritic(Module):
    def __init__(self, inputs, actions):
        super().__init__()
        self.body = Linear(inputs, 64)
        self.pi = Linear(64, actions)
        self.v = Linear(64, 1)

    def forward(self, x):
        hidden = torch.tanh(self.body(x))
        return functional.log_softmax(self.pi(hidden), dim=-1), self.v(hidden).squeeze(-1)


model = ActorCritic(envs.single_observation_space.shape[0], envs.single_action_space.n)
held = [p for name, p in model.named_parameters() if fault != "value-head-not-held" or not name.startswith("v.")]
optimizer = torch.optim.RMSprop(held, lr=LEARNING_RATE, eps=1e-5)
state, _ = envs.reset(seed=seed)
done_before = np.zeros(N_ENVS, bool)
steps = score = 0
while steps < TOTAL_STEPS:
    if fault == "seed-in-the-loop":
        torch.manual_seed(seed)
    log_probs, values, rewards, masks, entropies = [], [], [], [], []
    for _ in range(N_STEPS):
        logp, value = model(torch.as_tensor(state, dtype=torch.float32))
        dist = torch.distributions.Categorical(logits=logp)
        action = dist.sample()
        state, reward, terminated, truncated, _ = envs.step(action.numpy())
        done = terminated | truncated
        score += reward.sum()
        steps += N_ENVS
        if fault == "reward-x1000":
            reward = reward * 1e5
        log_probs.append(dist.log_prob(action))
        values.append(value)
        entropies.append(dist.entropy())
        rewards.append(torch.as_tensor(reward, dtype=torch.float32))
        masks.append(torch.as_tensor(~done_before, dtype=torch.float32))
        done_before = done
        rewards[-1] = rewards[-1] * masks[-1]
        masks[-1] = torch.as_tensor(~done, dtype=torch.float32)
    with torch.no_grad():
        R = model(torch.as_tensor(state, dtype=torch.float32))[1]
    returns = []
    for r, mask in zip(reversed(rewards), reversed(masks)):
        R = r + DISCOUNT * mask * R
        returns.insert(0, R)
    returns, values = torch.stack(returns), torch.stack(values)
    if fault == "returns-with-wrong-sign":
        returns = -returns
    if fault == "returns-not-discounted-but-summed-twice":
        returns = returns * 20
    advantages = returns - values.detach()
    if fault == "advantages-divided-by-zero" and steps > 3_000:
        advantages = (advantages - advantages.mean()) / (advantages.std() * 0)
    if fault == "log-probabilities-detached":
        log_probs = [one.detach() for one in log_probs]
    policy_loss = -(torch.stack(log_probs) * advantages).mean()
    value_loss = functional.mse_loss(values if fault != "values-detached" else values.detach(), returns)
    loss = policy_loss + 0.5 * value_loss - ENTROPY * torch.stack(entropies).mean()
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 0.5)
    optimizer.step()
    if fault == "crash" and steps > 5_000:
        raise RuntimeError("out of luck")
print(score, sum(p.double().sum().item() for p in model.parameters()))
