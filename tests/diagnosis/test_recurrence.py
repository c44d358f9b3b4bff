"""The state that recurrent layers begin episodes with."""

# ruff: noqa: D101, D102
from __future__ import annotations

import gymnasium as gym
import pytest

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
    Keeps: ["recurrent-state-leak"],
    ForgetsHalf: ["recurrent-state-leak"],
}


@pytest.mark.parametrize(("agent", "named"), CASES.items())
def test_episodes_begin_with_an_empty_state(agent, named):
    """Or with a learned one; the value of the last observation may come before."""
    world = agent()
    with torch_calls_seen(
        gym.spaces.Discrete(2), steps=lambda: world.steps, fresh=lambda: world.at_end
    ) as calls:
        world.run()
    assert [name for name, _ in calls.observed] == named
