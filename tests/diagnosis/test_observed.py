"""Faults that are seen directly in what an agent does and answers."""

# ruff: noqa: D102
from __future__ import annotations

import numpy as np
import pytest

import rlprobe
from diagnosis.scripted import Scripted, ScriptedWithValues
from rlprobe.diagnosis.training.torch_calls.actors.log_probs import LogProbs


class DropsOut(ScriptedWithValues):
    """A critic that computes values with dropout on."""

    def value(self, observations):
        return super().value(observations) * (1 + 0.2 * self.rng.standard_normal(len(observations)))


class NormalisesBatches(ScriptedWithValues):
    """A critic whose values move with the mean of the batch they are asked in."""

    def value(self, observations):
        values = super().value(observations)
        return values + 0.2 * (len(observations) == 1)


@pytest.mark.parametrize("agent", [DropsOut, NormalisesBatches])
def test_values_that_depend_on_the_call_are_a_fault(agent):
    """The report is faulty, names the mode of the network, and shows two values of one observation."""
    report = rlprobe.diagnose(agent, seeds=1, only=["Decoder"], most_steps=1_000)
    assert report.verdict == "faulty"
    assert report.causes[0].fault == "wrong-network-mode"
    assert "one observation, evaluated" in report.causes[0].evidence[0]


class NormalisesInAct(ScriptedWithValues):
    """Its running mean of observations goes on counting when it is evaluated."""

    mean, count = 0.0, 1000

    def normalised(self, observations):
        for one in observations:
            self.count += 1
            self.mean += (float(one.mean()) - self.mean) / self.count
        return observations - self.mean

    def act(self, observations):
        self.normalised(observations)
        return super().act(observations)

    def value(self, observations):
        return super().value(observations) - self.mean


def test_an_evaluation_that_changes_values_is_a_fault():
    """The report names it, and shows the value before and after."""
    report = rlprobe.diagnose(NormalisesInAct, seeds=1, only=["ObservationSign"], most_steps=1_000)
    assert report.causes[0].fault == "normaliser-updates-at-evaluation"
    assert "without learning in between" in report.causes[0].evidence[0]


def test_values_that_do_not_depend_on_the_call_are_none():
    """A little noise of learning is no sign of a wrong mode."""
    report = rlprobe.diagnose(ScriptedWithValues, seeds=1, only=["Decoder"])
    assert report.causes == ()


class SeedsAlike(Scripted):
    """Gives every environment the same seed."""

    actions = frozenset({"discrete"})
    vector = True

    def __init__(self, env, setting):
        super().__init__(env, setting)
        if hasattr(env, "num_envs"):
            env.reset(seed=[setting.seed] * env.num_envs)

    def learn(self, steps):
        if not hasattr(self.env, "num_envs"):
            super().learn(steps)
            return
        for _ in range(steps // self.env.num_envs):
            self.env.step(self.env.action_space.sample())


def test_one_seed_for_all_environments_is_a_fault():
    """It is seen in the reset of the vector environment, whatever is learned there."""
    report = rlprobe.diagnose(SeedsAlike, seeds=1, only=["ObservationSign", "ContextBandit"])
    assert [cause.fault for cause in report.causes] == ["shared-seed"]
    assert np.isclose(report.causes[0].confidence, 1.0)


class CentresOverBatch(Scripted):
    """A dueling network whose advantages are centred over the batch."""

    def q_values(self, observations):
        advantage = np.stack([np.where(self.best[o.tobytes()], 1.0, 0.0) for o in observations])
        return 1.0 + advantage - advantage.mean(axis=0, keepdims=True)


def test_a_dueling_network_that_centres_over_the_batch_is_named():
    """All actions are equal at an observation alone: that says more than values that depend on the batch."""
    report = rlprobe.diagnose(CentresOverBatch, seeds=1, only=["ContextBandit"], most_steps=1_000)
    assert [cause.fault for cause in report.causes][:1] == ["dueling-axis"]
    assert "evaluated alone" in report.causes[0].evidence[0]


class SamplesBeyondBounds(Scripted):
    """A Gaussian policy on a Box; ``stored`` is what it keeps of an action for the update."""

    actions = frozenset({"continuous"})

    @staticmethod
    def stored(action):
        return action

    def learn(self, steps):
        import torch

        generator = torch.Generator().manual_seed(self.setting.seed)
        policy, kept = torch.distributions.Normal(4.0, 2.0), []
        for _ in range(steps):
            action = 4.0 + 2.0 * torch.randn(1, generator=generator)
            policy.log_prob(action)
            kept.append(self.stored(action))
            *_, terminated, truncated, _ = self.env.step(action.clamp(-2.0, 6.0).numpy())
            if terminated or truncated:
                self.env.reset()
        policy.log_prob(torch.stack(kept))


def test_samples_of_a_policy_without_noise_are_equal_and_not_clipped():
    """A standard deviation of nearly 0 gives one number for all rows of a batch with one observation."""
    torch = pytest.importorskip("torch")
    seen = LogProbs(lambda: 1)
    for scale, expected in ((1e-8, ""), (1.0, "several actions are exactly 17.4")):
        seen.see(torch.tensor([20.0], requires_grad=True), torch.tensor([1.0]))
        for _ in range(4):
            seen.see(torch.tensor([17.4] * 8 + [3.0] * 8), torch.tensor(scale, requires_grad=True))
        assert expected in seen.clipped
        assert bool(seen.clipped) == bool(expected)


class StoresClipped(SamplesBeyondBounds):
    """Keeps the clipped action beside the log-probability of the sampled one."""

    @staticmethod
    def stored(action):
        return action.clamp(-2.0, 6.0)


@pytest.mark.parametrize(
    ("agent", "named"), [(SamplesBeyondBounds, []), (StoresClipped, ["clipped-action-log-prob"])]
)
def test_a_clipped_action_beside_the_log_prob_of_the_sampled_one_is_a_fault(agent, named):
    """It is seen in the calls of log_prob; an agent that stores what it sampled has none."""
    torch = pytest.importorskip("torch")
    before = torch.distributions.Normal.log_prob
    report = rlprobe.diagnose(agent, seeds=1, only=["BoxTarget"], most_steps=1_000)
    assert [cause.fault for cause in report.causes] == named
    assert torch.distributions.Normal.log_prob is before


def test_a_target_that_is_copied_from_is_not_also_called_never_synchronised():
    """That it stays as it was follows from the wrong direction."""
    from rlprobe.diagnosis.inference.causes import observed_causes
    from rlprobe.diagnosis.judging.result import Result
    from rlprobe.diagnosis.run import Run
    from rlprobe.diagnosis.trial import Trial

    seen = (("target-update-reversed", "it moved"), ("target-never-synced", "it stayed"))
    run = Run(seed=0, steps=1, seconds=1.0, gamma=0.9, observed=seen)
    causes = observed_causes([Result(trial=Trial(name="Constant"), runs=(run,), outcome="pass")])
    assert [cause.fault for cause in causes] == ["target-update-reversed"]


def test_one_sentence_on_several_probes_is_told_once():
    """The report lists the probes in front of it."""
    from rlprobe.diagnosis.inference.causes import observed_causes
    from rlprobe.diagnosis.judging.result import Result
    from rlprobe.diagnosis.run import Run
    from rlprobe.diagnosis.trial import Trial

    run = Run(seed=0, steps=1, seconds=1.0, gamma=0.9, observed=(("ring-buffer", "rows of zeros were seen"),))
    trials = [Trial(name=name) for name in ("Constant", "Three")]
    results = [Result(trial=trial, runs=(run, run), outcome="pass") for trial in trials]
    (cause,) = observed_causes(results)
    assert cause.evidence == ("Constant and Three: rows of zeros were seen",)


class ActsBeyondBounds:
    """Takes and believes best an action above the upper bound of BoxTarget, whose best one lies below it."""

    gamma = 0.9

    def __init__(self, env, setting):
        self.env = env
        env.reset()

    def learn(self, steps):
        for _ in range(steps):
            _, _, terminated, truncated, _ = self.env.step(np.array([7.0], np.float32))
            if terminated or truncated:
                self.env.reset()

    def act(self, observations):
        return np.full((len(observations), 1), 7.0)


def test_continuous_actions_beyond_the_bounds_are_the_bound_and_said():
    """As in most environments; the report counts the steps."""
    report = rlprobe.diagnose(ActsBeyondBounds, seeds=1, only=["BoxTarget"], most_steps=500)
    assert not report.crashes
    assert f"In {report.steps:,} of {report.steps:,} steps" in str(report).replace("\n  ", " ")
    (result,) = report.results
    np.testing.assert_allclose(result.learned, [[[6.0]]])


def test_actions_that_are_no_numbers_are_still_refused():
    """NaN is no action at any bound."""
    from gymnasium.spaces import Box

    from rlprobe.diagnosis import questions

    class ActsNaN:
        def act(self, observations):
            return np.full((len(observations), 1), np.nan)

    with pytest.raises(questions.AgentError, match="expected a member of Box"):
        questions.actions(ActsNaN(), np.zeros((2, 1)), Box(-1.0, 1.0, (1,)))


@pytest.mark.parametrize(("add", "named"), [(True, []), (False, ["discrete-start-ignored"])])
def test_actions_that_are_counted_from_0_in_another_space_are_named(add, named):
    """Only of agents that say they support such spaces: many do not have to."""
    from rlprobe.agent import agent_factory

    class Learns:
        gamma = 0.9

        def __init__(self, env, setting):
            self.env, self.first = env, int(env.action_space.start) if add else 0
            self.n, self.rng = int(env.action_space.n), np.random.default_rng(setting.seed)
            self.sums, self.counts = np.zeros(self.n), np.zeros(self.n)
            env.reset()

        def learn(self, steps):
            for _ in range(steps):
                a = int(self.rng.integers(self.n))
                _, reward, terminated, truncated, _ = self.env.step(a + self.first)
                self.sums[a], self.counts[a] = self.sums[a] + reward, self.counts[a] + 1
                if terminated or truncated:
                    self.env.reset()

        def act(self, observations):
            return np.full(len(observations), (self.sums / np.maximum(1, self.counts)).argmax() + self.first)

    factory = agent_factory(name="mine", actions=["discrete"], discrete_start=True)(Learns)
    report = rlprobe.diagnose(factory, seeds=1, only=["ActionOrder"], most_steps=1_000)
    assert [cause.fault for cause in report.causes] == named
    assert not report.crashes
