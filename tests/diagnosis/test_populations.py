"""Methods that keep the best of many candidates: recognised by their code, with a fault of their own."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from rlprobe.agents.cem import CrossEntropyMethod, make_agent
from rlprobe.diagnosis.code_words import methods_of, without_purpose
from rlprobe.diagnosis.session import diagnose
from rlprobe.faults import candidates

ACTIONS = ["ActionOrder", "ContextBandit", "WillToLive", "BoxTarget"]


class KeepsTheWorst(CrossEntropyMethod):
    """Sorted the other way."""

    def elites(self, tried):
        """The candidates with the lowest scores."""
        return [candidate for _, candidate in sorted(tried, key=lambda one: one[0])[: self.options.elites]]


class Adapter:
    """What a user writes around an agent."""

    def __init__(self, agent):
        self.agent, self.learn, self.act = agent, agent.learn, agent.act


@pytest.mark.parametrize("wrap", [lambda agent: agent, Adapter])
def test_elites_from_the_wrong_end_are_named(wrap):
    """The same behaviour as a wrong sign in a policy loss, which this method does not have."""
    report = diagnose(lambda env, setting: wrap(KeepsTheWorst(env, setting)), only=ACTIONS, seeds=2)
    assert report.causes[0].fault == "cem-elites"
    assert report.causes[0].confidence > 0.9


def test_the_correct_method_is_healthy():
    """With the same word in its code."""
    assert diagnose(make_agent, only=ACTIONS, seeds=2).verdict == "healthy"


def test_only_code_that_speaks_of_elites_counts():
    """Others cannot have the fault, and populations have no gradient."""
    assert "elites" in methods_of(KeepsTheWorst.__new__(KeepsTheWorst))
    assert methods_of(SimpleNamespace(code="elites = best(candidates)")) == {"elites"}
    assert "elites" in methods_of(SimpleNamespace(code="bound = np.percentile(rewards, 70)"))
    assert methods_of(SimpleNamespace()) is None
    plain, kept = ({one.id for one in candidates([], methods=one)} for one in (None, frozenset({"elites"})))
    assert kept - plain == {"cem-elites"}
    assert {"per-bias", "advantage-normalised-to-zero", "parameters-not-optimised"} <= plain - kept


def test_faults_of_methods_need_code_that_speaks_of_them():
    """Where the code is known; a table that learns from single steps was called ``per-bias``."""
    known = [{one.id for one in candidates([], methods=one)} for one in (None, frozenset())]
    assert known[0] - known[1] == {
        "per-bias",
        "distribution-mass-lost",
        "epsilon-schedule",
        "target-never-synced",
    }
    assert methods_of(SimpleNamespace(code="self.priorities[i] = error")) == {"priorities"}
    assert methods_of(SimpleNamespace(code="if random() < self.epsilon: ...")) == {"choices"}


def test_robust_policy_optimisation_perturbs_its_policy_on_purpose():
    """Its first ratios are not 1; words that hold the same letters are others."""
    assert methods_of(SimpleNamespace(code="z = uniform(-rpo_alpha, rpo_alpha)")) == {"perturbed policy"}
    assert not methods_of(SimpleNamespace(code="interpolate(purpose)  # rpow"))
    seen = [("ratio-wrong", "not 1"), ("entropy-bonus-sign", "it falls")]
    assert without_purpose(seen, frozenset({"perturbed policy"})) == seen[1:]
    assert without_purpose(seen, None) == without_purpose(seen, frozenset()) == seen


class OfALibrary:
    """A class whose code cannot be read, as of one that is compiled."""


OfALibrary.__module__ = "compiled_agents"


class HoldsIt:
    """Speaks of no target network; what it holds may have one."""

    def __init__(self, held):
        self.held = held


def test_nothing_is_excluded_by_code_that_is_not_all_there():
    """A model of a library may do anything. Only a class can say of itself that it keeps elites."""
    assert methods_of(HoldsIt(OfALibrary())) is None
    assert methods_of(HoldsIt(np.random.default_rng(0))) == {"priorities"}  # this file speaks of them
