"""The values of a script without a readable critic show in what it chooses."""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

import rlprobe
from probe_envs import ProbeEnv, probe, solve
from probe_envs.probes.cash_out import OFFER, after, both_choices, offer_states, offered
from rlprobe.diagnosis.choices.chosen import (
    at_offers,
    best_choices,
    both_tried,
    foretold,
    made,
    offers_of,
    returns_excuse,
)
from rlprobe.diagnosis.choices.offers import offers
from rlprobe.diagnosis.choices.unexplained import without_unexplained_choices
from rlprobe.diagnosis.conclusion import conclude
from rlprobe.diagnosis.inference.explanation import Explanation
from rlprobe.diagnosis.judging.judge import judge
from rlprobe.diagnosis.run import Run
from rlprobe.diagnosis.scheduling.again import second_opinions, unconfirmed
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
    "done-mask-inverted",
    "terminal-reward-dropped",
    "next-observation-is-observation",
    "no-bootstrap",
    "reward-clipped",
    "reward-shifted",
    "reward-cast-to-int",
    "sign-flipped",
)


def choices(name):
    """What a one-step learner with a fault chooses at each offer of each trial."""
    form = fault(name).forms[-1 if name == "sign-flipped" else 0]
    explanation = Explanation(Learner(gamma=0.9), ((fault(name), form),))
    return [foretold(explanation, trial) for trial in TRIALS]


def flat(rows):
    """Choices of all trials in one row."""
    return [one for row in rows for one in row]


RIGHT = [best_choices(trial, 0.9) for trial in TRIALS]


def run_of(trial, entered, *, seed=0, **more):
    """A run that ended with these choices, the best ones where they are None."""
    best = best_choices(trial, 0.9)
    chosen = [right if one is None else one for one, right in zip(entered, best, strict=True)]
    views = [trial.mdp.observe(offer) for offer in offers_of(trial)]
    actions = np.zeros(len(trial.queried), int)
    for view, enters in zip(views, chosen, strict=True):
        actions[(trial.queried == view).all(axis=1)] = 0 if enters else 1
    solved = tuple(chosen) == best
    return Run(
        seed=seed, steps=8_000, seconds=1.0, gamma=0.9, actions=actions, solved=solved, settled=True, **more
    )


def test_more_than_eight_faults_lead_to_choices_of_their_own():
    """Each of these faults predicts a wrong choice somewhere, and no two the same choices."""
    rows = {name: flat(choices(name)) for name in TOLD_APART}
    for name, row in rows.items():
        assert any(one not in {None, best} for one, best in zip(row, flat(RIGHT), strict=True)), name
    for (one, first), (other, second) in combinations(rows.items(), 2):
        told = [a != b and None not in {a, b} for a, b in zip(first, second, strict=True)]
        assert any(told), (one, other)


def test_without_a_fault_every_choice_is_the_best():
    """The offers are clear of the exact values."""
    assert [foretold(Explanation(Learner(gamma=0.9)), trial) for trial in TRIALS] == RIGHT


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        "truncation-as-termination",
        "no-discount",
        "reward-clipped",
    ],
)
def test_choices_that_one_fault_explains_name_it(name):
    """From choices alone, in two seeds, the fault is the first cause."""
    results = [
        judge(trial, [run_of(trial, said, seed=seed) for seed in (0, 1)])
        for trial, said in zip(TRIALS, choices(name), strict=True)
    ]
    report = conclude("script", results)
    assert report.verdict == "faulty"
    assert report.causes[0].fault == name, [(c.fault, c.confidence) for c in report.causes]
    assert "entering is worth" in str(report)


def test_a_seed_that_settled_early_does_not_hide_the_fault():
    """Two of three seeds choose as the fault predicts on one probe, and all of them elsewhere."""
    said = choices("no-discount")
    odd = next(k for k, trial in enumerate(TRIALS) if trial.options["of"] == "TimeLimitLoop")
    results = [
        judge(
            trial, [run_of(trial, RIGHT[k] if (k, seed) == (odd, 1) else one, seed=seed) for seed in range(3)]
        )
        for k, (trial, one) in enumerate(zip(TRIALS, said, strict=True))
    ]
    report = conclude("script", results)
    assert report.verdict == "faulty"
    assert report.causes[0].fault == "no-discount"
    assert report.causes[0].coverage.complete


def test_one_probe_that_failed_twice_confirms_the_others():
    """Choices have one cause: of several probes that failed, one is run with a second seed."""
    said = choices("no-discount")
    once = [judge(t, [run_of(t, one)]) for t, one in zip(TRIALS, said, strict=True)]
    failed = [k for k, result in enumerate(once) if result.outcome == "fail"]
    assert len(failed) > 2
    assert unconfirmed(once) == failed
    assert len(second_opinions(once, {})) == 1
    runs = [run_of(TRIALS[failed[0]], said[failed[0]], seed=seed) for seed in (0, 1)]
    once[failed[0]] = judge(TRIALS[failed[0]], runs)
    assert unconfirmed(once) == []


@pytest.mark.slow
def test_a_wrong_choice_that_no_fault_explains_is_undecided():
    """A policy that settled early on the smaller value is no fault."""
    constant = Trial(name="CashOut", options={"of": "Constant", "sure": (0.45,), "scale": 1.0})
    results = [
        judge(trial, [run_of(trial, [False if trial is constant else None] * len(offers_of(trial)))] * 2)
        for trial in [*TRIALS, constant]
    ]
    assert [r.outcome for r in results if r.trial is constant] == ["fail"] * 1
    assert "fail" not in [result.outcome for result in without_unexplained_choices(results)]


def test_an_action_that_was_hardly_tried_shows_no_choice():
    """Nobody who never took the sure reward has decided against it."""
    trial = TRIALS[0]
    counts = np.zeros((len(trial.queried), 2), int)
    counts[:, 0], counts[:, 1] = 500, 3
    tried = both_tried(counts, trial, 6)
    assert tried.tolist() == (~at_offers(trial)).tolist()
    right = best_choices(trial, 0.9)
    assert made(run_of(trial, right), trial) == right
    assert made(run_of(trial, right, unanimous=tried), trial) == (None,) * len(right)


def test_returns_that_stop_at_a_time_limit_excuse_the_choice_they_lead_to():
    """Where a script learns from whole episodes, or may do so, no truncation fault is told."""
    trial = next(t for t in TRIALS if t.options["of"] == "TimeLimitLoop")
    said = choices("truncation-as-termination")[TRIALS.index(trial)]
    assert returns_excuse(run_of(trial, said), trial)
    assert not returns_excuse(run_of(trial, [not one for one in RIGHT[TRIALS.index(trial)]]), trial)
    whole = [run_of(trial, said, seed=seed, whole_episodes=True) for seed in (0, 1)]
    within = [run_of(trial, said, seed=seed, whole_episodes=False) for seed in (0, 1)]
    assert judge(trial, whole).outcome == "pass"
    assert judge(trial, within).outcome == "fail"


def test_an_unknown_discount_leaves_out_the_offers_that_depend_on_it():
    """The better choice at the offers that are left is the same at 0.8 and at 0.99."""
    left = offers(0.9, known=False)
    assert 0 < len(left) < len(TRIALS)
    for options in left:
        trial = Trial(name="CashOut", options=options)
        assert (trial.choices(0.8).best == trial.choices(0.99).best).all(), options


class Counted:
    """A gate that lets every step through."""

    def __init__(self):
        self.steps = self.episodes = self.cuts = self.stamp = 0
        self.at_end, self.latest, self.actions = True, None, Counter()

    @property
    def learning_steps(self):
        """All steps: there are no updates to wait for."""
        return self.steps

    def pass_one(self):
        """Count a step."""
        self.steps += 1

    def took(self, number, action):
        """Count an action."""
        self.actions[number, action] += 1


def test_there_is_no_offer_during_practice():
    """The values inside are learned before anything has to be chosen."""
    mdp = offered("TimeLimitLoop", 6.0)
    env, gate = ProbeEnv(mdp), Counted()
    asked = np.stack([mdp.observe(state) for state in ("loop", OFFER)])
    views = Views(env, asked)
    stage = Stage(env, ProbeEnv(probe("Decoder").mdp(actions=2)), views, gate)
    stage.begin(0, {})
    stage.practice, stage.offers = 200, frozenset({views.number(mdp.observe(OFFER))})
    met = []
    stage.reset(seed=0)
    for _ in range(400):
        met.append((gate.steps, stage.now in stage.offers))
        if any(stage.step(0)[2:4]):
            stage.reset()
    assert not any(offer for steps, offer in met if steps < 200)
    assert any(offer for steps, offer in met if steps > 200)


def test_a_stage_goes_on_where_truncation_is_ignored_and_counts_what_the_script_cuts():
    """A script that never resets sees one long loop; one that resets in the middle ends an episode itself."""
    mdp = probe("TimeLimitLoop").mdp()
    env, gate = ProbeEnv(mdp), Counted()
    stage = Stage(env, ProbeEnv(probe("Decoder").mdp(actions=2)), Views(env, mdp.observe("loop")[None]), gate)
    stage.begin(0, {})
    stage.reset(seed=0)
    flags = [stage.step(0)[3] for _ in range(10)]
    assert flags == ([False] * 4 + [True]) * 2
    stage.reset()
    assert gate.cuts == 0
    stage.step(0)
    stage.reset()
    stage.reset()
    assert gate.cuts == 1


def test_a_reset_between_those_of_others_is_a_new_moment_to_read_networks():
    """A vector environment may be reset at once; between two episodes of a single one nothing is new."""
    mdp = probe("TimeLimitLoop").mdp()
    gate, asked = Counted(), mdp.observe("loop")[None]
    stages = []
    for _ in range(2):
        env = ProbeEnv(mdp)
        stages.append(Stage(env, ProbeEnv(probe("Decoder").mdp(actions=2)), Views(env, asked), gate))
        stages[-1].begin(0, {})
    for stage in (*stages, *stages):
        before = gate.stamp
        stage.reset(seed=0)
        assert gate.stamp == before + 1
    stages[-1].reset()
    assert gate.stamp == before + 1


def test_both_choices_have_the_values_of_the_two_actions():
    """The solver's values after either choice are those of the offer's actions."""
    for trial in TRIALS:
        solution = solve(trial.mdp, 0.9)
        split = solve(both_choices(**trial.options), 0.9)
        for offer in offer_states(trial.options["sure"]):
            place = solution.table.states.index(offer)
            both = [split.value(after(offer, choice)) for choice in (0, 1)]
            assert solution.Q[place][:2] == pytest.approx(both)


PLANTED = {
    "truncation-as-termination": ("(not terminated)", "(not done)"),
    "termination-ignored": (" * (not terminated)", ""),
    "done-mask-inverted": ("* (not terminated)", "* terminated"),
    "terminated-and-truncated-bootstraps": ("(not terminated)", "(not terminated or truncated)"),
    "no-discount": ("reward + gamma * np.max", "reward + np.max"),
    "discount-exponent": ("reward + gamma * np.max", "reward + gamma**2 * np.max"),
    "next-observation-is-observation": ("np.max(q_table[next_state])", "np.max(q_table[state])"),
    "reward-clipped": ("target = reward +", "target = max(-1.0, min(1.0, reward)) +"),
    "reward-cast-to-int": ("target = reward +", "target = int(reward) +"),
    "sign-flipped": ("target = reward +", "target = -reward +"),
}


def blindly(tmp_path, right="", wrong=""):
    """The report on a Q-table with a mistake, from its actions alone."""
    script = tmp_path / "q_table.py"
    text = (WRITTEN / "q_table.py").read_text()
    script.write_text(text.replace(right, wrong) if right else text)
    subject = script_agent(script, value="none")
    return rlprobe.diagnose(subject, only=["ContextBandit", "CashOut"])


@pytest.mark.slow
@pytest.mark.parametrize("name", PLANTED)
def test_planted_faults_are_named_from_behaviour_alone(tmp_path, name):
    """Ten mistakes in the values of a table, with no value read."""
    report = blindly(tmp_path, *PLANTED[name])
    assert report.verdict == "faulty", str(report)
    assert report.causes[0].fault == name, str(report)
    assert "CashOut" in str(report)


@pytest.mark.slow
def test_a_correct_table_is_never_faulty_from_behaviour_alone(tmp_path):
    """The same table as it should be."""
    assert blindly(tmp_path).verdict != "faulty"
