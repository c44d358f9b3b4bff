"""What a network is given at the first step of an episode: what the reset returned, or what was before it."""

# ruff: noqa: D101, D102
from __future__ import annotations

import pytest

from rlprobe.diagnosis.training.counting import Count, environment
from rlprobe.diagnosis.training.torch_calls.watching import torch_calls_seen
from rlprobe.diagnosis.trial import Setting, Trial

torch = pytest.importorskip("torch")
KEPT = "observation-kept-after-reset"


class Loop:
    """A loop over steps, in which a network is called to act; what differs is said by the subclasses."""

    explores_until = 0

    def __init__(self, env):
        self.env = env
        self.q = torch.nn.Linear(env.observation_space.shape[0], 2)

    def q_of(self, obs):
        with torch.no_grad():
            return self.q(torch.as_tensor(obs, dtype=torch.float32))

    def run(self, steps):
        obs, _ = self.env.reset()
        for t in range(steps):
            if t >= self.explores_until:
                self.q_of(obs)
            following, _, terminated, truncated, _ = self.env.step(0)
            obs = following
            if terminated or truncated:
                obs = self.after_end(following)


class TakesUp(Loop):
    def after_end(self, _):
        return self.env.reset()[0]


class GoesOn(Loop):
    def after_end(self, following):
        self.env.reset()
        return following


class ValuesTheEnd(Loop):
    """The last observation is valued, after the reset, as where an environment resets itself."""

    explores_until = 150

    def after_end(self, following):
        obs, _ = self.env.reset()
        self.q_of(following)
        return obs


class ActsOnMore(GoesOn):
    """What the network gets is not the observation, so nothing can be said."""

    def q_of(self, obs):
        return super().q_of(obs / 3)


def seen(name, loop, steps):
    """What is seen of a loop on a probe."""
    count, trial = Count(), Trial(name=name, setting=Setting(gamma=0.9))
    env = environment(trial, 0, count)
    with torch_calls_seen(
        env.action_space,
        steps=lambda: count.steps,
        shown=lambda: trial.queried,
        now=lambda: (count.shown, count.left),
    ) as calls:
        loop(env).run(steps)
    return dict(calls.observed)


@pytest.mark.parametrize("name", ["Decoder", "ObservationSign", "TruncBoot"])
@pytest.mark.parametrize("loop", [TakesUp, GoesOn, ValuesTheEnd, ActsOnMore])
def test_only_a_loop_that_goes_on_with_the_old_observation_is_named(name, loop):
    """Where the first actions are random, one later call with the right observation clears an agent."""
    assert (KEPT in seen(name, loop, 200)) == (loop is GoesOn)


def test_few_episodes_say_nothing():
    """Seven first steps with the old observation may be those of an agent that explores."""
    assert KEPT not in seen("ObservationSign", GoesOn, 8)
