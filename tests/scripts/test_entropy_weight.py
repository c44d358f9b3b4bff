"""The entropy weight that a script tunes is held while its values are compared; other numbers are not."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest

from rlprobe.scripts.first_run.entropy import entropy_factor
from rlprobe.scripts.inside.reading.entropy_weight import ALPHAS, HELD, PLAINLY, HeldEntropy

torch = pytest.importorskip("torch")


class Agent:
    """Something that tunes a number."""

    def __init__(self, name, number=0.0, size=1):
        self.__dict__[name] = torch.full((size,), number, requires_grad=True)
        self.tuned = self.__dict__[name]
        self.optimizer = torch.optim.SGD([self.tuned], lr=0.1)

    def step(self, held):
        """One step of the optimiser, after which the number may be put back."""
        self.optimizer.zero_grad()
        self.tuned.sum().backward()
        self.optimizer.step()
        held._put_back(self.optimizer)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("log_alpha", math.log(HELD)),
        ("log_ent_coef", math.log(HELD)),
        ("entropy_temperature", HELD),
        ("multiplier", -0.2),
        ("log_std", -0.2),
    ],
)
def test_only_an_entropy_weight_is_held(name, expected):
    """Whether it is the weight or its logarithm is known by its name."""
    agent = Agent(name)
    held = HeldEntropy(lambda: {"agent": agent})
    for _ in range(2):
        agent.step(held)
    assert float(agent.tuned.detach()) == pytest.approx(expected)
    assert bool(held.notes) == (expected != -0.2)


def test_several_numbers_are_not_held():
    """A weight for each action, for example, is no single entropy weight."""
    agent = Agent("log_alpha", size=2)
    agent.step(HeldEntropy(lambda: {"agent": agent}))
    assert agent.tuned.tolist() == pytest.approx([-0.1, -0.1])


@pytest.mark.parametrize(
    ("shape", "log_volume", "values", "expected"),
    [
        ([1], np.log(2.0), (3.0, 2.06, 2.0), 1.0),
        ([2], 2 * np.log(2.0), (3.07, 2.05, 2.0), 2.0),
        ([1], np.log(4.0), (3.0, 1.93, 2.0), 1.0),
        ([1], np.log(4.0), (3.1, 2.05, 2.0), 2.0),
        ([3], 3 * np.log(4.0), (1.0, 0.5, 0.1), 3.0),
    ],
)
def test_the_entropy_of_an_action_grows_with_its_components(shape, log_volume, values, expected):
    """In the units of tanh, unless the values on Decoder have those of the environment."""
    agent = SimpleNamespace(critic="q", temperature=0.2, gamma=0.9, read=lambda: np.array(values))
    assert entropy_factor(agent, {"log_volume": log_volume, "shape": shape}) == pytest.approx(expected)


@pytest.mark.parametrize("name", ["ent_coef", "entropy_tau", "log_entropy_temperature", "entropy_weight"])
def test_a_name_with_entropy_says_more_than_alpha(name):
    """``alpha`` may be another number beside it, as in Munchausen DQN."""
    assert PLAINLY.fullmatch(name)
    assert ALPHAS.fullmatch("alpha")
    assert not PLAINLY.fullmatch("alpha")
