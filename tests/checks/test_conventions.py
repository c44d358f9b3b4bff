"""One right function in many conventions is right in all of them, and each is said."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from functools import cache
from types import SimpleNamespace

import numpy as np
import pytest
import torch

import rlprobe


def core(rewards, values, next_values, stops, gamma, lam):
    """GAE over the first axis, where ``stops`` is 1 for a step that ended."""
    out, running = [], 0.0 * rewards[0]
    for t in reversed(range(len(rewards))):
        delta = rewards[t] + gamma * (1.0 - stops[t]) * next_values[t] - values[t]
        running = delta + gamma * lam * (1.0 - stops[t]) * running
        out.insert(0, running)
    return out


def shifted(values, last):
    """The values of the observations after each step."""
    return [*values[1:], last]


def lists(rewards, values, dones, last_value, gamma, lam):
    """Lists in, a list out."""
    stops = [float(done) for done in dones]
    return core(rewards, values, [*values[1:], last_value], stops, gamma, lam)


def other_names(rews, vals, d, last_val, discount, lmbda):
    """Other names."""
    return np.stack(core(rews, vals, shifted(vals, last_val), d * 1.0, discount, lmbda))


def other_order(gamma, lam, dones, last_value, values, rewards):
    """Another order of arguments."""
    return np.stack(core(rewards, values, shifted(values, last_value), dones * 1.0, gamma, lam))


def torch_tensors(rewards, values, dones, last_value, gamma, lam):
    """Tensors, and both results in a dictionary."""
    found = torch.stack(core(rewards, values, shifted(values, last_value), dones.float(), gamma, lam))
    return {"advantages": found, "returns": found + values}


def one_more_value(rewards, values, dones, gamma, lam):
    """Values with one more entry."""
    return np.stack(core(rewards, values[:-1], values[1:], dones * 1.0, gamma, lam))


def before_each_step(rewards, values, dones, next_value, next_done, gamma, lam):
    """Flags as they were before each step, as CleanRL stores them."""
    stops = np.concatenate([dones[1:], next_done[None]]) * 1.0
    return np.stack(core(rewards, values, shifted(values, next_value), stops, gamma, lam))


def masks(rewards, values, masks, last_value, gamma, lam):
    """Masks that are 0 at the end of an episode."""
    return np.stack(core(rewards, values, shifted(values, last_value), 1.0 - masks, gamma, lam))


def environment_first(rewards, values, dones, last_value, gamma, lam):
    """Environment first."""
    if rewards.ndim < 2 or rewards.shape[0] != len(last_value):
        raise ValueError("expected (N, T)")
    found = core(rewards.T, values.T, shifted(values.T, last_value), dones.T * 1.0, gamma, lam)
    return np.stack(found, axis=1)


def returns_only(rewards, values, dones, last_value, gamma, lam):
    """Returns in place of advantages."""
    return values + np.stack(core(rewards, values, shifted(values, last_value), dones * 1.0, gamma, lam))


def keywords_only(*, rewards, values, dones, bootstrap_value, gamma=0.99, gae_lambda=0.95):
    """Keywords only."""
    found = core(rewards, values, shifted(values, bootstrap_value), dones * 1.0, gamma, gae_lambda)
    return np.stack(found)


def constants_inside(rewards, values, dones, last_value):
    """Numbers in its own lines."""
    return np.stack(core(rewards, values, shifted(values, last_value), dones * 1.0, 0.97, 0.91))


def one_record(batch):
    """Everything in one object."""
    found = core(
        batch.rewards,
        batch.values,
        shifted(batch.values, batch.last_value),
        batch.dones * 1.0,
        batch.gamma,
        batch.lam,
    )
    return np.stack(found)


def both_flags(rewards, values, next_values, terminated, truncated, gamma, lam):
    """Both flags, and the value after every step."""
    out, running = [], 0.0
    for t in reversed(range(len(rewards))):
        delta = rewards[t] + gamma * (1.0 - terminated[t]) * next_values[t] - values[t]
        running = delta + gamma * lam * (1.0 - (terminated[t] | truncated[t])) * running
        out.insert(0, running)
    return np.stack(out)


class Agent:
    """Numbers as attributes."""

    def __init__(self, gamma=0.9, gae_lambda=0.8):
        self.gamma, self.gae_lambda = gamma, gae_lambda

    def compute_gae(self, rewards, values, dones, last_value):
        """A method."""
        found = core(rewards, values, shifted(values, last_value), dones * 1.0, self.gamma, self.gae_lambda)
        return np.stack(found)


RIGHT = [
    lists, other_names, other_order, torch_tensors, one_more_value, before_each_step, masks,
    environment_first, returns_only, keywords_only, constants_inside, one_record, both_flags,
    Agent.compute_gae, Agent().compute_gae,
]  # fmt: skip


@cache
def checked(function):
    """What the check says of a right function."""
    return rlprobe.check.gae(function)


@pytest.mark.parametrize("function", RIGHT, ids=lambda function: function.__qualname__)
def test_a_convention_is_no_mistake(function):
    """The same right function, in fifteen conventions."""
    assert checked(function).conventions


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (environment_first, "environment first"),
        (before_each_step, "`dones[t]` says whether the episode ended before step t"),
        (one_more_value, "`values` has T + 1 entries"),
        (constants_inside, "uses gamma = 0.97"),
        (lists, "lists"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_convention_is_said(function, said):
    """The record tells what was found."""
    assert said in str(checked(function))


def test_numbers_can_be_stated():
    """A number that can be found nowhere is given with the call."""
    hidden = SimpleNamespace(value=0.61)
    settings = {"discounting": hidden}

    def gae(rewards, values, dones, last_value, lam):
        gamma = settings["discounting"].value
        return np.stack(core(rewards, values, shifted(values, last_value), dones * 1.0, gamma, lam))

    assert "uses gamma = 0.61" in str(rlprobe.check.gae(gae, gamma=0.61))


def test_adapt_settles_how_a_function_is_called():
    """With adapt nothing is guessed."""

    def odd(foo, bar, baz, qux):
        return np.stack(core(foo, bar, shifted(bar, qux), baz * 1.0, 0.9, 0.8))

    found = rlprobe.check.gae(
        odd,
        adapt=lambda case: odd(case.rewards, case.values, case.dones, case.last_value),
        gamma=0.9,
        lam=0.8,
    )
    assert found.cases == 200


def test_functions_of_stable_baselines3_are_right():
    """As they are installed."""
    pytest.importorskip("stable_baselines3")
    from stable_baselines3.common import buffers, running_mean_std, utils

    rlprobe.check.gae(buffers.RolloutBuffer.compute_returns_and_advantage)
    rlprobe.check.explained_variance(utils.explained_variance)
    rlprobe.check.linear_schedule(utils.get_linear_fn)
    rlprobe.check.polyak_update(utils.polyak_update)
    rlprobe.check.running_mean_std(running_mean_std.RunningMeanStd)


RLAX = """
import rlax, rlprobe
checks = {
    "gae": ["truncated_generalized_advantage_estimation"],
    "discounted_return": ["discounted_returns"],
    "td_lambda": ["lambda_returns", "td_lambda"],
    "n_step_return": ["n_step_bootstrapped_returns"],
    "vtrace": ["vtrace", "leaky_vtrace", "vtrace_td_error_and_advantage"],
    "retrace": ["retrace", "retrace_continuous", "general_off_policy_returns_from_q_and_v"],
    "q_target": ["q_learning", "td_learning"],
    "double_q_target": ["double_q_learning"],
    "c51_projection": ["categorical_l2_project"],
    "quantile_huber": ["quantile_regression_loss"],
    "ppo_loss": ["clipped_surrogate_pg_loss"],
    "kl": ["categorical_kl_divergence", "multivariate_normal_kl_divergence"],
}
for family, names in checks.items():
    for name in names:
        getattr(rlprobe.check, family)(getattr(rlax, name))
"""


@pytest.mark.slow
def test_functions_of_rlax_are_right():
    """As they are installed, where they are; in a process of its own, because JAX stays loaded."""
    if importlib.util.find_spec("rlax") is None:
        pytest.skip("rlax is not installed")
    done = subprocess.run([sys.executable, "-c", RLAX], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.mark.slow
def test_functions_of_torchrl_are_right():
    """As they are installed, where they are."""
    pytest.importorskip("torchrl")
    from torchrl.objectives.value import functional

    rlprobe.check.gae(functional.generalized_advantage_estimate)
    rlprobe.check.td_lambda(functional.td_lambda_return_estimate)
    rlprobe.check.vtrace(functional.vtrace_advantage_estimate)


def test_our_own_functions_are_right():
    """Those that the reference agents and the diagnosis use."""
    from rlprobe.checks.gae import gae
    from rlprobe.checks.returns import discounted_returns

    def adapted(case):
        return gae(
            case.rewards,
            case.terminated,
            case.dones,
            case.values,
            case.next_values,
            gamma=case.gamma,
            lam=case.lam,
        )

    rlprobe.check.gae(gae, adapt=adapted)

    def ended(case):
        return discounted_returns(np.asarray(case.rewards), [len(case.rewards) - 1], case.gamma)

    assert "one environment" in str(rlprobe.check.discounted_return(discounted_returns, adapt=ended))
