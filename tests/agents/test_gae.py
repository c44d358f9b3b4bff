"""The advantage estimate against plain oracles."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch")
from rlprobe.agents.stream import Step
from rlprobe.checks.gae import gae

GAMMA = 0.9


def random_rollout(seed, length=23, envs=3):
    """Episodes that end by termination, by truncation and by both, and do not fill the rollout."""
    rng = np.random.default_rng(seed)
    shape = (length, envs)
    blank = np.zeros((*shape, 1), dtype=np.float32)
    step = Step(
        blank,
        np.zeros(shape, dtype=np.int64),
        rng.normal(size=shape).astype(np.float32),
        blank,
        rng.random(shape) < 0.15,
        rng.random(shape) < 0.15,
        np.ones(shape, dtype=bool),
    )
    value = rng.normal(size=shape).astype(np.float32)
    next_value = rng.normal(size=shape).astype(np.float32)
    next_value[:-1] = np.where(step.done[:-1], next_value[:-1], value[1:])  # within an episode the same state
    return step, value, next_value


def episode_ends(step, t, env):
    """The row in which the episode of row ``t`` ends, or the last row of the rollout."""
    ends = [k for k in range(t, len(step.reward)) if step.terminated[k, env] or step.truncated[k, env]]
    return ends[0] if ends else len(step.reward) - 1


def n_step_advantage(step, values, t, env, n):
    """``sum_k gamma^k r_{t+k} + gamma^n V - V(s_t)`` over ``n`` rows of one episode."""
    value, next_value = values
    total = sum(GAMMA**k * float(step.reward[t + k, env]) for k in range(n))
    last = t + n - 1
    if not step.terminated[last, env]:
        total += GAMMA**n * float(next_value[last, env])
    return total - float(value[t, env])


def lambda_return_oracle(step, value, next_value, lam):
    """The exponentially weighted mean of the n-step advantages; the longest takes the remaining weight."""
    out = np.zeros(step.reward.shape)
    for t, env in np.ndindex(*step.reward.shape):
        most = episode_ends(step, t, env) - t + 1
        each = [n_step_advantage(step, (value, next_value), t, env, n) for n in range(1, most + 1)]
        weights = [(1 - lam) * lam ** (n - 1) for n in range(1, most)] + [lam ** (most - 1)]
        out[t, env] = np.dot(weights, each)
    return out


@pytest.mark.parametrize("lam", [0.0, 0.5, 0.95, 1.0])
@pytest.mark.parametrize("seed", [0, 1])
def test_gae_is_the_weighted_mean_of_n_step_advantages(lam, seed):
    """The recursion equals the definition, over terminations, truncations and the end of the rollout."""
    step, value, next_value = random_rollout(seed)
    oracle = lambda_return_oracle(step, value, next_value, lam)
    np.testing.assert_allclose(
        gae(step.reward, step.terminated, step.done, value, next_value, gamma=GAMMA, lam=lam),
        oracle,
        atol=1e-5,
    )


def test_lambda_one_is_monte_carlo_on_a_finished_episode():
    """With lambda = 1 the targets of a terminated episode are its returns, whatever the critic says."""
    step, value, next_value = random_rollout(2, length=7, envs=1)
    step.terminated[:] = step.truncated[:] = False
    step.terminated[-1] = True
    next_value[:-1] = value[1:]
    returns = [sum(GAMMA ** (k - t) * step.reward[k, 0] for k in range(t, 7)) for t in range(7)]
    np.testing.assert_allclose(
        (gae(step.reward, step.terminated, step.done, value, next_value, gamma=GAMMA, lam=1.0) + value)[:, 0],
        returns,
        atol=1e-5,
    )


def test_lambda_zero_is_the_one_step_error():
    """With lambda = 0 the advantage is ``r + gamma (1 - terminated) V(s') - V(s)``."""
    step, value, next_value = random_rollout(3)
    error = step.reward + GAMMA * np.where(step.terminated, 0, next_value) - value
    np.testing.assert_allclose(
        gae(step.reward, step.terminated, step.done, value, next_value, gamma=GAMMA, lam=0.0),
        error,
        atol=1e-6,
    )
