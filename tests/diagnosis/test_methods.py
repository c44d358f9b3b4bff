"""Agents are judged by what is right for their method: Monte-Carlo, soft, n-step, recurrent, undiscounted."""

# ruff: noqa: D102
from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from gymnasium.spaces import Box

import rlprobe
from diagnosis.scripted import ScriptedWithValues
from diagnosis.synthetic import results_for
from probe_envs import probe
from rlprobe.diagnosis.inference.explanation import learners_of
from rlprobe.diagnosis.judging.excuses import where_episodes_begin
from rlprobe.diagnosis.judging.judge import judge
from rlprobe.diagnosis.judging.method import Method, method_of
from rlprobe.diagnosis.run import Run
from rlprobe.diagnosis.scheduling.order import method_may_excuse
from rlprobe.diagnosis.scheduling.schedule import Schedule
from rlprobe.diagnosis.training.runner import run
from rlprobe.diagnosis.training.subject import AgentSubject
from rlprobe.diagnosis.trial import Trial
from rlprobe.faults import fault
from rlprobe.faults.prediction import predict
from rlprobe.faults.transitions import Learner

CUT = fault("truncation-as-termination").forms


class MeanReturns:
    """The mean of the returns from each observation to the end of its episode; learns at ends only."""

    def __init__(self, env, setting, says=None):
        self.env, self.gamma = env, setting.gamma
        self.rng = np.random.default_rng(setting.seed)
        self.returns, self.episode, self.seen = {}, [], None
        for name, value in (says or {}).items():
            setattr(self, name, value)

    def learn(self, steps):
        for _ in range(steps):
            if self.seen is None:
                self.seen = self.env.reset()[0]
            key, action = self.seen.tobytes(), self.env.action_space.sample()
            self.seen, reward, terminated, truncated, _ = self.env.step(action)
            self.episode.append((key, reward))
            if terminated or truncated:
                self.finish()

    def finish(self):
        total = 0.0
        for key, reward in reversed(self.episode):
            total = reward + self.gamma * total
            self.returns.setdefault(key, []).append(total)
        self.episode, self.seen = [], None

    def act(self, observations):
        return np.zeros(len(observations), int)

    def value(self, observations):
        return np.array([np.mean(self.returns.get(o.tobytes(), [0.0])) for o in observations])


class EveryStep(MeanReturns):
    """One-step targets that take truncation for the end, and nothing said of them."""

    def learn(self, steps):
        for _ in range(steps):
            if self.seen is None:
                self.seen = self.env.reset()[0]
            key = self.seen.tobytes()
            self.seen, reward, terminated, truncated, _ = self.env.step(self.env.action_space.sample())
            follows = 0.0 if terminated or truncated else self.value(self.seen[None])[0]
            self.returns.setdefault(key, []).append(reward + self.gamma * follows)
            self.returns[key] = self.returns[key][-200:]
            self.seen = None if terminated or truncated else self.seen


VALUES = ["Constant", "Decoder", "RandomExit", "TimeLimitLoop", "TruncBoot"]


@pytest.mark.parametrize("says", [{}, {"gae_lambda": 1.0, "on_policy": True}], ids=["silent", "declared"])
def test_mean_returns_are_healthy_with_a_note(says):
    """Returns that stop at the limit belong to Monte-Carlo, told by attributes or by when it learns."""
    report = rlprobe.diagnose(lambda env, setting: MeanReturns(env, setting, says), seeds=1, only=VALUES)
    assert report.verdict == "healthy", str(report)
    assert "Monte-Carlo" in str(report)


@pytest.mark.slow
@pytest.mark.parametrize("says", [{}, {"gae_lambda": 1.0, "on_policy": True, "rollout_length": 64}])
def test_targets_that_stop_at_truncation_are_faulty_in_other_learners(says):
    """Who learns at every step, or from rollouts of a fixed length, should have bootstrapped."""
    report = rlprobe.diagnose(lambda env, setting: EveryStep(env, setting, says), seeds=1, only=VALUES)
    assert report.verdict == "faulty", str(report)
    assert report.causes[0].fault == "truncation-as-termination"


def test_values_of_a_fixed_entropy_weight_are_compared_with_soft_ones():
    """At weight 0.2 the soft value of the endless loop is right, and that of rewards alone is not."""
    trial = Trial(name="TimeLimitLoop", options={"continuous": True})
    first = run(ScriptedWithValuesOnBox, trial, 0)
    soft = 10.0 + 0.9 * 0.2 * np.log(2.0) / 0.1
    for value, outcome in ((soft, "pass"), (10.0, "fail")):
        warm = replace(first, temperature=0.2, values=np.array([value]), settled=True)
        assert judge(trial, [warm]).outcome == outcome
    unsteady = replace(first, temperature=0.2, cooling=0.1, values=np.array([10.0]), settled=True)
    assert judge(trial, [unsteady]).outcome == "undecided"
    assert "entropy" in judge(trial, [unsteady]).why


class ScriptedWithValuesOnBox(ScriptedWithValues):
    """Acts in a Box."""

    def act(self, observations):
        return np.zeros((len(observations), 1), np.float32)


def test_a_recurrent_critic_is_not_judged_where_it_bootstraps_from_a_memory_it_never_learned():
    """TruncBoot tells nothing of it; TimeLimitLoop, whose last observation it knows, does."""
    results = {r.trial.name: r for r in results_for(Learner(gamma=0.9, lam=0.95), [(fault(CUT_ID), CUT[0])])}
    outcomes = {
        name: judge(results[name].trial, [replace(one, recurrent=True) for one in results[name].runs]).outcome
        for name in ("TruncBoot", "TimeLimitLoop")
    }
    assert outcomes == {"TruncBoot": "undecided", "TimeLimitLoop": "fail"}


def test_a_recurrent_critic_is_judged_by_its_values_where_episodes_begin():
    """Decoder begins in its first state; in the others, a question comes without their memory."""
    [result] = [r for r in results_for(Learner(gamma=0.9)) if r.trial.label == "Decoder"]

    def outcome(values, *, recurrent):
        runs = [replace(one, recurrent=recurrent, values=np.array(values)) for one in result.runs]
        return judge(result.trial, runs).outcome

    assert where_episodes_begin(result.trial).tolist() == [True, False, False]
    assert outcome([2.62, 1.2, 1.5], recurrent=True) == "undecided"
    assert outcome([2.62, 1.2, 1.5], recurrent=False) == "fail"
    assert outcome([1.0, 0.0, 2.84], recurrent=True) == "fail"
    runs = [replace(one, recurrent=True, q_network=True, values=np.ones(3)) for one in result.runs]
    assert "replayed sequences" in judge(result.trial, runs).why


@pytest.mark.parametrize(
    ("value", "clipped", "outcome"), [(9.4, True, "undecided"), (9.4, False, "fail"), (5.0, True, "fail")]
)
def test_clipped_single_steps_learn_the_median_of_random_returns(value, clipped, outcome):
    """RandomExit: the exact value is 3.08 rewards, and that of an episode without end 10."""
    [result] = [r for r in results_for(Learner(gamma=0.9)) if r.trial.label == "RandomExit"]
    scale = result.trial.options.get("reward_scale", 1.0)
    values = np.array([scale * value])
    runs = [replace(one, clipped=clipped, values=values) for one in result.runs]
    assert judge(result.trial, runs).outcome == outcome


CUT_ID = "truncation-as-termination"


@pytest.mark.parametrize("name", ["Decoder", "Chain", "TruncBoot", "RandomExit"])
def test_n_step_targets_have_the_same_right_values(name):
    """How many rewards are summed up does not matter where nothing is wrong."""
    mdp = probe(name).mdp()
    one, three = (predict(mdp, Learner(gamma=0.9, n_step=n)).mean for n in (1, 3))
    np.testing.assert_allclose(one, three, atol=1e-9)


def test_n_step_targets_see_a_time_limit_from_further_away():
    """With 5 steps, as many as the limit, they teach what returns of whole episodes teach."""
    mdp = probe("TimeLimitLoop").mdp()
    values = {n: predict(mdp, Learner(gamma=0.9, n_step=n), CUT[:1]).mean[0] for n in (1, 3, 5)}
    whole = predict(mdp, Learner(gamma=0.9, lam=1.0, bootstraps=False)).mean[0]
    assert values[1] > values[3] > values[5]
    assert values[5] == pytest.approx(whole)


class Undiscounted(ScriptedWithValues):
    """Says that its discount is 1, and shows the values of that."""

    gamma = 1.0

    def __init__(self, env, setting):
        super().__init__(env, replace(setting, gamma=1.0 - 1e-9))


@pytest.mark.slow
def test_a_discount_of_1_is_a_finding():
    """It is judged by the discount it was asked for, and its values name the fault."""
    report = rlprobe.diagnose(Undiscounted, seeds=2, only=["Constant", "Decoder", "Chain", "BothFlags"])
    assert report.verdict == "faulty"
    assert report.causes[0].fault == "no-discount"
    assert report.agent_settings["gamma"] == 1.0


def test_the_method_is_known_before_a_fault_is_named():
    """Mean returns fail at time limits as a fault would, until the run that tells the method."""
    trials = [Trial(name="TruncBoot"), Trial(name="RandomExit", options={"reward_scale": 0.25})]
    schedule = Schedule(
        AgentSubject(MeanReturns), trials, seeds=1, budget=60.0, began=0.0, jobs=1, progress=None
    )
    schedule.outcomes.keep(0, run(MeanReturns, trials[0], 0))
    assert method_may_excuse(schedule.results(), [trials[1]])
    assert [task.number for task in schedule._dropped()] == []
    schedule.outcomes.keep(1, run(MeanReturns, trials[1], 0))
    assert not method_may_excuse(schedule.results(), [])
    assert [result.outcome for result in schedule.results()] == ["pass", "pass"]


def test_runs_that_a_clear_answer_had_dropped_are_made_if_it_was_none():
    """If nothing fails any more, the probes without a run come next."""
    trials = [Trial(name="Constant"), Trial(name="Decoder")]
    schedule = Schedule(
        AgentSubject(MeanReturns), trials, seeds=1, budget=60.0, began=0.0, jobs=1, progress=None
    )
    schedule.outcomes.keep(0, run(MeanReturns, trials[0], 0))
    assert [task.number for task in schedule._dropped()] == [1]


def test_the_entropy_weight_of_runs_without_values_does_not_count():
    """A script's weight is held only while its values are compared; on action probes it is tuned."""
    held = Run(seed=0, steps=500, seconds=1.0, gamma=0.9, temperature=0.2, values=np.zeros(3))
    tuned = Run(seed=0, steps=500, seconds=1.0, gamma=0.9, temperature=0.4, cooling=0.3)
    method = method_of([tuned, held])
    assert method.temperature == 0.2
    assert method.steady


def test_networks_of_action_values_learn_without_lambda_returns():
    """Scripts do not say their lambda; a table may have traces, a network of action values has none."""
    run = Run(seed=0, steps=500, seconds=1.0, gamma=0.9)
    assert {one.lam for one in learners_of(run, Method())} == {0.0, 0.95, 1.0}
    of_network = learners_of(replace(run, q_network=True), Method())
    assert {(one.lam, one.loss) for one in of_network} == {(0.0, "squared"), (0.0, "huber")}


def discrete_only(env, setting):
    """An agent that has no actions in a Box."""
    if isinstance(env.action_space, Box):
        raise TypeError("discrete actions only")
    return ScriptedWithValues(env, setting)


def test_what_is_asked_for_by_name_runs_or_is_refused():
    """A probe that is only measured runs if named; one for other actions is an error or a note."""
    measured = rlprobe.diagnose(discrete_only, only=["DelayedCredit"], seeds=1)
    assert "DelayedCredit: " in str(measured)
    assert "expected" not in str(measured)
    with pytest.raises(ValueError, match=r"BoxTarget needs other actions than this agent has \(discrete\)"):
        rlprobe.diagnose(discrete_only, only=["BoxTarget"])
    some = rlprobe.diagnose(discrete_only, only=["BoxTarget", "Constant"], seeds=1)
    assert "Not run: BoxTarget needs other actions" in str(some)
