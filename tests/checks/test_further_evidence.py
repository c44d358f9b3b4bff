"""What a comparison of numbers does not show: gradients, kinds of numbers, cases that hypothesis makes up."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import rlprobe


def surrogate(ratio, advantages, clip):
    """PPO's loss of a ratio."""
    return -torch.min(ratio * advantages, ratio.clamp(1 - clip, 1 + clip) * advantages).mean()


def whole(log_probs, old_log_probs, advantages, clip=0.2):
    """Nothing is detached."""
    return surrogate(torch.exp(log_probs - old_log_probs), advantages, clip)


def detached(log_probs, old_log_probs, advantages, clip=0.2):
    """Everything is."""
    return surrogate(torch.exp(log_probs - old_log_probs).detach(), advantages, clip)


def partly(values, old_values, returns, clip=0.2):
    """The error that is not clipped has no gradient."""
    near = old_values + (values - old_values).clamp(-clip, clip)
    return torch.max((values.detach() - returns) ** 2, (near - returns) ** 2).mean()


def test_a_loss_with_its_gradient_is_right():
    """Autograd gives what finite differences give."""
    assert rlprobe.check.ppo_loss(whole).cautions == ()


@pytest.mark.parametrize(
    ("family", "function", "said"),
    [
        ("ppo_loss", detached, "it has no gradient"),
        ("clipped_value_loss", partly, "part of it is detached"),
    ],
    ids=lambda one: getattr(one, "__name__", ""),
)
def test_a_stopped_gradient_is_a_mistake(family, function, said):
    """Though the value of the loss is right."""
    with pytest.raises(rlprobe.check.CheckFailure, match=said) as raised:
        getattr(rlprobe.check, family)(function)
    assert raised.value.mistake == "gradient-stopped"


def returns(rewards, gamma, kind=None):
    """Returns in an array of the kind of the rewards, or of another."""
    out, total = np.zeros(np.shape(rewards), kind or rewards.dtype), 0.0
    for t in reversed(range(len(rewards))):
        out[t] = total = rewards[t] + gamma * total
    return out


def test_integers_that_lose_fractions_are_said():
    """With rewards of integers, zeros_like holds integers."""

    def like(rewards, gamma):
        return returns(rewards, gamma)

    def floats(rewards, gamma):
        return returns(rewards, gamma, float)

    assert "integer rewards lose" in str(rlprobe.check.discounted_return(like))
    assert rlprobe.check.discounted_return(floats).cautions == ()


def test_too_few_bits_are_said():
    """A sum of squares that is too large for 16 bits."""

    def normalised(advantages):
        large = 1e4 * advantages
        return (large - large.mean()) / large.std()

    assert "with float16" in str(rlprobe.check.normalised_advantages(normalised))


def test_hypothesis_finds_what_happens_at_one_number_only(tmp_path, monkeypatch):
    """Rewards of exactly 10 are not among the other cases; no folder is left behind."""
    pytest.importorskip("hypothesis")
    monkeypatch.chdir(tmp_path)

    def odd(rewards, gamma):
        return returns(np.where(np.abs(rewards) == 10.0, 0.0, rewards), gamma, float)

    with pytest.raises(rlprobe.check.CheckFailure, match="hypothesis generated"):
        rlprobe.check.discounted_return(odd)
    assert list(tmp_path.iterdir()) == []
