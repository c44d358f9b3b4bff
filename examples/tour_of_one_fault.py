"""One fault from its definition to its diagnosis: what it predicts, what an agent learns, what a report says.

Run with: python examples/tour_of_one_fault.py
"""

from __future__ import annotations

from dataclasses import replace

import gymnasium as gym
import numpy as np

import rlprobe
from probe_envs import probe, solve
from rlprobe.agent import Setting, agent_factory
from rlprobe.agents.tabular import QLearning
from rlprobe.faults import Learner, fault, predict

GAMMA, PROBE, FAULT = 0.9, "TimeLimitLoop", "truncation-as-termination"


class ForgetsTruncation(QLearning):
    """Q-learning that takes the end of a time limit for the end of the task."""

    def target(self, step, next_action):
        """The fault: ``truncated`` stops the bootstrap, as ``terminated`` does."""
        ended = step.terminated or step.truncated
        return super().target(replace(step, terminated=ended), next_action)


@agent_factory(name="Q-learning with a fault", actions=["discrete"])
def make_faulty(env, setting):
    return ForgetsTruncation(env, setting)


def predicted():
    """The value an agent with the fault converges to, derived from the declaration of the probe."""
    mdp = probe(PROBE).mdp()
    (form,) = fault(FAULT).forms
    exact, wrong = solve(mdp, GAMMA).V, predict(mdp, Learner(gamma=GAMMA), (form,)).mean
    print(f"{PROBE}: expected {exact[0]:.2f}; an agent with {FAULT} should learn {wrong[0]:.2f}")
    return wrong[0]


def learned():
    """What an agent with the fault does learn."""
    env = gym.make(f"probe/{PROBE}-v0")
    agent = ForgetsTruncation(env, Setting(gamma=GAMMA, seed=0))
    for _ in range(4):
        agent.learn(500)
        print(f"  learned so far: {agent.value(np.array([agent.observation]))[0]:.2f}")
    return agent.value(np.array([agent.observation]))[0]


def main():
    wrong = predicted()
    assert np.isclose(learned(), wrong, rtol=0.05)
    print("\nThe same from the outside, without knowing what is wrong:\n")
    report = rlprobe.diagnose(make_faulty, seeds=2, jobs=2, only=["Constant", "Decoder", PROBE, "TruncBoot"])
    print(report)
    assert report.causes[0].fault == FAULT


if __name__ == "__main__":
    main()
