"""Which operation made a loss NaN."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from rlprobe.monitors.losses.undefined import squares_beyond_one, undefined_in  # noqa: E402


def x(*numbers):
    """Numbers that a network has given."""
    return torch.tensor(numbers, requires_grad=True) * 1.0


CASES = {
    "the logarithm of a negative number (-0.5)": lambda: x(0.3, -0.5).log(),
    "the logarithm of 0": lambda: x(0.3, 0.0).log(),
    "the logarithm of a negative number (-1)": lambda: x(-2.0).log1p(),
    "a division by 0": lambda: x(1.0, 2.0) / torch.tensor(0.0),
    "the standard deviation of a single number": lambda: x(1.0).std(),
    "the power 0.5 of a negative number": lambda: x(-1.0) ** 0.5,
    "atanh of a number that is not below 1": lambda: torch.atanh(x(1.0)),
}


@pytest.mark.filterwarnings("ignore:std:UserWarning")
@pytest.mark.parametrize("said", CASES)
def test_the_operation_is_found_behind_others(said):
    """Among the operations of a loss, the one whose operands are still finite."""
    loss = (CASES[said]() * 2.0 + 1.0).mean()
    assert not loss.isfinite()
    assert undefined_in(loss.grad_fn)[0] == said


def test_what_was_nan_before_has_no_operation_to_blame():
    """A NaN target, or weights that are NaN already."""
    loss = ((x(1.0, 2.0).clamp(min=0.1).log() - torch.tensor(float("nan"))) ** 2).mean()
    assert undefined_in(loss.grad_fn) is None
    assert undefined_in((x(float("nan")).log() + 1.0).grad_fn) is None


@pytest.mark.parametrize(
    ("density", "squash"),
    [
        (lambda a: torch.log(1 - a.pow(2) + 1e-6), True),
        (lambda a: torch.log(4.0 * (1 - a * a) + 1e-6).sum(-1), True),
        (torch.log, False),
        (lambda a: torch.log(a - 1.0), False),
    ],
)
def test_the_correction_for_tanh_is_recognised(density, squash):
    """The logarithm of 1 minus a square."""
    scaled = 2.0 + 4.0 * torch.tanh(x(0.9, -3.0))
    what, node = undefined_in(density(scaled if squash else -scaled).mean().grad_fn)
    assert "negative" in what
    assert squares_beyond_one(node) is squash
