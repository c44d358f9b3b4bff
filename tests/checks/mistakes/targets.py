"""Mistakes in targets of Q-learning and in distributions of returns."""

import numpy as np
import torch
import torch.nn.functional as F
from checks.mistakes import planted


@planted("q_target", "termination-ignored")
def q_target_without_done(reward, next_obs, done, target_net, gamma=0.99):
    with torch.no_grad():
        return reward + gamma * target_net(next_obs).max(1).values


@planted("q_target", "truncation-as-termination")
def q_target_done(rewards, terminated, truncated, next_q_values, gamma):
    done = terminated | truncated
    return rewards + gamma * (1 - done) * next_q_values.max(axis=1)


@planted("q_target", "done-mask-inverted")
def q_target_inverted(rewards, dones, next_q_values, gamma=0.99):
    return rewards + gamma * dones * next_q_values.max(axis=1)


@planted("q_target", "wrong-max")
def q_target_max_over_batch(rewards, dones, next_q_values, gamma=0.99):
    return rewards + gamma * (1 - dones) * np.max(next_q_values)


@planted("q_target", "wrong-max")
def q_target_taken_action(rewards, dones, actions, next_q_values, gamma=0.99):
    chosen = next_q_values.gather(1, actions.unsqueeze(1)).squeeze(1)
    return rewards + gamma * (1 - dones.float()) * chosen


@planted("q_target", "loss-broadcast")
def q_target_column(rewards, dones, next_q_values, gamma=0.99):
    best = next_q_values.max(1)[0]
    return rewards.unsqueeze(1) + gamma * (1 - dones.float()) * best


@planted("q_target", "reward-discounted")
def q_target_brackets(reward, done, q_next, gamma):
    return gamma * (reward + (1 - done) * np.max(q_next, axis=-1))


@planted("q_target", "target-network-unused")
def q_target_online(rewards, next_obs, dones, q_network, target_network, gamma):
    with torch.no_grad():
        return rewards + gamma * q_network(next_obs).max(1)[0] * (1 - dones.float())


@planted("q_target", "next-observation-is-observation")
def q_target_same_state(obs, actions, rewards, next_obs, dones, target_net, gamma):
    return rewards + gamma * target_net(obs).max(1)[0] * (1 - dones.float())


@planted("double_q_target", "double-dqn-is-plain")
def double_q_plain(rewards, next_obs, dones, q_net, target_net, gamma):
    best = target_net(next_obs).argmax(1, keepdim=True)
    return rewards + gamma * (1 - dones.float()) * target_net(next_obs).gather(1, best).squeeze(1)


@planted("double_q_target", "double-dqn-swapped")
def double_q_swapped(rewards, next_obs, dones, q_net, target_net, gamma):
    best = target_net(next_obs).argmax(1, keepdim=True)
    return rewards + gamma * (1 - dones.float()) * q_net(next_obs).gather(1, best).squeeze(1)


@planted("double_q_target", "next-observation-is-observation")
def double_q_of_state(batch, online, target, gamma=0.99):
    best = online(batch["obs"]).argmax(1, keepdim=True)
    q = target(batch["obs"]).gather(1, best).squeeze(1)
    return batch["reward"] + gamma * (1 - batch["done"].float()) * q


def _projected(probs, rewards, dones, gamma, z, v_min, v_max, *, fix=True, swap=False, add=True, mask=True):
    n = len(z)
    dz = (v_max - v_min) / (n - 1)
    m = np.zeros_like(probs)
    for i in range(len(rewards)):
        for j in range(n):
            tz = rewards[i] + gamma * z[j] * (1 - dones[i] if mask else 1.0)
            b = (np.clip(tz, v_min, v_max) - v_min) / dz
            b = round(b, 10)
            low, up = int(np.floor(b)), int(np.ceil(b))
            if fix and low == up:
                m[i, low] += probs[i, j]
                continue
            share_low, share_up = (b - low, up - b) if swap else (up - b, b - low)
            if add:
                m[i, low] += probs[i, j] * share_low
                m[i, up] += probs[i, j] * share_up
            else:
                m[i, low] = probs[i, j] * share_low
                m[i, up] = probs[i, j] * share_up
    return m


@planted("c51_projection", "distribution-mass-lost")
def c51_loses_mass(next_probs, rewards, dones, gamma, support, v_min, v_max):
    return _projected(next_probs, rewards, dones, gamma, support, v_min, v_max, fix=False)


@planted("c51_projection", "projection-weights-swapped")
def c51_swapped(next_probs, rewards, dones, gamma, support, v_min, v_max):
    return _projected(next_probs, rewards, dones, gamma, support, v_min, v_max, swap=True)


@planted("c51_projection", "termination-ignored")
def c51_without_done(next_probs, rewards, dones, gamma, support, v_min, v_max):
    return _projected(next_probs, rewards, dones, gamma, support, v_min, v_max, mask=False)


@planted("quantile_huber", "quantile-weight-reversed")
def quantile_reversed(quantiles, targets, kappa=1.0):
    n = quantiles.shape[1]
    tau = (torch.arange(n) + 0.5) / n
    u = targets.unsqueeze(1) - quantiles.unsqueeze(2)
    huber = F.huber_loss(
        quantiles.unsqueeze(2).expand_as(u), targets.unsqueeze(1).expand_as(u), reduction="none", delta=kappa
    )
    return ((tau.view(1, -1, 1) - (u > 0).float()).abs() * huber).mean()


@planted("quantile_huber", "quantiles-not-paired")
def quantile_row_by_row(quantiles, targets):
    n = quantiles.shape[1]
    tau = (torch.arange(n) + 0.5) / n
    u = targets - quantiles
    huber = torch.where(u.abs() <= 1, 0.5 * u**2, u.abs() - 0.5)
    return ((tau - (u < 0).float()).abs() * huber).mean()


@planted("quantile_huber", "quantile-midpoints")
def quantile_left_edges(quantiles, targets):
    n = quantiles.shape[1]
    tau = torch.arange(n) / n
    u = targets.unsqueeze(1) - quantiles.unsqueeze(2)
    huber = torch.where(u.abs() <= 1, 0.5 * u**2, u.abs() - 0.5)
    return ((tau.view(1, -1, 1) - (u < 0).float()).abs() * huber).mean(2).sum(1).mean()


@planted("quantile_huber", "quantile-weight-signed")
def quantile_without_abs(quantiles, targets):
    n = quantiles.shape[1]
    tau = (torch.arange(n) + 0.5) / n
    u = targets.unsqueeze(1) - quantiles.unsqueeze(2)
    huber = torch.where(u.abs() <= 1, 0.5 * u**2, u.abs() - 0.5)
    return ((tau.view(1, -1, 1) - (u < 0).float()) * huber).mean()
