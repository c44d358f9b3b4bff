"""How a script explores beside the actions whose values are largest."""

from __future__ import annotations

import numpy as np
import pytest
from scripts.q_tables import q_table

import rlprobe
from rlprobe.diagnosis.code_words import CHOICES
from rlprobe.diagnosis.judging.result import Result
from rlprobe.diagnosis.judging.seen import seen_in
from rlprobe.diagnosis.run import Run
from rlprobe.diagnosis.training.counting import EARLY_STEPS, Count
from rlprobe.diagnosis.trial import Trial
from rlprobe.scripts import script_agent
from rlprobe.scripts.chosen_actions import Greedy

EPSILON_GREEDY = """
rng = np.random.default_rng(0)
def choose(state, episode):
    epsilon = max(0.05, 0.998**episode)
    return {choice}
"""
ONLY = ["ActionOrder", "ContextBandit", "WillToLive"]


@pytest.mark.parametrize(
    ("choice", "fault"),
    [
        ("rng.integers(q.shape[1]) if rng.random() < epsilon else q[state].argmax()", None),
        ("rng.integers(q.shape[1]) if rng.random() > epsilon else q[state].argmax()", "epsilon-schedule"),
        pytest.param("rng.integers(q.shape[1] - 1)", "action-never-tried", marks=pytest.mark.slow),
    ],
    ids=["correct", "inverted", "without the last action"],
)
def test_how_a_table_explores(tmp_path, choice, fault):
    """Exploration that grows is seen although the values are right, and so is an action that is left out."""
    text = q_table(classes=EPSILON_GREEDY.format(choice=choice))
    script = tmp_path / "train.py"
    script.write_text(text.replace("env.action_space.sample()", "int(choose(state, episode))"))
    report = rlprobe.diagnose(script_agent(script), seeds=2, only=ONLY, budget=60)
    assert report.verdict == ("faulty" if fault else "healthy"), str(report)
    assert [cause.fault for cause in report.causes][:1] == ([fault] if fault else [])


@pytest.mark.parametrize(("runs", "seen"), [(1, False), (6, True)])
def test_short_runs_are_weighed_together(runs, seen):
    """What one short run leaves open, several show."""
    kept = tuple((taken, 125) for taken in (70, 60, 45, 40))
    one = Run(seed=0, steps=500, seconds=1.0, gamma=0.9, kept=kept)
    found = seen_in([Result(trial=Trial(name="ActionOrder"), runs=(one,) * runs, outcome="pass")])
    assert ("epsilon-schedule" in found) is seen


def test_runs_of_other_lengths_are_no_sign():
    """Longer runs on probes where the best action is taken less often do not look like a fall."""
    random = np.random.default_rng(0)
    often = [tuple((int(n), 125) for n in random.binomial(125, 0.9, 3)) for _ in range(4)]
    seldom = [tuple((int(n), 125) for n in random.binomial(125, 0.4, 12)) for _ in range(4)]
    runs = tuple(Run(seed=0, steps=500, seconds=1.0, gamma=0.9, kept=kept) for kept in often + seldom)
    assert not seen_in([Result(trial=Trial(name="ActionOrder"), runs=runs, outcome="pass")])


def followed(*, shares, known=True):
    """What a script shows that took the action with the largest value in these shares of 125 steps each."""
    trial = Trial(name="ActionOrder")
    greedy = Greedy(trial, Count(actions=True), 0.9)
    seen, best = trial.queried[0].tobytes(), int(np.argmax(trial.choices(0.9).best))
    for share in (0.0, *shares):
        greedy.behaviour.count.action_counts[seen, best] += round(125 * share)
        greedy.behaviour.count.action_counts[seen, best - 1] += 125 - round(125 * share)
        greedy.look([best if known else None])
    return greedy.findings("action = q.argmax()", {CHOICES})


def test_values_that_a_script_does_not_act_by_say_nothing_of_exploration():
    """It takes what they call best less often than by chance, or its values were never known."""
    assert followed(shares=[0.9, 0.8, 0.5, 0.4])["kept"]
    assert not followed(shares=[0.9, 0.8, 0.0, 0.1])["kept"]
    assert followed(shares=[0.9, 0.8, 0.5, 0.4], known=False) == {}


def test_an_action_that_a_policy_came_to_avoid_was_tried(tmp_path):
    """It has taken it in its first steps, and a script that never does has not."""
    for choice, tried in (("int(env.np_random.random() < 0.5 * 0.97**episode)", True), ("0", False)):
        script = tmp_path / "train.py"
        script.write_text(q_table().replace("env.action_space.sample()", choice))
        report = rlprobe.diagnose(
            script_agent(script), seeds=1, only=["ActionOrder"], budget=30, most_steps=2_000
        )
        (run, *_) = report.results[0].runs
        assert run.early_counts.sum() == EARLY_STEPS
        assert bool(run.early_counts[0, 1]) is tried


def test_no_run_is_told_of_that_has_nothing_to_show(tmp_path):
    """Of equal actions it may prefer any; and what is named is not hinted at too."""
    choice = "rng.integers(q.shape[1]) if rng.random() > epsilon else q[state].argmax()"
    text = q_table(classes=EPSILON_GREEDY.format(choice=choice))
    script = tmp_path / "train.py"
    script.write_text(text.replace("env.action_space.sample()", "int(choose(state, episode))"))
    report = rlprobe.diagnose(script_agent(script), seeds=2, only=ONLY, budget=60)
    (cause,) = report.causes
    assert "ContextBandit" not in cause.evidence[0]
    assert "hardly more than" not in str(report)
