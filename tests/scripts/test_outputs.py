"""What a script's critic says of an observation alone and in a batch is compared."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from gymnasium.spaces import Box, Discrete

from rlprobe.scripts.inside.reading.networks.atoms import best_mean
from rlprobe.scripts.inside.reading.networks.outputs import Output
from rlprobe.scripts.inside.reading.networks.rows import indexed
from rlprobe.scripts.inside.reading.networks.sampling import Sampling


@pytest.mark.parametrize(("axis", "named"), [(0, True), (1, False)])
def test_a_dueling_mean_over_the_batch_shows_in_single_observations(axis, named):
    """Without the other rows, the mean is the advantage itself."""
    rng = np.random.default_rng(0)
    output = Output(None, (), "actions", 0, exact=True)
    for count in [1, 1, 8] * 7 + [1]:
        advantages = rng.normal(size=(count, 3))
        rows = 1.0 + advantages - advantages.mean(axis=axis, keepdims=True)
        output.note(np.zeros(count, np.int64), rows)
    assert bool(output.equal_when_alone) is named


def test_values_that_begin_equal_show_nothing():
    """A last layer of zeros gives all actions one value, alone and in a batch."""
    output = Output(None, (), "actions", 0, exact=True)
    for count in [1, 1, 8] * 7 + [1]:
        output.note(np.zeros(count, np.int64), np.zeros((count, 3)))
    assert not output.equal_when_alone


def test_values_that_converge_to_the_same_one_show_nothing():
    """Batches in which they differed came earlier than the single observations."""
    output = Output(None, (), "actions", 0, exact=True)
    for _ in range(20):
        output.note(np.zeros(8, np.int64), np.tile([1.0, 2.0], (8, 1)))
    for _ in range(30):
        output.note(np.zeros(1, np.int64), np.array([[1.5, 1.5]]))
    assert not output.equal_when_alone


def test_a_list_of_tensors_with_gradients_is_no_support():
    """A script that collects the values of a rollout in ``values`` keeps such a list."""
    torch = pytest.importorskip("torch")
    names = {"values": [torch.ones(1, requires_grad=True) for _ in range(4)], "z": np.arange(4.0)}
    assert best_mean(names, np.array([0.0, 0.0, 0.0, 1.0]), 1) == 3.0


def test_numbers_of_observations_are_recognised():
    """Those that an embedding is given, and a column of floats; other tensors are something else."""
    torch = pytest.importorskip("torch")
    stage = SimpleNamespace(observation_space=Discrete(5), looks=[np.int64(2), np.int64(0)])
    assert indexed(torch.tensor([0, 2, 2, 4]), stage).tolist() == [1, 0, 0, -1]
    assert indexed(torch.tensor(2), stage).tolist() == [0]
    assert indexed(torch.tensor([[0.0], [2.0], [0.5]]), stage).tolist() == [1, 0, -1]
    for other in (torch.tensor([0.0, 2.0]), torch.tensor([True]), torch.zeros(0), torch.zeros(2, 1) + 1j):
        assert indexed(other, stage) is None
    assert indexed(torch.tensor([0]), SimpleNamespace(observation_space=Box(0, 1), looks=[])) is None


def test_results_of_another_width_begin_anew():
    """A batch that was first taken for a single observation."""
    output = Output(None, (), "actions", 0, exact=True)
    output.note(np.array([0]), np.ones((1, 8)))
    output.note(np.array([0, 1]), np.full((2, 4), 2.0))
    assert output.last.keys() == output.first.keys() == {0, 1}
    assert not output.looks_like_chances()


def test_results_of_another_width_do_not_replace_those_of_batches():
    """An implicit quantile network acts on other fractions than it is trained at."""
    output = Output(None, (), "atoms", 0, exact=True)
    output.note(np.array([0]), np.ones((1, 96)))
    output.note(np.array([0, 1]), np.full((2, 48), 2.0))
    output.note(np.array([1]), np.ones((1, 96)))
    output.note(np.array([0, 1]), np.ones((2, 96)))
    output.note(np.array([0, 1]), np.full((2, 48), 3.0))
    assert output.moved() == 1.0
    assert {len(row) for row in output.last.values()} == {48}
    assert output.last.keys() == {0, 1}


def test_every_observation_is_looked_at_in_a_cycle_with_a_reset():
    """Eight environments in step, each with three steps and a reset: no observation is always left out."""
    gate = SimpleNamespace(stamp=0, updates=1, learning_steps=100, exactly=False)
    sampling, network, looked = Sampling(gate), object(), []
    for t in range(2_000):
        gate.stamp += 8  # eight steps, or eight resets
        for seen in (t % 4, t % 4):  # the value of what comes next, then the action there
            looked += [seen] if sampling.called(network)[1] and t > 1_000 else []
    assert set(looked) == {0, 1, 2, 3}


@pytest.mark.parametrize("rollout", [2, 4, 5, 8, 10, 20])
def test_every_call_of_a_rollout_is_looked_at(rollout):
    """The first call after the last step of a rollout is that with gradients, whatever the length."""
    gate = SimpleNamespace(stamp=0, updates=1, learning_steps=100, exactly=False)
    sampling, network, looked = Sampling(gate), object(), set()
    for t in range(4_000):
        gate.stamp += 1
        if sampling.called(network)[1] and t > 1_000:
            looked.add(t % rollout)
    assert looked == set(range(rollout))
