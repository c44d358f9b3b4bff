"""The values of a script without a readable critic show in what it chooses."""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

import rlprobe
from probe_envs import ProbeEnv, probe
from probe_envs.probes.cash_out import both_choices, offered
from probe_envs.transform import OFFER
from rlprobe.diagnosis.choices.chosen import chosen, returns_choose_otherwise
from rlprobe.diagnosis.choices.offers import offers
from rlprobe.diagnosis.choices.unexplained import without_unexplained_choices
from rlprobe.diagnosis.inference.explanation import Explanation
from rlprobe.diagnosis.inference.judge import judge
from rlprobe.diagnosis.run import Run
from rlprobe.diagnosis.trial import Trial
from rlprobe.faults import fault
from rlprobe.faults.transitions import Learner
from rlprobe.scripts import script_agent
from rlprobe.scripts.inside.stage import Stage, Views

WRITTEN = Path(__file__).parent / "written"
TRIALS = [Trial(name="CashOut", options=options) for options in offers(0.9)]
TOLD_APART = (
    "no-discount",
    "discount-exponent",
    "truncation-as-termination",
    "termination-ignored",
    "terminated-and-truncated-bootstraps",
    "reward-clipped",
    "reward-cast-to-int",
    "target-never-synced",
    "sign-flipped",
)


def choices(name):
    """What a one-step learner with a fault chooses at each offer: best, worst or any."""
    form = fault(name).forms[-1 if name == "sign-flipped" else 0]
    return [chosen(Explanation(Learner(gamma=0.9), ((fault(name), form),)), trial) for trial in TRIALS]


def run_of(trial, *, right, seed=0, **more):
    """A run that ended with one choice at the offer."""
    best = trial.choices(0.9).best
    offer = int(np.argmax(trial.queried[:, -1]))
    actions = np.zeros(len(best), int)
    actions[offer] = int(np.argmax(best[offer] == right))
    return Run(
        seed=seed, steps=8_000, seconds=1.0, gamma=0.9, actions=actions, solved=right, settled=True, **more
    )


def test_at_least_eight_faults_lead_to_choices_of_their_own():
    """Each of these faults predicts a wrong choice somewhere, and no two the same choices."""
    rows = {name: choices(name) for name in TOLD_APART}
    assert all("worst" in row for row in rows.values())
    for (one, first), (other, second) in combinations(rows.items(), 2):
        told = [a != b and "any" not in {a, b} for a, b in zip(first, second, strict=True)]
        assert any(told), (one, other)


def test_without_a_fault_every_choice_is_the_best():
    """The offers are clear of the exact values."""
    assert [chosen(Explanation(Learner(gamma=0.9)), trial) for trial in TRIALS] == ["best"] * len(TRIALS)


@pytest.mark.parametrize("name", ["truncation-as-termination", "no-discount", "reward-clipped"])
def test_choices_that_one_fault_explains_name_it(name):
    """From choices alone, in two seeds, the fault is the first cause."""
    results = [
        judge(trial, [run_of(trial, right=said != "worst", seed=seed) for seed in (0, 1)])
        for trial, said in zip(TRIALS, choices(name), strict=True)
    ]
    from rlprobe.diagnosis.conclusion import conclude

    report = conclude("script", results)
    assert report.verdict == "faulty"
    assert report.causes[0].fault == name, [(c.fault, c.confidence) for c in report.causes]


def test_a_seed_that_settled_early_does_not_hide_the_fault():
    """Two of three seeds choose as the fault predicts at one offer, and all of them elsewhere."""
    from rlprobe.diagnosis.conclusion import conclude

    said = choices("no-discount")
    odd = said.index("worst")
    results = [
        judge(
            trial,
            [
                run_of(trial, right=one != "worst" or (k == odd and seed == 1), seed=seed)
                for seed in (0, 1, 2)
            ],
        )
        for k, (trial, one) in enumerate(zip(TRIALS, said, strict=True))
    ]
    report = conclude("script", results)
    assert report.verdict == "faulty"
    assert report.causes[0].fault == "no-discount"
    assert report.causes[0].coverage.complete


def test_a_wrong_choice_that_no_fault_explains_is_undecided():
    """A policy that settled early on the smaller value is no fault."""
    constant = Trial(name="CashOut", options={"of": "Constant", "sure": 0.45, "scale": 1.0})
    results = [
        judge(trial, [run_of(trial, right=trial.options["of"] != "Constant")] * 2)
        for trial in [*TRIALS, constant]
    ]
    assert [r.outcome for r in results if r.trial.options["of"] == "Constant"] == ["fail"] * 2
    assert "fail" not in [result.outcome for result in without_unexplained_choices(results)]


def test_returns_that_stop_at_a_time_limit_excuse_the_choice_they_lead_to():
    """Where a script learns from whole episodes, or may do so, no truncation fault is told."""
    (trial,) = [t for t in TRIALS if t.options == {"of": "TimeLimitLoop", "sure": 6.03, "scale": 1.0}]
    assert returns_choose_otherwise(trial, 0.9)
    whole = [run_of(trial, right=False, seed=seed, whole_episodes=True) for seed in (0, 1)]
    within = [run_of(trial, right=False, seed=seed, whole_episodes=False) for seed in (0, 1)]
    assert judge(trial, whole).outcome == "pass"
    assert judge(trial, within).outcome == "fail"


def test_an_unknown_discount_leaves_out_the_offers_that_depend_on_it():
    """The better choice at the offers that are left is the same at 0.8 and at 0.99."""
    left = offers(0.9, known=False)
    assert 0 < len(left) < len(TRIALS)
    for options in left:
        trial = Trial(name="CashOut", options=options)
        assert (trial.choices(0.8).best == trial.choices(0.99).best).all()


class Counted:
    """A gate that lets every step through."""

    def __init__(self):
        self.steps = self.episodes = 0
        self.at_end, self.taken = True, Counter()

    @property
    def learning_steps(self):
        """All steps: there are no updates to wait for."""
        return self.steps

    def pass_one(self):
        """Count a step."""
        self.steps += 1


def test_there_is_no_offer_during_practice():
    """The values inside are learned before anything has to be chosen."""
    mdp = offered("TimeLimitLoop", 6.0)
    env, gate = ProbeEnv(mdp), Counted()
    asked = np.stack([mdp.observe(state) for state in ("loop", OFFER)])
    views = Views(env, asked)
    stage = Stage(env, ProbeEnv(probe("Decoder").mdp(actions=2)), views, gate)
    stage.begin(0, {})
    stage.practice, stage.offer = 200, views.number(mdp.observe(OFFER))
    met = []
    stage.reset(seed=0)
    for _ in range(400):
        met.append((gate.steps, stage.now == stage.offer))
        if any(stage.step(0)[2:4]):
            stage.reset()
    assert not any(offer for steps, offer in met if steps < 200)
    assert any(offer for steps, offer in met if steps > 200)


def test_both_choices_have_the_values_of_the_two_actions():
    """The solver's values after either choice are those of the offer's actions."""
    from probe_envs import solve
    from probe_envs.probes.cash_out import CASHED, ENTERED

    for trial in TRIALS:
        solution = solve(trial.mdp, 0.9)
        split = solve(both_choices(**trial.options), 0.9)
        offer = solution.table.states.index(OFFER)
        assert solution.Q[offer][:2] == pytest.approx([split.value(ENTERED), split.value(CASHED)])


@pytest.mark.slow
def test_a_planted_fault_is_named_from_behaviour_alone(tmp_path):
    """A table that clips rewards, with no value read."""
    script = tmp_path / "q_table.py"
    text = (WRITTEN / "q_table.py").read_text()
    script.write_text(text.replace("target = reward +", "target = max(-1.0, min(1.0, reward)) +"))
    subject = script_agent(script, value="none")
    report = rlprobe.diagnose(subject, seeds=2, only=["ContextBandit", "CashOut"], budget=60)
    assert report.causes, str(report)
    assert report.causes[0].fault == "reward-clipped", str(report)
    assert "CashOut" in str(report)
