"""Networks that get gradients and stay as they are: forgotten ones, and copies that are meant to."""

import gc

import pytest

from rlprobe.diagnosis.training.torch_calls.optimizers.weights import all_parameters, weights_seen

torch = pytest.importorskip("torch")


def _net():
    return torch.nn.Linear(3, 4)


@pytest.mark.parametrize(
    ("copied", "trained", "named"), [(False, "one", True), (False, "both", False), (True, "one", False)]
)
def test_a_twin_that_no_optimizer_holds_is_told_from_a_target_network(copied, trained, named):
    """A second critic begins with weights of its own; a target network begins as a copy."""
    torch.manual_seed(0)
    one, two = _net(), _net()
    if copied:
        two.load_state_dict(one.state_dict())
    held = [*one.parameters(), *(two.parameters() if trained == "both" else ())]
    optimizer = torch.optim.SGD(held, lr=0.1)
    with weights_seen() as seen:
        for _ in range(30):
            x = torch.randn(8, 3)
            loss = (one(x) - 1).square().mean() + (two(x) - 1).square().mean()
            seen.before_backward(loss, (0, 0))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    assert ("parameters-not-optimised" in seen.observed) is named


def test_parameters_are_found_that_the_collector_has_set_aside():
    """A script's modules are frozen, so that its calls of ``gc.collect()`` are quick; they stay so."""
    network = torch.nn.Linear(2, 2)
    gc.freeze()
    try:
        frozen = gc.get_freeze_count()
        assert any(one() is network.weight for one in all_parameters())
        assert gc.get_freeze_count() >= frozen
    finally:
        gc.unfreeze()
