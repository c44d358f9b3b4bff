"""A table may learn from the values of final states, where no step begins in one; a network may not."""

from __future__ import annotations

import pytest
from scripts.q_tables import q_table

import rlprobe
from probe_envs import SUITE, solve
from probe_envs.mdp import END
from rlprobe.scripts import script_agent

ONLY = ["Constant", "Decoder", "BothFlags", "RewardSet"]


@pytest.mark.parametrize(
    ("target", "more", "fault"),
    [
        ("q[after].max()", "", None),
        pytest.param("q[after].max()", " + 3.0", "termination-ignored", marks=pytest.mark.slow),
        pytest.param("q[after].max() * done", "", "done-mask-inverted", marks=pytest.mark.slow),
        pytest.param("0.0", "", "no-bootstrap", marks=pytest.mark.slow),
    ],
    ids=["from zeros", "from other values", "inverted", "none"],
)
def test_final_states_of_a_table(tmp_path, target, more, fault):
    """Values of final states that are 0 and never learned add nothing; other mistakes keep their names."""
    script = tmp_path / "train.py"
    script.write_text(q_table(future=target, more=more))
    report = rlprobe.diagnose(script_agent(script), seeds=1, only=ONLY, budget=60)
    assert report.verdict == ("faulty" if fault else "healthy"), str(report)
    assert [cause.fault for cause in report.causes][:1] == ([fault] if fault else [])
    said = "These never change where no step begins in one" in " ".join(str(report).split())
    assert said is (fault is None)


@pytest.mark.parametrize("row", SUITE, ids=lambda row: row.name)
def test_an_end_of_its_own_changes_no_value(row):
    """And no observation that is met within episodes is seen where they terminate."""
    plain, own = row.mdp(), row.mdp(own_end=True)
    before, after = solve(plain, 0.9), solve(own, 0.9)
    assert pytest.approx(after.V) == before.V
    ends = {
        own.end_view(state).tobytes()
        for state in after.table.states
        for action in own.actions
        if any(following is END for following, _ in own.law(state, action))
    }
    assert len(ends) == bool(ends)
    assert ends.isdisjoint(own.observe(state).tobytes() for state in after.table.states)
