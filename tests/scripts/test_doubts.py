"""When a failing run of a script is no evidence of a fault."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from rlprobe.diagnosis.inference.open_questions import open_questions
from rlprobe.diagnosis.judging.judge import judge
from rlprobe.diagnosis.judging.method import Method
from rlprobe.diagnosis.run import Run
from rlprobe.diagnosis.training.watch_values import WatchValues
from rlprobe.diagnosis.trial import Trial
from rlprobe.scripts.doubts.action_values import exploring_doubt, maximum_doubt, random_ends_doubt
from rlprobe.scripts.doubts.doubted import NORMALISED, always_the_same, batches_doubt, prefers_worst
from rlprobe.scripts.doubts.readings import (
    discount_doubt,
    idle_doubt,
    reading_doubt,
    seldom_doubt,
    slow_doubt,
)
from rlprobe.scripts.doubts.rhythm import cut_doubt
from rlprobe.scripts.inside.changes.rewriting import Rewriting
from rlprobe.scripts.inside.changes.rules import N_STEP, quick_rules

DECODER = np.array([2.62, 1.8, 2.0])


def value_run(values, *, initial=0.0, doubt="", **more):
    """A run whose values converged to ``values``."""
    values = np.asarray(values, dtype=float)
    still = np.zeros_like(values)
    return Run(
        seed=0,
        steps=3_000,
        seconds=1.0,
        gamma=0.9,
        initial=still + initial,
        values=values,
        drift=still,
        trend=still,
        noise=still,
        settled=True,
        doubt=doubt,
        **more,
    )


def action_run(*, solved, doubt=""):
    """A run that ended with one action everywhere."""
    actions = np.zeros(2, int)
    return Run(
        seed=0, steps=3_000, seconds=1.0, gamma=0.9, actions=actions, solved=solved, doubt=doubt, settled=True
    )


def test_an_output_that_never_moves_is_doubted_unless_it_is_certainly_the_critic():
    """A layer that is no critic and a critic that learns nothing look alike."""
    still = value_run([0.1, 0.0, -0.05])
    assert "name the critic with --value" in reading_doubt(still, "net.0", sure=False)
    assert reading_doubt(still, "critic", sure=True) == ""
    assert reading_doubt(value_run([2.6, 0.0, 0.0]), "net.0", sure=False) == ""
    assert "may be `b`" in reading_doubt(value_run([2.6, 0.0, 0.0]), "a", sure=False, rivals=["b"])


@pytest.mark.parametrize(
    ("name", "cut_share", "updates_within", "doubted"),
    [
        ("Decoder", 0.3, 0, True),
        ("Decoder", 0.1, 0, False),
        ("ActionOrder", 0.1, 0, True),
        ("ActionOrder", 0.0, 0, False),
        ("ActionOrder", 0.1, 50, False),
    ],
)
def test_episodes_that_the_script_cuts_are_a_doubt_if_it_learns_from_whole_ones(
    name, cut_share, updates_within, doubted
):
    """Values bear some of them; what the script prefers may be right with any."""
    agent = SimpleNamespace(trial=Trial(name=name), cut_share=cut_share, updates_within=updates_within)
    doubt = cut_doubt(agent)
    assert ("the script itself resets" in doubt) == doubted
    assert (f"before {cut_share:.0%} of the episodes end" in doubt) == doubted


def test_doubtful_values_that_are_wrong_are_undecided_and_right_ones_pass():
    """A doubt excuses a failure, and only a failure."""
    trial = Trial(name="Decoder")
    assert judge(trial, [value_run([0.1, 0.0, 0.0])]).outcome == "fail"
    doubtful = judge(trial, [value_run([0.1, 0.0, 0.0], doubt="it may not be the critic")])
    assert (doubtful.outcome, doubtful.why) == ("undecided", "it may not be the critic")
    assert judge(trial, [value_run(DECODER, doubt="it may not be the critic")]).outcome == "pass"


@pytest.mark.parametrize(
    ("values", "settled", "doubted"),
    [
        ([2.96, 1.98, 2.0], True, True),
        ([2.3, 1.7, 1.99], False, True),
        ([1.0, 0.0, 2.0], True, False),
        ([3.3, 2.4, 2.0], True, False),
    ],
)
def test_values_that_fit_a_usual_discount_are_doubted_where_the_discount_is_unknown(values, settled, doubted):
    """A script may write its discount as a bare number that was not found; no discount at all is no fit."""
    run = replace(value_run(values), settled=settled, trend=np.array([0.1, 0.1, 0.0]))
    assert bool(discount_doubt(run, Trial(name="Decoder"))) is doubted


def test_a_seed_without_values_is_left_out_of_the_mean():
    """A run whose time was up before the critic was found says nothing, wherever it stands."""
    empty = Run(seed=1, steps=0, seconds=1.0, gamma=0.9, timed_out=True)
    for runs in ([value_run(DECODER), empty], [empty, value_run(DECODER)]):
        assert judge(Trial(name="Decoder"), runs).outcome == "pass"


def test_an_action_probe_that_fails_for_a_changed_setting_only_is_undecided():
    """A doubt about the learning rate excuses wrong actions, unless most failing seeds are without it."""
    trial = Trial(name="ContextBandit")
    doubtful, plain = action_run(solved=False, doubt="the raised lr"), action_run(solved=False)
    assert judge(trial, [doubtful]).outcome == "undecided"
    assert judge(trial, [plain, plain, doubtful]).outcome == "fail"
    assert judge(trial, [action_run(solved=True, doubt="the raised lr")]).outcome == "pass"


@pytest.mark.parametrize(
    ("value", "known", "outcome"),
    [
        (2.12, {"mostly_at_ends": True}, "undecided"),
        (1.89, {"mostly_at_ends": True}, "undecided"),
        (2.12, {"recurrent": True}, "undecided"),
        (2.12, {}, "fail"),
        (1.0, {"mostly_at_ends": True}, "fail"),
        (1.0, {"recurrent": True}, "fail"),
    ],
)
@pytest.mark.parametrize("options", [{}, {"actions": 2}])
def test_critics_that_learn_once_an_episode_may_weigh_short_episodes_more(value, known, outcome, options):
    """At random ends they learn a lower value, recurrent ones perhaps; no bootstrap (1) is still wrong."""
    trial = Trial(name="RandomExit", options=options)
    assert judge(trial, [value_run([value], **known)]).outcome == outcome


def test_learning_rates_can_be_kept_while_other_settings_are_made_faster():
    """A script is run again with its own rates if its policy failed at raised ones."""
    kept, raised = (Rewriting(list(quick_rules(8_000, rates=rates))) for rates in (False, True))
    assert kept.new("learning_rate", 3e-4) is None
    assert kept.new("tau", 0.005) is None
    assert raised.new("tau", 0.001)[1] == raised.new("tau", 0.005)[1] == 0.05
    assert raised.new("learning_rate", 3e-4)[1] == pytest.approx(3e-3)
    assert kept.new("n_steps", 2_048)[1] == raised.new("n_steps", 2_048)[1] == 512
    assert kept.new("min_batch_size", 2_048)[1] == 256
    assert kept.new("episodes_per_update", 100)[1] == 10
    assert kept.new("num_episodes", 100)[1] == 8_000


@pytest.mark.parametrize(
    ("value", "recurrent", "valued", "outcome"),
    [
        (12.5, True, False, "undecided"),
        (12.5, False, False, "fail"),
        (2.8, True, False, "fail"),
        (2.8, True, True, "undecided"),
    ],
)
def test_a_memory_beyond_the_time_limit_was_never_learned_from(value, recurrent, valued, outcome):
    """It shifts the values of a recurrent critic, which may even be those of a limit that terminates (2.8).

    They are wrong all the same where the critic is never asked for the last observation.
    """
    trial = Trial(name="TimeLimitLoop")
    result = judge(trial, [value_run([value], recurrent=recurrent, values_ends=valued)])
    assert (result.outcome, result.excused) == (outcome, outcome == "undecided")


def test_a_script_that_never_updates_where_nothing_terminates_is_doubted_there_only():
    """It learns after ``terminated`` only; where episodes terminate, no update is no excuse."""
    still = value_run([0.0])
    assert "never after `truncated`" in idle_doubt(still, Trial(name="TimeLimitLoop"), 0)
    assert idle_doubt(still, Trial(name="TimeLimitLoop"), 3) == ""
    assert idle_doubt(still, Trial(name="TimeLimitLoop"), None) == ""
    assert idle_doubt(still, Trial(name="Decoder"), 0) == ""


@pytest.mark.parametrize(("initial", "pointed"), [(0.0, False), (0.6, True)])
def test_values_that_never_left_the_initial_ones_point_to_no_fault(initial, pointed):
    """A run that had no time to learn looks like a critic that learns its own prediction."""
    run = replace(value_run([0.0], initial=initial), timed_out=True, settled=False)
    (asked,) = open_questions([judge(Trial(name="Constant"), [run])])
    assert bool(asked.near) is pointed


def test_few_updates_do_not_make_a_critic_that_never_learns():
    """Values near the first ones are doubted after 40 updates, and not after 400, nor if they moved far."""
    near, far = value_run([0.3, 0.1, 0.1]), value_run([1.0, 0.0, 2.0])
    assert "only 40 updates" in slow_doubt(near, 40)
    assert "only 250 updates" in slow_doubt(far, 250, pictures=True)
    assert not slow_doubt(far, 400, pictures=True)
    assert slow_doubt(near, 400) == slow_doubt(near, 0) == slow_doubt(near, None) == slow_doubt(far, 40) == ""


@pytest.mark.parametrize(
    ("value", "actions", "in_table", "doubtful"),
    [
        (3.5, 2, False, True),
        (4.2, 2, False, False),
        (4.2, 6, False, True),
        (9.0, 6, True, True),
        (3.5, 0, False, False),
        (2.5, 6, True, False),
    ],
)
def test_the_largest_of_many_noisy_values_is_too_large(value, actions, in_table, doubtful):
    """The more actions, the larger; in a table with a large step size by any amount. Never too small."""
    trial = Trial(name="RandomExit")
    run = Run(seed=0, steps=1, seconds=1.0, gamma=0.9, values=np.array([value]))
    assert bool(maximum_doubt(run, trial, actions=actions, in_table=in_table)) == doubtful


@pytest.mark.parametrize(
    ("name", "values", "actions", "doubtful"),
    [
        ("TimeLimitLoop", [4.8], 6, True),
        ("TimeLimitLoop", [4.8], 0, False),
        ("TimeLimitLoop", [3.57], 6, False),
        ("TruncBoot", [0.9, 3.0, -6.0, 1.0], 6, False),
        ("Constant", [0.5], 6, False),
    ],
)
def test_noisy_values_where_episodes_are_cut_off_at_random_point_to_nothing(name, values, actions, doubtful):
    """Truncation that is taken as an end leaves a table with random targets there."""
    run = Run(seed=0, steps=1, seconds=1.0, gamma=0.9, values=np.array(values))
    assert bool(random_ends_doubt(run, Trial(name=name), actions=actions)) == doubtful


@pytest.mark.parametrize(
    ("first", "several_steps", "excused"),
    [
        (0.90, False, True),
        (0.785, False, True),
        (0.755, False, False),
        (0.755, True, True),
        (0.6, True, False),
    ],
)
def test_values_of_ones_own_behaviour_are_no_mistake(first, several_steps, excused):
    """Between random play (0.7525) and the best: SARSA, or returns of several steps out of a memory.

    A mean over all actions in place of the largest value is that of random play exactly.
    """
    trial = Trial(name="MaxNotMean", options={"actions": 2})
    mostly_best = [[0, 0, 0, 1] * 10, [1] * 40]
    said = exploring_doubt(value_run([first, 0.95]), trial, mostly_best, several_steps=several_steps)
    assert bool(said) is excused


def test_the_number_of_actions_is_not_that_of_steps():
    """Many scripts call the number of actions n."""
    assert [bool(N_STEP.fullmatch(name)) for name in ("n_step", "nstep", "multi_step", "n", "steps")] == [
        True,
        True,
        True,
        False,
        False,
    ]


@pytest.mark.parametrize(
    ("name", "actions", "unanimous", "found"),
    [
        ("ContextBandit", [1, 0], [True, True], True),
        ("ContextBandit", [1, 0], [True, False], False),
        ("ContextBandit", [0, 0], [True, True], False),
        ("ContextBandit", [0, 1], [True, True], False),
        ("ActionOrder", [0], [True], False),
    ],
)
def test_only_a_policy_that_learned_the_opposite_prefers_the_worst_action_everywhere(
    name, actions, unanimous, found
):
    """One action at all observations may be that of a policy which learned too fast."""
    trial = Trial(name=name, options={"actions": 2})
    run = Run(
        seed=0,
        steps=3_000,
        seconds=1.0,
        gamma=0.9,
        actions=np.array(actions),
        unanimous=np.array(unanimous),
        solved=False,
    )
    assert prefers_worst(run, trial) is found


@pytest.mark.parametrize(
    ("curve", "seldom"),
    [
        ([0.0] * 5 + [0.2] * 5 + [0.4] * 5, True),
        (list(np.linspace(0.0, 0.4, 15)), False),
        ([0.0] + [1.0] * 14, False),
    ],
)
def test_a_table_that_changes_seldom_and_still_says_little(curve, seldom):
    """One that has converged at once, or changes all the time, may be judged."""
    trial = Trial(name="Constant")
    watch = WatchValues(Still(), trial, 0)
    watch.curve = [np.array([value]) for value in curve]
    found = value_run([curve[-1]], seldom=watch.findings()["seldom"])
    assert bool(seldom_doubt(found)) is seldom


@pytest.mark.parametrize(("swings", "settled"), [(True, False), (False, True)])
def test_values_that_swing_about_their_goal_have_not_converged(swings, settled):
    """At the top of a swing they stand still; those of a fault stay where they are."""
    watch = WatchValues(Still(), Trial(name="Constant"), 0)
    time = np.arange(25)
    top = 1.2 - 0.002 * (time - 18) ** 2
    watch.curve = [np.array([value]) for value in (top if swings else 1.2 * (1 - 0.5**time))]
    assert watch.settled is settled


class Still:
    """An agent with constant values."""

    def value(self, observations):
        """Always 0."""
        return np.zeros(len(observations))


@pytest.mark.parametrize(
    ("actions", "same"),
    [([2.0] * 30, True), ([2.0] * 29 + [2.1], False), ([6.0] * 30, False), ([2.0] * 10, False)],
)
def test_one_action_whatever_is_tried_is_no_evidence_without_a_critic(actions, same):
    """Random search on normalised observations: where they are constant, they are 0, and so is the policy."""
    rows = [[[one] for one in actions]]
    agent = SimpleNamespace(trial=Trial(name="BoxTarget"), asked=lambda _: {"actions": rows})
    assert always_the_same(agent) is same


@pytest.mark.parametrize(
    ("value", "table", "outcome"),
    [(3.5, True, "pass"), (4.1, True, "pass"), (3.5, False, "fail"), (5.0, True, "fail")],
)
def test_a_table_may_learn_from_first_visits(value, table, outcome):
    """In five steps of one state, each visit has 2.63 on average and the first one 4.1."""
    trial = Trial(name="TimeLimitLoop")
    method = Method(monte_carlo=True, table=table)
    assert judge(trial, [value_run([value])], method).outcome == outcome


@pytest.mark.parametrize(("of_one_action", "outcome"), [(False, "pass"), (True, "fail")])
def test_values_of_one_action_do_not_contain_its_entropy(of_one_action, outcome):
    """Else entropy at the end of an episode is taken for that of the state itself."""
    trial = Trial(name="Constant", options={"continuous": True})
    run = value_run([1.0 + trial.entropy(0.2)], temperature=0.2, of_one_action=of_one_action)
    assert judge(trial, [run]).outcome == outcome


@pytest.mark.parametrize(
    ("name", "over_batches", "doubt"),
    [("TimeLimitLoop", True, NORMALISED), ("TimeLimitLoop", False, ""), ("Decoder", True, "")],
)
def test_batch_normalisation_says_nothing_about_a_single_observation(name, over_batches, doubt):
    """Several observations have a deviation."""
    agent = SimpleNamespace(trial=Trial(name=name), over_batches=over_batches)
    assert batches_doubt(agent) == doubt
