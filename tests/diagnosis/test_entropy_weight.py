"""Which way the weight of entropy is moved."""

from __future__ import annotations

import gymnasium as gym
import pytest

from rlprobe.diagnosis.training.torch_calls.watching import torch_calls_seen

torch = pytest.importorskip("torch")


def tuned(sign, entropy, *, alike, held=False, start=0.0):
    """The names that are seen while an entropy weight is tuned towards an entropy of 0.5."""
    log_alpha = torch.tensor([start], requires_grad=True)
    optimizer = torch.optim.Adam([log_alpha], lr=0.02)
    with torch_calls_seen(gym.spaces.Discrete(2), alike=alike) as calls:
        for step in range(500):
            log_prob = -torch.full((16,), entropy(step, float(log_alpha.detach())))
            loss = -sign * (log_alpha * (log_prob + 0.5)).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            if held:
                log_alpha.detach().fill_(start)
    return [name for name, _ in calls.observed]


def random_policy(_step, _log_alpha):
    """As random as it can be, whatever the weight."""
    return 0.69


def of_the_weight(_step, log_alpha):
    """More random with a larger weight, as where actions differ."""
    return 0.69 * min(1.0, max(0.0, 0.5 + 0.5 * log_alpha))


@pytest.mark.parametrize("held", [True, False])
@pytest.mark.parametrize(("sign", "named"), [(1.0, []), (-1.0, ["temperature-sign"])])
def test_a_random_policy_lowers_the_weight(sign, named, held):
    """Where all actions are equally good, also if the weight is held."""
    assert tuned(sign, random_policy, alike=True, held=held) == named


@pytest.mark.parametrize("start", [-1.0, 0.0, 1.5])
def test_a_weight_that_finds_its_equilibrium_is_right(start):
    """It rises at first if the policy is too sure."""
    assert tuned(1.0, of_the_weight, alike=False, start=start) == []


def test_a_weight_that_rises_for_ever_has_the_wrong_sign():
    """Or a target that cannot be reached; one that falls for ever says nothing where actions differ."""
    assert tuned(-1.0, of_the_weight, alike=False, start=1.5) == ["temperature-sign"]
    assert tuned(-1.0, of_the_weight, alike=False, start=-1.0) == []
