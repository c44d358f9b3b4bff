"""Agents with a vector loop only get vectors of one environment in place of single ones."""

# ruff: noqa: D102
from __future__ import annotations

import numpy as np

import rlprobe
from diagnosis.scripted import ScriptedWithValues
from rlprobe.agent import agent_factory
from rlprobe.diagnosis.factory import describe


class InVectors(ScriptedWithValues):
    """Knows the answers, and steps vector environments only."""

    def __init__(self, env, setting):
        self.size = env.num_envs
        super().__init__(env, setting)
        self.continuous = not hasattr(env.single_action_space, "n")

    def learn(self, steps):
        self.began = True
        for _ in range(max(1, steps // self.size)):
            self.env.step(self.env.action_space.sample())


def factory(**more):
    """A ``make_agent`` that says it learns on vectors."""

    @agent_factory(name="vectors", vector=True, autoreset_modes=["next_step"], **more)
    def make_agent(env, setting):
        return InVectors(env, setting)

    return make_agent


def test_an_agent_that_cannot_be_built_on_a_single_environment_gets_vectors_of_one():
    """Nothing else has to be said but ``vector=True``."""
    traits = describe(factory())
    assert (traits.alone, traits.kinds) == ("next_step", {"discrete", "continuous"})
    names = ["Constant", "Decoder", "TruncBoot", "ContextBandit", "Lock"]
    report = rlprobe.diagnose(factory(actions=["discrete"]), seeds=1, only=names)
    assert report.verdict == "healthy", str(report)
    assert {result.trial.setting.num_envs for result in report.results} == {1, 4}
    assert [r.trial.label for r in report.results][:4] == [
        "Constant",
        "Decoder",
        "TruncBoot",
        "ContextBandit",
    ]


def test_one_that_can_is_given_single_environments():
    """An agent for both kinds of environment is tested on both."""

    @agent_factory(name="both", vector=True)
    def make_agent(env, setting):
        return InVectors(env, setting) if hasattr(env, "num_envs") else ScriptedWithValues(env, setting)

    assert describe(make_agent).alone is None
    assert np.size(describe(make_agent).autoreset_modes) == 3
