"""The state that recurrent layers get at the first step of an episode, and later."""

# ruff: noqa: D101, D102
from __future__ import annotations

import gymnasium as gym
import numpy as np
import pytest

import rlprobe
from rlprobe.diagnosis.training.torch_calls.watching import torch_calls_seen

torch = pytest.importorskip("torch")
LENGTH, EPISODES = 3, 40


class Resets:
    """Acts for some episodes; the state is that of the subclass."""

    def __init__(self):
        torch.manual_seed(0)
        self.cell = torch.nn.GRUCell(3, 4)
        self.learned = torch.nn.Parameter(torch.ones(1, 4))
        self.steps, self.at_end = 0, True

    def initial(self, state):
        del state
        return torch.zeros(1, 4)

    def at_the_end(self, state):
        """Nothing is asked of the last observation."""

    @torch.no_grad()
    def run(self):
        state = torch.zeros(1, 4)
        for _ in range(EPISODES):
            state = self.initial(state)
            for t in range(LENGTH):
                state = self.cell(torch.randn(1, 3), state)
                self.steps, self.at_end = self.steps + 1, t == LENGTH - 1
            self.at_the_end(state)


class GivesNone(Resets):
    def initial(self, state):
        del state


class LearnsTheFirst(Resets):
    def initial(self, state):
        return self.learned.expand(1, 4)


class ValuesTheLast(Resets):
    """The value at a time limit goes on with the state."""

    def at_the_end(self, state):
        self.cell(torch.randn(1, 3), state)


class SeesTheLast(Resets):
    """Its memory is a window: the sequence of the last two observations, from a state of zeros."""

    @torch.no_grad()
    def run(self):
        layer, seen = torch.nn.LSTM(3, 4), torch.randn(2, 1, 3)
        for step in range(EPISODES * LENGTH):
            layer(seen)
            self.steps, self.at_end = step + 1, step % LENGTH == LENGTH - 1


class Forgets(Resets):
    """The layer gets one observation and no state."""

    @torch.no_grad()
    def run(self):
        layer = torch.nn.GRU(3, 4, batch_first=True)
        for step in range(EPISODES * LENGTH):
            layer(torch.randn(1, 1, 3), hx=self.state(step))
            self.steps, self.at_end = step + 1, step % LENGTH == LENGTH - 1

    def state(self, step):
        del step


class LearnsBetween(Resets):
    """An update between the last step of an episode and the reset goes through it from zeros."""

    @torch.no_grad()
    def run(self):
        layer = torch.nn.LSTM(3, 4)
        for step in range(EPISODES * LENGTH):
            layer(torch.randn(1, 1, 3))  # the first action
            self.steps, self.at_end = step + 1, False
            layer(torch.randn(1, 1, 3))  # the update
            self.at_end = True  # the reset


class KeepsByName(Forgets):
    """The state goes in as ``hx=``."""

    def state(self, step):
        return torch.full((1, 1, 4), float(step % LENGTH > 0))


class Keeps(Resets):
    def initial(self, state):
        return state


class ForgetsHalf(Resets):
    """A copy-and-paste that scales in place of masking."""

    def initial(self, state):
        return 0.5 * state


CASES = {
    Resets: [],
    GivesNone: [],
    LearnsTheFirst: [],
    ValuesTheLast: [],
    SeesTheLast: [],
    LearnsBetween: [],
    KeepsByName: [],
    Forgets: ["recurrent-state-not-kept"],
    Keeps: ["recurrent-state-leak"],
    ForgetsHalf: ["recurrent-state-leak"],
}


@pytest.mark.parametrize(("agent", "named"), CASES.items())
def test_states_are_reset_with_the_episode_and_kept_within_it(agent, named):
    """They begin empty, or learned; the value of the last observation may come before."""
    world = agent()
    with torch_calls_seen(
        gym.spaces.Discrete(2), steps=lambda: world.steps, fresh=lambda: world.at_end
    ) as calls:
        world.run()
    assert [name for name, _ in calls.observed] == named
    assert calls.in_losses["values_ends"] is (agent is ValuesTheLast or agent in (Keeps, ForgetsHalf))


class ValuesBeforeTheReset(Resets):
    """A script asks for the last observation between the last step and the reset."""

    @torch.no_grad()
    def run(self):
        self.over = False
        for _ in range(EPISODES):
            state, self.over = torch.zeros(1, 4), False
            for t in range(LENGTH):
                self.at_end = t == 0  # only the first action follows a reset
                state = self.cell(torch.randn(1, 3), state)
                self.steps += 1
            self.at_end, self.over = False, True
            self.cell(torch.randn(1, 3), self.last(state))

    def last(self, state):
        return state


class AsksForNothing(ValuesBeforeTheReset):
    """What it asks between the episodes has no memory."""

    def last(self, state):
        return torch.zeros_like(state)


@pytest.mark.parametrize(("agent", "valued"), [(ValuesBeforeTheReset, True), (AsksForNothing, False)])
def test_a_value_before_the_reset_is_one_of_the_last_observation(agent, valued):
    """There the episode is over, and the next one has not begun."""
    world = agent()
    seen = {"fresh": lambda: world.at_end, "over": lambda: world.over}
    with torch_calls_seen(gym.spaces.Discrete(2), steps=lambda: world.steps, **seen) as calls:
        world.run()
    assert calls.in_losses["values_ends"] is valued
    assert not calls.observed


def test_nothing_is_said_of_several_environments():
    """Where the ends of episodes are not known, an empty state may be that of their first step."""
    world = Forgets()
    with torch_calls_seen(gym.spaces.Discrete(2), steps=lambda: world.steps, fresh=lambda: None) as calls:
        world.run()
    assert not calls.observed


class Follower:
    """Turns to where the last sign pointed; with no memory it guesses."""

    recurrent = True
    remembers = True

    def __init__(self, env, setting):
        self.env, self.sign = env, 0
        self.rng = np.random.default_rng(setting.seed)
        self.obs, _ = env.reset(seed=setting.seed)

    def act(self, observations):
        return np.zeros(len(observations), int)  # whoever asks tells nothing of the past

    def turn(self, seen):
        if seen[:2].any():
            self.sign = int(seen[1])
        return self.sign if self.remembers else int(self.rng.integers(2))

    def learn(self, steps):
        for _ in range(steps):
            self.obs, _, terminated, _, _ = self.env.step(self.turn(self.obs))
            if terminated:
                self.obs, _ = self.env.reset()


class Guesser(Follower):
    remembers = False


class HasNoMemory(Guesser):
    recurrent = False


@pytest.mark.parametrize(
    ("agent", "said"), [(Follower, "solved up to size 16"), (Guesser, "none solved"), (HasNoMemory, "")]
)
def test_the_length_of_memory_is_measured(agent, said):
    """By the returns: the junction looks the same for both signs. Only agents with a memory are asked."""
    report = rlprobe.diagnose(agent, only=["TMaze"], seeds=1, jobs=1, budget=20)
    lines = [line for line in str(report).splitlines() if line.startswith("  TMaze")]
    assert (said in lines[0]) if said else not lines
