"""Agents of sb3-contrib: what each can be given, and what it shows."""

from __future__ import annotations

import gymnasium as gym
import numpy as np
import pytest

pytest.importorskip("sb3_contrib")

import sb3_contrib

import rlprobe
from rlprobe.adapters.sb3 import contrib_algorithm, sb3_agent, sb3_algorithm
from rlprobe.agent import Setting
from rlprobe.commands.targets import resolve
from rlprobe.diagnosis.factory import describe

KINDS = {
    "TQC": {"continuous"},
    "CrossQ": {"continuous"},
    "QRDQN": {"discrete"},
    "MaskablePPO": {"discrete"},
    "TRPO": {"discrete", "continuous"},
    "RecurrentPPO": {"discrete", "continuous"},
    "ARS": {"discrete", "continuous"},
}
FAST = ["TQC", "QRDQN", "TRPO", "MaskablePPO", "ARS"]


@pytest.mark.parametrize("name", KINDS)
def test_each_is_given_the_actions_it_can_be_built_for(name):
    """The kinds of actions are found by construction, and the target names the library."""
    make_agent = resolve(f"contrib:{name}")
    traits = describe(make_agent)
    assert (traits.name, traits.kinds) == (f"contrib:{name}", KINDS[name])


@pytest.mark.parametrize("name", KINDS)
def test_each_learns_acts_and_shows_what_its_networks_know(name):
    """Values have the shape of the observations; ARS, which has no critic, shows none."""
    continuous = "continuous" in KINDS[name]
    env = gym.make("probe/Decoder-v0", continuous=continuous)
    agent = resolve(f"contrib:{name}")(env, Setting(seed=1))
    agent.learn(80)
    observations = np.eye(4, dtype=np.float32)[:3]
    assert len(agent.act(observations)) == 3
    shows = [question for question in ("value", "q_values") if hasattr(agent, question)]
    assert bool(shows) == (name != "ARS")
    for question in shows:
        values = getattr(agent, question)(observations)
        assert len(values) == 3
        assert np.isfinite(values).all()


def test_a_recurrent_critic_is_asked_in_the_hidden_states_it_has_met():
    """The same observation has another value under another hidden state; unmet ones get the first state."""
    env = gym.make("probe/Decoder-v0")
    agent = sb3_agent(sb3_contrib.RecurrentPPO)(env, Setting(seed=1))
    observations = np.eye(4, dtype=np.float32)[:3]
    before = agent.value(observations)
    agent.learn(64)
    key = observations[1].tobytes()
    assert len(agent._met[key]) == 8
    with_states = agent.value(observations)[1]
    agent._met.clear()
    assert agent.value(observations)[1] != with_states
    assert np.isfinite(before).all()


def test_names_that_the_other_library_has_are_pointed_to_it():
    """Who mistakes one library for the other is told."""
    with pytest.raises(ValueError, match="did you mean sb3:PPO"):
        contrib_algorithm("PPO")
    with pytest.raises(ValueError, match="did you mean contrib:TQC"):
        sb3_algorithm("TQC")


@pytest.mark.slow
@pytest.mark.parametrize("name", KINDS)
def test_none_is_called_faulty(name):
    """With the fast settings each is healthy, or inconclusive with the reason in the report."""
    report = rlprobe.diagnose(resolve(f"contrib:{name}"), seeds=2, budget=240.0)
    assert report.verdict == "healthy" or (report.verdict == "inconclusive" and name not in FAST), report
