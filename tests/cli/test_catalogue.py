"""``rlprobe list`` and ``rlprobe explain`` show every probe and every fault, readable anywhere."""

from __future__ import annotations

import ast
import json

import pytest

from probe_envs import CHOICE_PROBES, SUITE, WRAPPER_PROBES
from rlprobe.commands.explain import explanation
from rlprobe.diagnosis.plan import plan
from rlprobe.faults import ALIASES, CATALOGUE, NAMED, UNNAMED, fault

NAMES = [
    *(row.name for row in (*SUITE, *WRAPPER_PROBES, *CHOICE_PROBES)),
    *(fault.id for fault in CATALOGUE),
]


def test_values_with_entropy_are_asked_where_there_is_a_choice():
    """A single action has none; two that do the same have, and nothing else changes."""
    plain, soft = (plan(kinds=frozenset({"discrete"}), soft=warm) for warm in (False, True))
    assert [t.name for t in soft] == [t.name for t in plain]
    changed = {t.name for t, before in zip(soft, plain, strict=True) if t.options != before.options}
    assert {"Constant", "Chain", "TruncBoot"} <= changed
    assert {"ActionOrder", "MaxNotMean", "Lock"}.isdisjoint(changed)
    assert all(len(t.mdp.actions) > 1 for t in soft)


def test_list_names_everything(rlprobe):
    """Every probe and fault is on a line of its own, within 80 columns and without colour codes."""
    got = rlprobe("list")
    assert (got.code, got.err) == (0, "")
    assert [name for name in NAMES if f"\n{name} " not in got.out] == []
    assert max(map(len, got.out.splitlines())) <= 80
    assert "\x1b" not in got.out


def test_list_as_json(rlprobe):
    """``--json`` prints the same names with their sentences."""
    data = json.loads(rlprobe("list", "--json").out)
    assert [*data["probes"], *data["faults"]] == NAMES
    assert all(data["probes"].values())
    assert all(data["faults"].values())


@pytest.mark.parametrize("name", NAMES)
def test_everything_is_explained(rlprobe, name):
    """Each name has an explanation with the words of its documentation, within 80 columns."""
    got = rlprobe("explain", name)
    assert (got.code, got.err) == (0, "")
    assert name in got.out
    assert len(got.out.splitlines()) > 6
    assert max(map(len, got.out.splitlines())) <= 80


def test_a_probe_may_be_named_by_its_id(rlprobe):
    """The Gymnasium id explains the same probe as its short name."""
    assert rlprobe("explain", "probe/TruncBoot-v0").out == rlprobe("explain", "TruncBoot").out


def test_the_delay_of_credit_is_measured_and_never_judged():
    """One-step targets cannot carry the credit of ``DelayedCredit``, so failing there is no fault."""
    trials = [t for t in plan(kinds=frozenset({"discrete"})) if t.name == "DelayedCredit"]
    assert trials
    assert not any(trial.judged for trial in trials)


@pytest.mark.parametrize("entry", CATALOGUE, ids=lambda entry: entry.id)
def test_every_fault_shows_wrong_and_right_code(entry):
    """Both are Python, and they differ; `rlprobe explain` prints both."""
    ast.parse(entry.wrong)
    ast.parse(entry.right)
    assert entry.wrong.strip() != entry.right.strip()
    assert entry.code in explanation(entry.id)


@pytest.mark.parametrize("entry", UNNAMED, ids=lambda entry: entry.id)
def test_a_fault_that_a_diagnosis_does_not_name_says_so(entry):
    """`rlprobe explain` gives the reason, and what sees the fault instead."""
    assert entry.not_named_because
    assert entry.seen_by
    assert f"**A diagnosis does not name this fault:** {entry.not_named_because}." in explanation(entry.id)
    assert f"**Seen by** {entry.seen_by}." in explanation(entry.id)


def test_the_others_are_named():
    """A fault that a diagnosis names has no reason why it does not."""
    assert [entry.id for entry in NAMED if entry.not_named] == []


@pytest.mark.parametrize("name", ALIASES)
def test_another_name_of_a_fault_explains_it(name):
    """The page is that of the fault."""
    assert explanation(name) == explanation(fault(name).id)
