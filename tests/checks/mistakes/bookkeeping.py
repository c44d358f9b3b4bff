"""Mistakes in schedules, statistics, target networks and replay."""

import numpy as np
import torch
from checks.mistakes import planted


@planted("polyak_update", "target-update-reversed")
def soft_update_reversed(source, target, tau=0.005):
    with torch.no_grad():
        for s, t in zip(source.parameters(), target.parameters(), strict=True):
            t.copy_(tau * t + (1 - tau) * s)


@planted("polyak_update", "target-update-reversed")
def soft_update_into_online(net, target_net, tau):
    for p, tp in zip(net.parameters(), target_net.parameters(), strict=True):
        p.data.copy_(tau * p.data + (1 - tau) * tp.data)


@planted("polyak_update", "target-never-synced")
def soft_update_lost(params, target_params, tau):
    for p, t in zip(params, target_params, strict=True):
        t = (1 - tau) * t + tau * p


@planted("polyak_update", "target-copied")
def hard_update(online, target, tau):
    target.load_state_dict(online.state_dict())


@planted("linear_schedule", "epsilon-schedule")
def schedule_goes_on(start, end, duration, t):
    return start + (end - start) * t / duration


@planted("linear_schedule", "epsilon-schedule")
def schedule_to_zero(start_e, end_e, duration, t):
    return max(end_e, start_e * (1 - t / duration))


@planted("linear_schedule", "epsilon-schedule")
def schedule_inverted(start, end, decay_steps, step):
    return end + (start - end) * min(1.0, step / decay_steps)


@planted("explained_variance", "reported-metric-wrong")
def explained_variance_swapped(y_pred, y_true):
    return 1 - np.var(y_true - y_pred) / np.var(y_pred)


@planted("explained_variance", "explained-variance-not-centred")
def explained_variance_r2(values, returns):
    return 1 - ((returns - values) ** 2).mean() / returns.var()


@planted("explained_variance", "explained-variance-not-inverted")
def unexplained(values, returns):
    return np.var(returns - values) / np.var(returns)


@planted("per_weights", "per-bias")
def weights_without_minus(probs, size, beta):
    w = (size * probs) ** beta
    return w / w.max()


@planted("per_weights", "per-weights-scale")
def weights_by_sum(probs, size, beta):
    w = (size * probs) ** -beta
    return w / w.sum()


@planted("per_weights", "per-bias")
def weights_from_priorities(priorities, alpha, beta):
    probs = priorities / priorities.sum()
    w = (len(priorities) * probs) ** -beta
    return w / w.max()


@planted("per_probabilities", "per-bias")
def probabilities_without_alpha(priorities, alpha):
    return priorities / priorities.sum()


@planted("per_probabilities", "per-bias")
def probabilities_softmax(priorities, alpha):
    return np.exp(alpha * priorities) / np.exp(alpha * priorities).sum()


@planted("frame_stack", "frame-stack")
class StackLeaks:
    def __init__(self, k):
        self.k, self.frames = k, []

    def reset(self, obs):
        return self.step(obs)

    def step(self, obs):
        self.frames = [*self.frames, obs][-self.k :]
        while len(self.frames) < self.k:
            self.frames.insert(0, self.frames[0])
        return np.stack(self.frames)


@planted("frame_stack", "frame-stack")
class StackOfOneFrame:
    def __init__(self, k):
        self.k = k

    def reset(self, obs):
        return np.stack([obs] * self.k)

    def step(self, obs):
        return np.stack([obs] * self.k)


@planted("running_mean_std", "running-statistics-wrong")
class AveragesVariances:
    def __init__(self, shape):
        self.mean, self.var, self.count = np.zeros(shape), np.ones(shape), 1e-4

    def update(self, x):
        n = len(x)
        self.mean = (self.mean * self.count + x.mean(0) * n) / (self.count + n)
        self.var = (self.var * self.count + x.var(0) * n) / (self.count + n)
        self.count += n


@planted("running_mean_std", "running-statistics-wrong")
def update_moments(mean, var, count, batch_mean, batch_var, batch_count):
    delta = batch_mean - mean
    total = count + batch_count
    new_mean = mean + delta * batch_count / total
    m2 = var * count + batch_var * batch_count + delta * count * batch_count / total
    return new_mean, m2 / total, total


@planted("minibatch_indices", "minibatch-leaves-out")
def minibatches_whole_only(n, batch_size):
    order = np.random.permutation(n)
    return [order[i * batch_size : (i + 1) * batch_size] for i in range(n // batch_size)]


@planted("minibatch_indices", "minibatch-repeats-rows")
def minibatches_with_replacement(n, batch_size):
    return [np.random.randint(0, n, batch_size) for _ in range(n // batch_size)]
