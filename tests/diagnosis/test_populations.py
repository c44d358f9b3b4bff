"""Methods that keep the best of many candidates: recognised by their code, with a fault of their own."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from rlprobe.agents.cem import CrossEntropyMethod, make_agent
from rlprobe.diagnosis.questions import code_of
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
    assert "elite" in code_of(KeepsTheWorst.__new__(KeepsTheWorst))
    assert "elite" in code_of(SimpleNamespace(code="elites = best(candidates)"))
    assert "elite" not in code_of(SimpleNamespace())
    plain, kept = ({one.id for one in candidates([], keeps_elites=keeps)} for keeps in (False, True))
    assert kept - plain == {"cem-elites"}
    assert {"advantage-normalised-to-zero", "parameters-not-optimised"} <= plain - kept
