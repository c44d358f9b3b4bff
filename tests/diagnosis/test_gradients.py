"""Gradients that are not cleared between two steps are seen, and only those."""

# ruff: noqa: D102
from __future__ import annotations

import numpy as np
import pytest

import rlprobe
from diagnosis.scripted import ScriptedWithValues
from rlprobe.diagnosis.training.torch_calls.optimizers.gradients import gradients_seen

torch = pytest.importorskip("torch")


def clears(loss, optimizer, network):
    """As in the documentation of PyTorch."""
    optimizer.zero_grad()
    loss().backward()
    optimizer.step()


def clears_in_place(loss, optimizer, network):
    """Zeros instead of None."""
    optimizer.zero_grad(set_to_none=False)
    loss().backward()
    optimizer.step()


def clears_by_hand(loss, optimizer, network):
    """Without the optimizer."""
    for parameter in network.parameters():
        if parameter.grad is not None:
            parameter.grad.data.zero_()
    loss().backward()
    optimizer.step()


def clears_after(loss, optimizer, network):
    """At the end of the update."""
    loss().backward()
    optimizer.step()
    network.zero_grad()


def adds_up_mini_batches(loss, optimizer, network):
    """Four mini-batches for one step, on purpose."""
    optimizer.zero_grad()
    for _ in range(4):
        (loss() / 4).backward()
    optimizer.step()


def gets_those_of_an_actor(loss, optimizer, network):
    """The loss of an actor leaves gradients in the critic, which are cleared before its own update."""
    loss().backward()
    optimizer.zero_grad()
    loss().backward()
    optimizer.step()
    loss().backward()


def forgets(loss, optimizer, network):
    """The line is missing."""
    loss().backward()
    optimizer.step()


def forgets_in_the_loop(loss, optimizer, network):
    """Cleared once a rollout, above the loop over mini-batches."""
    optimizer.zero_grad()
    for _ in range(8):
        loss().backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 0.5)
        optimizer.step()


CORRECT = (
    clears,
    clears_in_place,
    clears_by_hand,
    clears_after,
    adds_up_mini_batches,
    gets_those_of_an_actor,
)


def train(update, updates=30):
    """Fit a line with one way to update, and return the weights."""
    generator = torch.Generator().manual_seed(0)
    network = torch.nn.Linear(3, 1)
    with torch.no_grad():
        network.weight.fill_(0.1)
        network.bias.fill_(0.0)
    optimizer = torch.optim.Adam(network.parameters(), lr=0.01)

    def loss():
        x = torch.randn(8, 3, generator=generator)
        return (network(x) - x.sum(1, keepdim=True)).pow(2).mean()

    for _ in range(updates):
        update(loss, optimizer, network)
    return network.weight.detach().numpy()


@pytest.mark.parametrize("update", [*CORRECT, forgets, forgets_in_the_loop])
def test_only_gradients_that_were_left_behind_count(update):
    """Whichever way they are cleared, a loop that clears them is correct; watching changes no weight."""
    with gradients_seen() as gradients:
        seen = train(update)
    assert bool(gradients.accumulate) is (update not in CORRECT)
    np.testing.assert_array_equal(seen, train(update))


class Accumulates(ScriptedWithValues):
    """Trains a network beside its values, and forgets to clear the gradients."""

    def learn(self, steps):
        super().learn(steps)
        train(forgets)


class Clears(ScriptedWithValues):
    """Trains the same network correctly."""

    def learn(self, steps):
        super().learn(steps)
        train(clears)


def test_accumulated_gradients_end_a_diagnosis():
    """The report names them after two runs: more runs of disturbed learning would tell nothing."""
    report = rlprobe.diagnose(Accumulates, seeds=2, most_steps=1_000)
    assert [cause.fault for cause in report.causes] == ["gradients-accumulate"]
    assert sum(bool(result.runs) for result in report.results) == 2
    assert report.verdict == "faulty"


def test_cleared_gradients_are_no_fault():
    """The same agent with the line."""
    report = rlprobe.diagnose(Clears, seeds=1, only=["Constant", "ObservationSign"], most_steps=1_000)
    assert report.causes == ()


@pytest.mark.parametrize(("most", "clipped"), [(0.1, True), (1e6, False)])
def test_gradients_that_are_clipped_to_one_norm_are_seen(most, clipped):
    """Whichever function clips them: their norms before the steps are one number."""
    network, draw = torch.nn.Linear(3, 1), torch.Generator().manual_seed(0)
    optimizer = torch.optim.Adam(network.parameters(), lr=0.01)
    with gradients_seen() as seen:
        for _ in range(300):
            optimizer.zero_grad()
            target = torch.randn(1, generator=draw) * 5.0
            (network(torch.ones(1, 3)) - target).square().mean().backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), most)
            optimizer.step()
    assert seen.norms.clipped is clipped
