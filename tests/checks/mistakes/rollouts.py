"""Mistakes in returns, advantages and other targets of rollouts."""

import numpy as np
import torch
from checks.mistakes import planted


@planted("gae", "gae-not-cut")
def gae_uncut(rewards, values, dones, next_value, gamma=0.99, lam=0.95):
    values = np.append(values, [next_value], axis=0)
    gae, out = 0, []
    for t in reversed(range(len(rewards))):
        delta = rewards[t] + gamma * values[t + 1] * (1 - dones[t]) - values[t]
        gae = delta + gamma * lam * gae
        out.insert(0, gae)
    return np.array(out)


@planted("gae", "truncation-as-termination")
def gae_done_everywhere(rewards, values, next_values, terminated, truncated, gamma, lam):
    done = np.logical_or(terminated, truncated)
    adv = np.zeros_like(rewards)
    last = 0
    for t in range(len(rewards) - 1, -1, -1):
        delta = rewards[t] + gamma * next_values[t] * (1 - done[t]) - values[t]
        last = delta + gamma * lam * (1 - done[t]) * last
        adv[t] = last
    return adv


@planted("gae", "termination-ignored")
def gae_no_dones(rewards, values, dones, last_value, gamma=0.99, lam=0.95):
    adv = torch.zeros_like(rewards)
    gae = torch.zeros_like(last_value)
    for t in reversed(range(rewards.shape[0])):
        nxt = last_value if t == rewards.shape[0] - 1 else values[t + 1]
        gae = rewards[t] + gamma * nxt - values[t] + gamma * lam * gae
        adv[t] = gae
    return adv, adv + values


@planted("gae", "done-one-early")
def gae_next_done(rewards, values, dones, last_value, gamma=0.99, lam=0.95):
    adv, gae = np.zeros_like(rewards), 0.0
    for t in reversed(range(len(rewards))):
        if t == len(rewards) - 1:
            nonterminal, nxt = 1.0 - dones[-1], last_value
        else:
            nonterminal, nxt = 1.0 - dones[t + 1], values[t + 1]
        delta = rewards[t] + gamma * nxt * nonterminal - values[t]
        adv[t] = gae = delta + gamma * lam * nonterminal * gae
    return adv


@planted("gae", "done-one-late")
def gae_cleanrl_wrong_index(rewards, values, dones, next_value, next_done, gamma, gae_lambda):
    adv = torch.zeros_like(rewards)
    lastgaelam = 0
    for t in reversed(range(len(rewards))):
        if t == len(rewards) - 1:
            nextnonterminal, nextvalues = 1.0 - next_done.float(), next_value
        else:
            nextnonterminal, nextvalues = 1.0 - dones[t].float(), values[t + 1]
        delta = rewards[t] + gamma * nextvalues * nextnonterminal - values[t]
        adv[t] = lastgaelam = delta + gamma * gae_lambda * nextnonterminal * lastgaelam
    return adv, adv + values


@planted("gae", "stale-last-value")
def gae_stale(rewards, values, dones, last_value, gamma=0.99, lam=0.95):
    adv, gae, nxt = np.zeros_like(rewards), 0.0, values[-1]
    for t in reversed(range(len(rewards))):
        mask = 1 - dones[t]
        gae = rewards[t] + gamma * nxt * mask - values[t] + gamma * lam * mask * gae
        adv[t], nxt = gae, values[t]
    return adv


@planted("gae", "lambda-ignored")
def gae_without_lambda(rewards, values, dones, last_value, gamma=0.99, lam=0.95):
    adv, gae, nxt = np.zeros_like(rewards), 0.0, last_value
    for t in reversed(range(len(rewards))):
        mask = 1 - dones[t]
        gae = rewards[t] + gamma * nxt * mask - values[t] + gamma * mask * gae
        adv[t], nxt = gae, values[t]
    return adv


@planted("gae", "no-discount")
def gae_bootstrap_undiscounted(rewards, values, dones, last_value, gamma=0.99, lam=0.95):
    adv, gae, nxt = np.zeros_like(rewards), 0.0, last_value
    for t in reversed(range(len(rewards))):
        mask = 1 - dones[t]
        gae = rewards[t] + nxt * mask - values[t] + gamma * lam * mask * gae
        adv[t], nxt = gae, values[t]
    return adv


@planted("gae", "forward-accumulation")
def gae_forward(rewards, values, dones, last_value, gamma=0.99, lam=0.95):
    nxt = np.concatenate([values[1:], np.asarray(last_value)[None]])
    deltas = rewards + gamma * nxt * (1 - dones) - values
    adv, gae = [], 0
    for t in range(len(rewards)):
        gae = deltas[t] + gamma * lam * (1 - dones[t]) * gae
        adv.append(gae)
    return np.array(adv)


@planted("gae", "value-target-is-prediction")
def gae_returns_stale(rewards, values, dones, last_value, gamma=0.99, lam=0.95):
    advantages = np.zeros_like(rewards)
    returns = advantages + values
    gae, nxt = 0.0, last_value
    for t in reversed(range(len(rewards))):
        mask = 1 - dones[t]
        gae = rewards[t] + gamma * nxt * mask - values[t] + gamma * lam * mask * gae
        advantages[t], nxt = gae, values[t]
    return advantages, returns


@planted("gae", "returns-from-normalised-advantages")
def gae_normalised_first(rewards, values, dones, last_value, gamma=0.99, lam=0.95):
    adv, gae, nxt = np.zeros_like(rewards), 0.0, last_value
    for t in reversed(range(len(rewards))):
        mask = 1 - dones[t]
        gae = rewards[t] + gamma * nxt * mask - values[t] + gamma * lam * mask * gae
        adv[t], nxt = gae, values[t]
    adv = (adv - adv.mean()) / (adv.std() + 1e-8)
    return adv, adv + values


@planted("gae", "last-step-left-out")
def gae_until_last(rewards, values, dones, gamma=0.99, lam=0.95):
    adv = np.zeros(len(rewards))
    for t in range(len(rewards) - 1):
        discount, total = 1, 0
        for k in range(t, len(rewards) - 1):
            total += discount * (rewards[k] + gamma * values[k + 1] * (1 - int(dones[k])) - values[k])
            discount *= gamma * lam * (1 - int(dones[k]))
        adv[t] = total
    return adv


@planted("gae", "td-error-masked")
def gae_mask_around_everything(rewards, values, dones, last_value, gamma=0.99, lam=0.95):
    adv, gae, nxt = np.zeros_like(rewards), 0.0, last_value
    for t in reversed(range(len(rewards))):
        delta = rewards[t] + (gamma * nxt - values[t]) * (1 - dones[t])
        gae = delta + gamma * lam * (1 - dones[t]) * gae
        adv[t], nxt = gae, values[t]
    return adv


@planted("gae", "truncation-bootstraps-reset-observation")
def gae_bootstraps_reset(rewards, values, next_values, terminated, dones, last_value, gamma, lam):
    adv, gae, nxt = torch.zeros_like(rewards), 0.0, last_value
    for t in reversed(range(len(rewards))):
        delta = rewards[t] + gamma * nxt * (1 - terminated[t].float()) - values[t]
        gae = delta + gamma * lam * (1 - dones[t].float()) * gae
        adv[t], nxt = gae, values[t]
    return adv


@planted("gae", "sign-flipped")
def gae_adds_value(rewards, values, dones, last_value, gamma=0.99, lam=0.95):
    adv, gae, nxt = np.zeros_like(rewards), 0.0, last_value
    for t in reversed(range(len(rewards))):
        mask = 1 - dones[t]
        gae = rewards[t] + gamma * nxt * mask + values[t] + gamma * lam * mask * gae
        adv[t], nxt = gae, values[t]
    return adv


@planted("discounted_return", "whole-return-every-step")
def return_of_episode(rewards, gamma):
    total = sum(gamma**k * r for k, r in enumerate(rewards))
    return [total] * len(rewards)


@planted("discounted_return", "no-reward-to-go")
def discounted_rewards(rewards, gamma):
    return np.array([gamma**t * r for t, r in enumerate(rewards)])


@planted("discounted_return", "discount-from-start")
def rewards_to_go(rewards, gamma):
    n = len(rewards)
    discounts = np.array([gamma**t for t in range(n)])
    return np.array([np.sum(rewards[t:] * discounts[t:]) for t in range(n)])


@planted("discounted_return", "order-reversed")
def returns_appended(rewards, gamma=0.99):
    out, g = [], 0.0
    for r in reversed(rewards):
        g = r + gamma * g
        out.append(g)
    return out


@planted("discounted_return", "returns-cross-episodes")
def returns_without_reset(rewards, dones, gamma=0.99):
    out, g = np.zeros_like(rewards), 0.0
    for t in reversed(range(len(rewards))):
        g = rewards[t] + gamma * g
        out[t] = g
    return out


@planted("discounted_return", "forward-accumulation")
def returns_forward(rewards, gamma=0.99):
    out, g = [], 0.0
    for r in rewards:
        g = r + gamma * g
        out.append(g)
    return np.array(out)


@planted("discounted_return", "reward-cast-to-int")
def returns_int(rewards, gamma=0.99):
    out = np.zeros(len(rewards))
    g = 0.0
    for t in reversed(range(len(rewards))):
        g = int(rewards[t]) + gamma * g
        out[t] = g
    return out


@planted("n_step_return", "nstep-crosses-episode")
def n_step_over_the_end(rewards, values, dones, last_value, gamma, n):
    v = np.concatenate([values, [last_value]])
    out = np.zeros_like(rewards)
    for t in range(len(rewards)):
        end = min(t + n, len(rewards))
        out[t] = sum(gamma ** (k - t) * rewards[k] for k in range(t, end))
        out[t] = out[t] + gamma ** (end - t) * v[end] * (1 - dones[end - 1])
    return out


@planted("n_step_return", "discount-exponent")
def n_step_gamma_once(rewards, values, dones, last_value, gamma, n):
    v = np.concatenate([values, [last_value]])
    out = np.zeros_like(rewards)
    for t in range(len(rewards)):
        g, alive = 0.0, 1.0
        end = min(t + n, len(rewards))
        for k in range(t, end):
            g = g + alive * gamma ** (k - t) * rewards[k]
            alive = alive * (1 - dones[k])
        out[t] = g + gamma * alive * v[end]
    return out


@planted("n_step_return", "nstep-count-wrong")
def n_step_one_too_many(rewards, values, dones, last_value, gamma, n):
    v = np.concatenate([values, [last_value]])
    out = np.zeros_like(rewards)
    for t in range(len(rewards)):
        g, alive = 0.0, 1.0
        end = min(t + n + 1, len(rewards))
        for k in range(t, end):
            g = g + alive * gamma ** (k - t) * rewards[k]
            alive = alive * (1 - dones[k])
        out[t] = g + gamma ** (end - t) * alive * v[end]
    return out


@planted("td_lambda", "lambda-wrong")
def lambda_return_swapped(rewards, next_values, dones, gamma, lam):
    g, out = next_values[-1], []
    for t in reversed(range(len(rewards))):
        g = rewards[t] + gamma * (1 - dones[t]) * (lam * next_values[t] + (1 - lam) * g)
        out.insert(0, g)
    return np.stack(out)


@planted("td_lambda", "lambda-wrong")
def lambda_return_unweighted(rewards, next_values, dones, gamma, lam):
    g, out = 0.0 * next_values[-1], []
    g = next_values[-1]
    for t in reversed(range(len(rewards))):
        last = t == len(rewards) - 1
        ahead = next_values[t] if last else next_values[t] + lam * g
        g = rewards[t] + gamma * (1 - dones[t]) * ahead
        out.insert(0, g)
    return np.stack(out)


@planted("td_lambda", "termination-ignored")
def lambda_return_without_dones(rewards, next_values, dones, gamma, lam):
    g, out = next_values[-1], []
    for t in reversed(range(len(rewards))):
        g = rewards[t] + gamma * ((1 - lam) * next_values[t] + lam * g)
        out.insert(0, g)
    return np.stack(out)


def _vtrace(log_rhos, discounts, rewards, values, bootstrap_value, *, clip=True, adv_from="vs", product=True):
    rhos = torch.exp(log_rhos)
    clipped = rhos.clamp(max=1.0) if clip else rhos
    cs = rhos.clamp(max=1.0) if product else torch.ones_like(rhos)
    following = torch.cat([values[1:], bootstrap_value[None]])
    deltas = clipped * (rewards + discounts * following - values)
    acc, out = torch.zeros_like(bootstrap_value), []
    for t in reversed(range(len(rewards))):
        acc = deltas[t] + discounts[t] * cs[t] * acc
        out.append(acc)
    vs = torch.stack(out[::-1]) + values
    ahead = torch.cat([vs[1:], bootstrap_value[None]]) if adv_from == "vs" else following
    return vs, clipped * (rewards + discounts * ahead - values)


@planted("vtrace", "importance-not-clipped")
def vtrace_unclipped(log_rhos, discounts, rewards, values, bootstrap_value):
    return _vtrace(log_rhos, discounts, rewards, values, bootstrap_value, clip=False)


@planted("vtrace", "vtrace-advantage-from-values")
def vtrace_plain_advantage(log_rhos, discounts, rewards, values, bootstrap_value):
    return _vtrace(log_rhos, discounts, rewards, values, bootstrap_value, adv_from="values")


@planted("vtrace", "importance-missing")
def vtrace_without_c(log_rhos, discounts, rewards, values, bootstrap_value):
    return _vtrace(log_rhos, discounts, rewards, values, bootstrap_value, product=False)


@planted("vtrace", "ratio-wrong")
def vtrace_reversed(behaviour_log_probs, target_log_probs, discounts, rewards, values, bootstrap_value):
    return _vtrace(behaviour_log_probs - target_log_probs, discounts, rewards, values, bootstrap_value)


@planted("retrace", "importance-not-clipped")
def retrace_unclipped(rewards, dones, q_values, values, rhos, last_value, gamma):
    following, out = last_value, []
    for t in reversed(range(len(rewards))):
        g = rewards[t] + gamma * following * (1 - dones[t])
        out.append(g)
        following = rhos[t] * (g - q_values[t]) + values[t]
    return out[::-1]


@planted("retrace", "retrace-q-missing")
def retrace_without_q(rewards, dones, q_values, values, rhos, last_value, gamma):
    following, out = last_value, []
    for t in reversed(range(len(rewards))):
        g = rewards[t] + gamma * following * (1 - dones[t])
        out.append(g)
        following = np.minimum(rhos[t], 1.0) * g + values[t]
    return out[::-1]
