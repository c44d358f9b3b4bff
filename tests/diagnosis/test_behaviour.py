"""What an agent does while it learns is compared with what its ``act`` says."""

# ruff: noqa: D102
from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

import rlprobe
from diagnosis.scripted import Scripted
from rlprobe.diagnosis.inference.behaviours import untried
from rlprobe.diagnosis.plan import plan
from rlprobe.diagnosis.run import Run
from rlprobe.diagnosis.training.behaviour import Behaviour, explores_ever_more
from rlprobe.diagnosis.training.best_actions import judge_actions
from rlprobe.diagnosis.trial import Trial

EPSILON = 0.3


class Learns(Scripted):
    """Explores with an epsilon around the best action, and says that it learns as ``on_policy`` says."""

    on_policy = False

    def __init__(self, env, setting):
        super().__init__(env, setting)
        self.seen, _ = self.env.reset()

    def learn(self, steps):
        for _ in range(steps):
            action = self.while_learning(self.seen)
            self.seen, _, terminated, truncated, _ = self.env.step(action)
            if terminated or truncated:
                self.seen, _ = self.env.reset()

    def while_learning(self, seen):
        if self.rng.random() < EPSILON:
            return self.env.action_space.sample()
        return int(Scripted.act(self, np.asarray(seen)[None])[0])

    def q_values(self, observations):
        return np.array([np.where(self.best[o.tobytes()], 1.0, 0.0) for o in observations])


class ActsOnTheSmallest(Learns):
    """Takes the worst action while it learns, where it does not explore."""

    def while_learning(self, seen):
        if self.rng.random() < EPSILON:
            return self.env.action_space.sample()
        return int((~self.best[np.asarray(seen).tobytes()]).argmax())


class HasLearnedNothing(ActsOnTheSmallest):
    """Its values are equal but for noise, so its best action is a matter of luck."""

    def q_values(self, observations):
        return 1e-3 * super().q_values(observations)


class ExploresWhenAsked(Learns):
    """Its evaluation explores too."""

    def act(self, observations):
        return np.array([self.while_learning(o) for o in observations])


class ExploresMoreWhenAskedLater(Learns):
    """Its evaluation explores ever more, so that training seems to leave what it says."""

    def act(self, observations):
        noise = self.rng.random(len(observations)) < min(0.9, self.steps / 1_000)
        others = self.rng.integers(self.env.action_space.n, size=len(observations))
        return np.where(noise, others, super().act(observations))

    steps = 0

    def learn(self, steps):
        super().learn(steps)
        self.steps += steps


class RarelyExploresWhenAsked(ExploresWhenAsked):
    """Evaluates with an epsilon of 0.02, as some do on purpose."""

    def act(self, observations):
        noise = self.rng.random(len(observations)) < 0.02
        return np.where(
            noise, self.env.action_space.sample(), super(ExploresWhenAsked, self).act(observations)
        )


class RandomOnPurpose(Learns):
    """Learns off-policy from random actions."""

    def while_learning(self, seen):
        return self.env.action_space.sample()


class LeavesOutTheLast(Learns):
    """Draws from one action too few."""

    def while_learning(self, seen):
        if self.rng.random() < EPSILON:
            return int(self.rng.integers(self.env.action_space.n - 1))
        return int(Scripted.act(self, np.asarray(seen)[None])[0])


CASES = {
    Learns: [],
    RandomOnPurpose: [],
    RarelyExploresWhenAsked: [],
    ActsOnTheSmallest: ["evaluation-differs"],
    HasLearnedNothing: [],
    LeavesOutTheLast: ["action-never-tried"],
    ExploresWhenAsked: ["evaluation-explores"],
    ExploresMoreWhenAskedLater: ["evaluation-explores"],
}


@pytest.mark.parametrize(("agent", "named"), CASES.items())
def test_actions_of_training_are_compared_with_those_of_act(agent, named):
    """Avoiding the best action is a fault, and so is an evaluation at random; exploring is none."""
    report = rlprobe.diagnose(agent, seeds=1, only=["ActionOrder", "ContextBandit"], most_steps=1_500)
    assert [cause.fault for cause in report.causes] == named


def test_random_actions_to_the_end_are_said_and_are_no_fault():
    """A schedule of epsilon may take longer than a run; the report says what was seen."""
    for agent, said in ((RandomOnPurpose, True), (Learns, False)):
        report = rlprobe.diagnose(agent, seeds=1, only=["ActionOrder"], most_steps=1_500)
        assert report.verdict == "healthy"
        assert ("hardly more than by chance" in " ".join(str(report).split())) is said


def test_action_probes_end_once_a_fault_that_disturbs_actions_was_seen_twice():
    """Their outcomes would not count, so no second seed is asked."""
    probes = ["ActionOrder", "ContextBandit", "WillToLive"]
    report = rlprobe.diagnose(ExploresWhenAsked, seeds=2, only=probes, most_steps=1_500)
    assert sum(len(result.runs) for result in report.results) <= len(probes)
    assert report.causes[0].fault == "evaluation-explores"


class ScalesOnce(Scripted):
    """Training takes what the network says, ``act`` what is scaled to the bounds."""

    scaled_in_training = False

    def learn(self, steps):
        low, high = self.env.action_space.low, self.env.action_space.high
        for _ in range(steps):
            raw = np.clip(0.75 + 0.2 * self.rng.standard_normal(low.shape), -1, 1)
            action = low + (raw + 1) / 2 * (high - low) if self.scaled_in_training else raw
            _, _, terminated, truncated, _ = self.env.step(action.astype(np.float32))
            if terminated or truncated:
                self.env.reset()


class ScalesTwice(ScalesOnce):
    """Both scale: noise goes to both sides of what ``act`` says."""

    scaled_in_training = True


for agent in (ScalesOnce, ScalesTwice):
    agent.actions = ("continuous",)


@pytest.mark.parametrize(("agent", "named"), [(ScalesOnce, ["evaluation-differs"]), (ScalesTwice, [])])
def test_continuous_actions_of_training_lie_around_those_of_act(agent, named):
    """An answer beyond everything that training takes is that of another rule."""
    report = rlprobe.diagnose(agent, seeds=1, only=["BoxTarget"], most_steps=2_000)
    assert [cause.fault for cause in report.causes] == named


class NeverMoves(RandomOnPurpose):
    """Learns on-policy, but its policy stays as it was; the one action it prefers is right by luck."""

    on_policy = True

    def act(self, observations):
        return np.zeros(len(observations), int) + (3 if self.env.action_space.n == 5 else 1)


def test_a_policy_that_never_moves_is_not_right_by_luck():
    """Its best arm is no pass, and where it is wrong the fault is that nothing moves."""
    report = rlprobe.diagnose(
        NeverMoves, seeds=2, only=["ActionOrder", "ContextBandit", "WillToLive"], most_steps=3_000
    )
    outcomes = {result.trial.name: result.outcome for result in report.results}
    assert outcomes == {"ActionOrder": "undecided", "ContextBandit": "fail", "WillToLive": "fail"}
    assert report.causes[0].fault == "advantage-normalised-to-zero"


@pytest.mark.parametrize(
    ("shares", "more"), [((0.95, 0.7), True), ((0.7, 0.95), False), ((0.8, 0.75), False)]
)
def test_exploration_that_grows_is_seen(shares, more):
    """The share of the actions that ``act`` calls best falls between the halves of a run."""
    behaviour = Behaviour(trial=None, count=None, matters=np.array([True]))
    taken = np.zeros((1, 5), int)
    behaviour.totals, behaviour.believed = [taken], [np.array([3])]
    for k in range(8):
        best = round(125 * shares[k // 4])
        taken = taken + np.array([[0, 125 - best, 0, best, 0]])
        behaviour.totals.append(taken)
        behaviour.believed.append(np.array([3]))
    assert bool(explores_ever_more([behaviour.kept])) is more


def test_short_runs_go_on_where_exploration_seems_to_grow():
    """Tiny probes are solved before a growing epsilon is sure; few steps more make it so."""
    behaviour = Behaviour(trial=None, count=None, matters=np.array([True]))
    behaviour.totals = [np.zeros((1, 5), int)] + [np.array([[0, 0, 0, best, 0]]) for best in (108, 206)]
    for k, taken in enumerate(behaviour.totals):
        taken[0, 1] = 125 * k - taken[0, 3]
    behaviour.believed = [np.array([3])] * 3
    assert behaviour.may_explore_ever_more
    assert not explores_ever_more([behaviour.kept])
    behaviour.totals[1][0, [1, 3]] = 25, 100
    assert not behaviour.may_explore_ever_more


class OneNoise(Scripted):
    """Adds the same number to both components of an action."""

    actions = ("continuous",)
    numbers = 1

    def learn(self, steps):
        low, high = self.env.action_space.low, self.env.action_space.high
        for _ in range(steps):
            raw = np.array([0.2, 0.5]) + 0.15 * self.rng.standard_normal(self.numbers)
            action = low + (np.clip(raw, -1, 1) + 1) / 2 * (high - low)
            _, _, terminated, truncated, _ = self.env.step(action.astype(np.float32))
            if terminated or truncated:
                self.env.reset()


class OneNoiseEach(OneNoise):
    """As it should be."""

    numbers = 2


@pytest.mark.parametrize(("agent", "named"), [(OneNoise, ["noise-shared"]), (OneNoiseEach, [])])
def test_components_need_noise_of_their_own(agent, named):
    """What moves together from step to step is one noise."""
    report = rlprobe.diagnose(agent, seeds=1, only=["BoxTarget2D"], most_steps=2_000)
    assert [cause.fault for cause in report.causes] == named


@pytest.mark.parametrize(("at_first", "expected"), [(0, True), (1, True), (5, False), (10, False)])
def test_an_action_is_never_tried_only_if_that_is_no_chance(at_first, expected):
    """Of 40 steps at first, random play with five actions takes each one 8 times, plus or minus 2.5."""
    trial = next(one for one in plan(kinds=frozenset({"discrete"}), gamma=0.9) if one.name == "ActionOrder")
    best = trial.choices(0.9).best
    early = np.where(best, at_first, (40 - at_first) // 4)
    counts = np.where(best, 15, 1000)
    wrong = trial.first_action + (~best).argmax(axis=1)
    run = Run(
        seed=0, steps=3000, seconds=0.1, gamma=0.9, actions=wrong, action_counts=counts, early_counts=early
    )
    assert best.shape[1] == 5
    assert untried(run, trial) is expected


@pytest.mark.parametrize(
    ("name", "action", "solved"),
    [
        ("BoxTarget", [5.5], True),
        ("BoxTarget", [4.3], False),
        ("BoxTarget", [5.83], True),
        ("BoxTarget", [6.0], False),
        ("BoxTarget2D", [-1.1, 5.3], True),
        ("BoxTarget2D", [-0.5, 5.3], False),
    ],
)
def test_a_continuous_action_may_lie_a_little_past_the_best_one(name, action, solved):
    """It comes back slowly from near the bound, and no fault leads there."""
    trial = Trial(name=name)
    judged = judge_actions(trial, 0.9)(np.array([action], np.float32))
    assert judged.tolist() == [solved]


@pytest.mark.parametrize(("best", "sticks"), [(124, True), (115, False)])
def test_a_policy_that_takes_one_action_nearly_always_sticks_to_it(best, sticks):
    """What it tries rarely it still tries."""
    behaviour = Behaviour(trial=None, count=None, matters=np.array([True, False]))
    behaviour.totals = [k * np.array([[125 - best, best], [60, 65]]) for k in range(40)]
    assert behaviour.sticks is sticks


@pytest.mark.parametrize(
    ("counts", "left_out"),
    [
        ([[40, 45, 0], [38, 41, 0]], True),
        ([[200, 6, 0], [4, 180, 0]], False),
        ([[300, 25, 25, 0]], True),
        ([[300, 300, 2, 0]], False),
    ],
)
def test_an_action_that_is_best_somewhere_was_not_tried_there(counts, left_out):
    """A greedy table hardly tries anything: that one action is missing is then no surprise."""
    trial = SimpleNamespace(first_action=0)
    behaviour = Behaviour(trial=trial, count=None, matters=np.array([True] * len(counts)))
    behaviour.totals = [np.array(counts)]
    assert bool(behaviour.left_out) is left_out
