"""Mistakes in losses, divergences and log-probabilities of policies."""

import math

import numpy as np
import torch
import torch.nn.functional as F
from checks.mistakes import planted
from torch.distributions import Normal


@planted("kl", "kl-reversed")
def kl_by_torch(p, q):
    return F.kl_div(p.log(), q, reduction="batchmean")


@planted("kl", "kl-cross-entropy")
def kl_cross(p, q):
    return -(p * np.log(q)).sum(-1)


@planted("kl", "kl-not-weighted")
def kl_of_logits(p_logits, q_logits):
    return (F.log_softmax(p_logits, -1) - F.log_softmax(q_logits, -1)).sum(-1).mean()


@planted("kl", "gaussian-constant")
def kl_normal(mean1, std1, mean2, std2):
    return (np.log(std2 / std1) + (std1**2 + (mean1 - mean2) ** 2) / (2 * std2**2)).sum(-1)


@planted("kl", "variance-as-deviation")
def kl_normal_std(mean1, std1, mean2, std2):
    return (np.log(std2 / std1) + (std1 + (mean1 - mean2) ** 2) / (2 * std2) - 0.5).sum(-1)


@planted("kl", "log-prob-not-summed")
def kl_normal_mean(mean_old, log_std_old, mean_new, log_std_new):
    old, new = Normal(mean_old, log_std_old.exp()), Normal(mean_new, log_std_new.exp())
    return torch.distributions.kl_divergence(old, new).mean(-1)


@planted("entropy", "sign-flipped")
def entropy_plus(probs):
    return (probs * np.log(probs)).sum(-1)


@planted("entropy", "entropy-miscomputed")
def entropy_mean_of_log_probs(logits):
    return -F.log_softmax(logits, dim=-1).mean(-1)


@planted("entropy", "softmax-twice")
def entropy_of_softmaxed(probs):
    return torch.distributions.Categorical(logits=probs).entropy()


@planted("entropy", "gaussian-constant")
def entropy_gaussian(log_std):
    return (log_std + 0.5 * np.log(2 * np.pi)).sum(-1)


@planted("entropy", "log-prob-not-summed")
def entropy_gaussian_mean(std):
    return Normal(torch.zeros_like(std), std).entropy().mean(-1)


@planted("tanh_gaussian_log_prob", "tanh-correction-missing")
def log_prob_without_correction(mean, log_std, action):
    u = torch.atanh(action.clamp(-0.999999, 0.999999))
    return Normal(mean, log_std.exp()).log_prob(u).sum(-1)


@planted("tanh_gaussian_log_prob", "tanh-correction-sign")
def log_prob_plus(mean, log_std, u):
    return (Normal(mean, log_std.exp()).log_prob(u) + torch.log(1 - torch.tanh(u) ** 2 + 1e-6)).sum(-1)


@planted("tanh_gaussian_log_prob", "log-prob-of-squashed-action")
def log_prob_at_action(mean, log_std, action):
    log_prob = Normal(mean, log_std.exp()).log_prob(action)
    return (log_prob - torch.log(1 - action**2 + 1e-6)).sum(-1)


@planted("tanh_gaussian_log_prob", "log-prob-not-summed")
def log_prob_each(mean, std, pre_tanh):
    return Normal(mean, std).log_prob(pre_tanh) - torch.log(1 - torch.tanh(pre_tanh).pow(2) + 1e-6)


@planted("tanh_gaussian_log_prob", "gaussian-constant")
def log_prob_no_log_std(mean, log_std, u):
    log_prob = -0.5 * ((u - mean) / np.exp(log_std)) ** 2 - 0.5 * math.log(2 * math.pi)
    return (log_prob - np.log(1 - np.tanh(u) ** 2 + 1e-6)).sum(-1)


@planted("ppo_loss", "ppo-max-for-min")
def ppo_loss_max(log_probs, old_log_probs, advantages, clip=0.2):
    ratio = (log_probs - old_log_probs).exp()
    return -torch.max(ratio * advantages, ratio.clamp(1 - clip, 1 + clip) * advantages).mean()


@planted("ppo_loss", "ratio-wrong")
def ppo_loss_upside_down(log_probs, old_log_probs, advantages, clip=0.2):
    ratio = (old_log_probs - log_probs).exp()
    return -torch.min(ratio * advantages, ratio.clamp(1 - clip, 1 + clip) * advantages).mean()


@planted("ppo_loss", "ppo-clip-missing")
def ppo_loss_clipped_only(log_probs, old_log_probs, advantages, clip=0.2):
    ratio = (log_probs - old_log_probs).exp()
    return -(ratio.clamp(1 - clip, 1 + clip) * advantages).mean()


@planted("ppo_loss", "ppo-clip-wrong")
def ppo_loss_clip_range(log_probs, old_log_probs, advantages, clip=0.2):
    ratio = (log_probs - old_log_probs).exp()
    return -torch.min(ratio * advantages, ratio.clamp(-clip, clip) * advantages).mean()


@planted("ppo_loss", "sign-flipped")
def ppo_loss_ascends(log_probs, old_log_probs, advantages, clip=0.2):
    ratio = (log_probs - old_log_probs).exp()
    return torch.min(ratio * advantages, ratio.clamp(1 - clip, 1 + clip) * advantages).mean()


@planted("clipped_value_loss", "value-clip-min")
def value_loss_min(values, old_values, returns, clip=0.2):
    near = old_values + (values - old_values).clamp(-clip, clip)
    return 0.5 * torch.min((values - returns) ** 2, (near - returns) ** 2).mean()


@planted("clipped_value_loss", "value-clip-wrong")
def value_loss_absolute(values, old_values, returns, clip=0.2):
    near = values.clamp(-clip, clip)
    return 0.5 * torch.max((values - returns) ** 2, (near - returns) ** 2).mean()


@planted("clipped_value_loss", "value-clip-wrong")
def value_loss_around_new(values, old_values, returns, clip=0.2):
    near = values + (old_values - values).clamp(-clip, clip)
    return torch.max((values - returns) ** 2, (near - returns) ** 2).mean()


@planted("clipped_value_loss", "value-loss-means-first")
def value_loss_means(values, old_values, returns, clip=0.2):
    near = old_values + (values - old_values).clamp(-clip, clip)
    return 0.5 * torch.max(((values - returns) ** 2).mean(), ((near - returns) ** 2).mean())


@planted("normalised_advantages", "operator-order")
def normalise_without_brackets(advantages):
    return advantages - advantages.mean() / (advantages.std() + 1e-8)


@planted("normalised_advantages", "advantage-normalised-per-environment")
def normalise_axis(advantages):
    mean, std = advantages.mean(1, keepdims=True), advantages.std(1, keepdims=True)
    return (advantages - mean) / (std + 1e-8)


@planted("normalised_advantages", "variance-as-deviation")
def normalise_by_variance(advantages):
    return (advantages - advantages.mean()) / (advantages.var() + 1e-8)


@planted("normalised_advantages", "advantage-not-centred")
def normalise_scale_only(advantages):
    return advantages / (advantages.std() + 1e-8)
