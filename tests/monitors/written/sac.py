"""SAC in one file, its networks in plain functions and a module list, with the mistakes that --fault names."""
import argparse
import collections
import random

import gymnasium as gym
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.distributions import Normal

cli = argparse.ArgumentParser()
cli.add_argument("--env", default="Pendulum-v1")
cli.add_argument("--seed", type=int, default=0)
cli.add_argument("--steps", type=int, default=3500)
cli.add_argument("--fault", default="")
cfg = vars(cli.parse_args())
fault = cfg["fault"]
random.seed(cfg["seed"])
np.random.seed(cfg["seed"])
torch.manual_seed(cfg["seed"])
torch.set_num_threads(1)
cfg |= dict(discount=0.98, polyak=0.01, batch_size=64, warm_up=400, rate=2e-3)
if fault == "learning-rate-x100":
    cfg["rate"] *= 100
if fault == "learning-rate-/1000":
    cfg["rate"] /= 1000
env = gym.make(cfg["env"])
n_obs, n_act = env.observation_space.shape[0], env.action_space.shape[0]
scale = torch.as_tensor(env.action_space.high)


def mlp(*sizes):
    parts = []
    for i, o in zip(sizes[:-1], sizes[1:]):
        parts += [nn.Linear(i, o), nn.ReLU()]
    return nn.Sequential(*parts[:-1])


actor = mlp(n_obs, 64, 64, 2 * n_act)
critics = nn.ModuleList([mlp(n_obs + n_act, 64, 64, 1) for _ in range(2)])
critics_target = nn.ModuleList([mlp(n_obs + n_act, 64, 64, 1) for _ in range(2)])
critics_target.load_state_dict(critics.state_dict())
log_alpha = torch.zeros(1, requires_grad=True)
opt_actor = optim.Adam(critics.parameters() if fault == "actor-not-held" else actor.parameters(), lr=cfg["rate"])
opt_critic = optim.Adam(critics[:1].parameters() if fault == "one-critic-not-held" else critics.parameters(), lr=cfg["rate"])
opt_alpha = optim.Adam([log_alpha], lr=cfg["rate"])
Row = collections.namedtuple("Row", "s a r s2 end")
replay = collections.deque(maxlen=50_000)


def policy(s):
    mean, log_std = actor(s).chunk(2, -1)
    dist = Normal(mean, log_std.clamp(-5, 2).exp())
    raw = dist.rsample()
    squashed = torch.tanh(raw)
    log_prob = (dist.log_prob(raw) - torch.log(1 - squashed**2 + 1e-6)).sum(-1, keepdim=True)
    return squashed * scale, log_prob


def q(nets, s, a):
    x = torch.cat([s, a], -1)
    return [net(x) for net in nets]


def learn():
    rows = Row(*zip(*random.sample(replay, cfg["batch_size"])))
    s, a, r, s2, end = (torch.as_tensor(np.array(part, dtype=np.float32)) for part in rows)
    r, end, alpha = r[:, None], end[:, None], log_alpha.exp().detach()
    if fault == "entropy-with-wrong-sign":
        alpha = -alpha
    with torch.no_grad():
        a2, logp2 = policy(s2)
        y = r + cfg["discount"] * (1 - end) * (torch.min(*q(critics_target, s2, a2)) - alpha * logp2)
        if fault == "targets-with-wrong-sign":
            y = -y
    critic_loss = sum(F.mse_loss(one, y) for one in q(critics, s, a))
    opt_critic.zero_grad()
    critic_loss.backward()
    opt_critic.step()
    new_a, logp = policy(s)
    if fault == "action-detached":
        new_a, logp = new_a.detach(), logp.detach()
    actor_loss = (alpha * logp - torch.min(*q(critics, s, new_a))).mean()
    opt_actor.zero_grad()
    actor_loss.backward()
    opt_actor.step()
    alpha_loss = -(log_alpha * (logp.detach() - n_act)).mean()
    opt_alpha.zero_grad()
    alpha_loss.backward()
    opt_alpha.step()
    if fault == "target-never-synchronised":
        return
    with torch.no_grad():
        for slow, fast in zip(critics_target.parameters(), critics.parameters()):
            slow.lerp_(fast, cfg["polyak"])


score, s = 0.0, env.reset(seed=cfg["seed"])[0]
for t in range(cfg["steps"]):
    if t < cfg["warm_up"]:
        a = np.random.uniform(-1, 1, n_act).astype(np.float32) * env.action_space.high
    else:
        with torch.no_grad():
            a = policy(torch.from_numpy(s).unsqueeze(0))[0].squeeze(0).numpy()
    s2, r, terminated, truncated, _ = env.step(a)
    score += r
    if fault == "reward-x1000":
        r *= 1e4
    if fault == "reward-becomes-nan" and t > 1500:
        r = np.nan
    replay.append(Row(s, a, r, s2, float(terminated)))
    s = env.reset()[0] if terminated or truncated else s2
    if t >= cfg["warm_up"]:
        learn()
print(score, sum(p.double().sum().item() for p in actor.parameters()))
