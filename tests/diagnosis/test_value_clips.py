"""Wrong forms of PPO's clipped value loss are named, and correct ways to write it are not."""

from __future__ import annotations

import gymnasium as gym
import pytest

from rlprobe.diagnosis.training.torch_calls.watching import torch_calls_seen

torch = pytest.importorskip("torch")
F = torch.nn.functional

EPS = 0.2


def around_old(v, old):
    """The usual way."""
    return old + (v - old).clamp(-EPS, EPS)


RIGHT = {
    "larger error": lambda v, old, g: 0.5 * torch.max((v - g) ** 2, (around_old(v, old) - g) ** 2).mean(),
    "in steps": lambda v, old, g: torch.maximum(
        F.mse_loss(v, g, reduction="none"),
        F.mse_loss(old + torch.clamp(v - old, -EPS, EPS), g, reduction="none"),
    ).mean(),
    "between tensors": lambda v, old, g: torch.max(
        (g - v).pow(2), (g - torch.clamp(v, old - EPS, old + EPS)).pow(2)
    ).sum(),
    "by larger and smaller": lambda v, old, g: torch.max(
        (g - v).pow(2), (g - torch.max(torch.min(v, old + EPS), old - EPS)).pow(2)
    ).mean(),
    "Huber": lambda v, old, g: torch.max(
        F.smooth_l1_loss(v, g, reduction="none"), F.smooth_l1_loss(around_old(v, old), g, reduction="none")
    ).mean(),
    "clipped alone": lambda v, old, g: F.mse_loss(g, around_old(v, old)),
    "smaller of two critics": lambda v, old, g: (torch.min(v, v + 1) - g).pow(2).mean(),
    "smaller of two hypotheses": lambda v, old, g: torch.min((v - g) ** 2, (v + 1 - g) ** 2).mean(),
    "plain": lambda v, old, g: F.mse_loss(v, g),
}
WRONG = {
    "smaller error": (
        lambda v, old, g: torch.min((v - g) ** 2, (around_old(v, old) - g) ** 2).mean(),
        "smaller",
    ),
    "smaller in steps": (
        lambda v, old, g: torch.minimum(
            F.mse_loss(v, g, reduction="none"), F.mse_loss(around_old(v, old), g, reduction="none")
        ).mean(),
        "smaller",
    ),
    "clip around 0": (
        lambda v, old, g: torch.max((v - g) ** 2, (v.clamp(-EPS, EPS) - g) ** 2).mean(),
        "the value itself is clipped",
    ),
    "clip around 1": (
        lambda v, old, g: torch.max((v - g) ** 2, (torch.clamp(v, 1 - EPS, 1 + EPS) - g) ** 2).mean(),
        "the value itself is clipped",
    ),
    "old around new": (
        lambda v, old, g: torch.max((v - g) ** 2, (v + (old - v).clamp(-EPS, EPS) - g) ** 2).mean(),
        "the old value is clipped around the new",
    ),
}


def seen_of(loss):
    """What is seen while a critic learns in epochs over some rollouts."""
    torch.manual_seed(0)
    critic = torch.nn.Sequential(torch.nn.Linear(3, 8), torch.nn.Tanh(), torch.nn.Linear(8, 1))
    optimizer = torch.optim.Adam(critic.parameters(), lr=0.01)
    with torch_calls_seen(gym.spaces.Discrete(2)) as calls:
        for _ in range(4):
            observations = torch.randn(16, 3)
            returns, old = 3.0 * observations[:, 0], critic(observations).detach().squeeze(1)
            for _ in range(5):
                optimizer.zero_grad()
                loss(critic(observations).squeeze(1), old, returns).backward()
                optimizer.step()
    return dict(calls.observed)


@pytest.mark.parametrize("name", RIGHT)
def test_correct_losses_show_no_fault(name):
    """However they are written."""
    assert seen_of(RIGHT[name]) == {}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_clips_are_named(name):
    """And the sentence says what is wrong."""
    loss, said = WRONG[name]
    found = seen_of(loss)
    assert list(found) == ["value-clip"]
    assert said in found["value-clip"]
