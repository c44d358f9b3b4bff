"""Shapes of tensors that an agent combines are evidence for or against a loss that pairs each with each."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from diagnosis.synthetic import CLEAN, results_for
from rlprobe.diagnosis.conclusion import conclude
from rlprobe.diagnosis.inference.posterior import Evidence
from rlprobe.diagnosis.training.torch_calls.critics.errors import pairs_all
from rlprobe.diagnosis.training.torch_calls.tensor_shapes import shapes_seen
from rlprobe.faults import fault

torch = pytest.importorskip("torch")


def losses(prediction, target):
    """Three losses, written in three ways."""
    torch.nn.functional.l1_loss(prediction.squeeze(), target.squeeze())
    (prediction.squeeze() - target.squeeze()).pow(2).mean()
    return (prediction - target).pow(2).mean()


@pytest.mark.parametrize(
    ("shape", "paired", "equal"), [((8,), False, True), ((8, 1), True, False), ((3,), False, False)]
)
def test_a_column_and_a_row_of_one_length_are_noticed(shape, paired, equal):
    """A batch of predictions and one of targets; three numbers are no batch."""
    subtract, loss = torch.Tensor.__sub__, torch.nn.functional.l1_loss
    prediction = torch.zeros(shape, requires_grad=True)
    with shapes_seen() as shapes:
        losses(prediction, torch.zeros(shape[0]))
    assert bool(shapes.paired) is paired
    assert shapes.equal is equal
    assert torch.Tensor.__sub__ is subtract
    assert torch.nn.functional.l1_loss is loss


def test_rows_of_several_numbers_are_noticed_too():
    """Probabilities of atoms at ``[:, action]`` in place of ``[rows, action]``."""
    with shapes_seen() as shapes:
        torch.rand(8, 51) * torch.zeros(8, 8, 51)
    assert "each row with each" in shapes.paired
    with shapes_seen() as shapes:
        torch.rand(8, 51) * torch.zeros(4, 8, 51)
    assert not shapes.paired


def test_rows_and_columns_of_other_lengths_are_no_pairs():
    """Atoms of a distribution beside a batch, keywords and numbers are left alone."""
    with shapes_seen() as shapes:
        torch.zeros(8, 1) - torch.zeros(51)
        torch.nn.functional.mse_loss(input=torch.zeros(8), target=torch.zeros(8))
        1.0 - torch.zeros(8) * 2
    assert not shapes.paired


@pytest.mark.parametrize(
    ("loss", "pairs"),
    [
        (torch.nn.functional.mse_loss, True),
        (lambda v, y: torch.nn.functional.smooth_l1_loss(y, v), True),
        (lambda v, y: 0.5 * (v - y).pow(2).mean() - 0.01 * v.sum(), True),
        (lambda v, y: torch.nn.functional.mse_loss(v, y[:, None]), False),
        (lambda v, y: (v.squeeze() - y).pow(2).mean(), False),
        (lambda v, y: (torch.rand(len(y), len(y)) * (v - y) ** 2).mean(), False),
        (lambda v, y: torch.nn.functional.huber_loss(v, y, reduction="none").sum(), False),
    ],
)
@pytest.mark.filterwarnings("ignore:Using a target size")
def test_a_mean_over_errors_of_all_pairs_is_seen_in_the_loss(loss, pairs):
    """Weighted errors of pairs, as those of quantiles, may be meant."""
    predictions = torch.nn.Linear(3, 1)(torch.rand(32, 3))
    assert pairs_all(loss(predictions, torch.rand(32)).grad_fn) is pairs


@pytest.mark.slow
def test_shapes_weigh_a_loss_that_pairs_each_with_each():
    """Among the faults that teach every state the mean, it is likelier if such shapes were seen."""
    broadcast = fault("loss-broadcast")
    results = results_for(CLEAN, ((broadcast, broadcast.forms[0]),), declared=False)

    def chance(**seen):
        told = [replace(one, runs=tuple(replace(run, **seen) for run in one.runs)) for one in results]
        ranked = Evidence(told).posterior()
        return sum(weight for e, weight in ranked if any(one is broadcast for one, _ in e.faults))

    assert chance(equal_shapes=True) < chance() < chance(paired="(8, 1) and (8,)")


@pytest.mark.slow
@pytest.mark.parametrize("paired", ["", "tensors of the shapes (8,) and (8, 1) were combined to (8, 8)"])
def test_pairs_are_told_where_no_fault_explains_the_values(paired):
    """A rest of values that nothing predicts: what was seen is the best lead."""
    rng = np.random.default_rng(0)

    def odd(result):
        values = rng.uniform(-9.0, 9.0, len(np.asarray(result.expected)))
        runs = tuple(replace(run, values=values, paired=paired) for run in result.runs)
        return replace(result, runs=runs, learned=values, outcome="fail")

    results = results_for(CLEAN)
    report = conclude("agent", [odd(one) if one.trial.probe.asks == "value" else one for one in results])
    assert not report.causes
    assert ("combined to (8, 8)" in str(report).replace("\n  ", " ")) is bool(paired)
