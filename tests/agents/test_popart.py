"""PopArt: predictions stay what they were when statistics move, and training does not see the scale."""

from __future__ import annotations

import io
import runpy
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from rlprobe.agents.popart import PopArt  # noqa: E402


def batch(scale, shift=0.0, n=256, outputs=1, seed=0):
    """Random targets."""
    generator = torch.Generator().manual_seed(seed)
    size = (n,) if outputs == 1 else (n, outputs)
    return shift + scale * torch.randn(size, generator=generator, dtype=torch.float64)


@pytest.mark.parametrize("outputs", [1, 3])
@pytest.mark.parametrize("memory", [None, 300])
def test_outputs_are_preserved_when_the_statistics_move(outputs, memory):
    """To 1e-6 of the size of the targets, over scales from 1e-3 to 1e6."""
    torch.manual_seed(0)
    head, features = PopArt(8, outputs, memory=memory).double(), torch.randn(50, 8, dtype=torch.float64)
    for seed, (scale, shift) in enumerate([(1.0, 0.0), (1e3, -5e3), (1e-3, 7.0), (1e6, 1e5), (2.0, 0.0)]):
        before = head.values(features)
        head.update(batch(scale, shift, outputs=outputs, seed=seed))
        torch.testing.assert_close(
            head.values(features), before, rtol=1e-6, atol=1e-6 * float(head.std.max())
        )


def test_float32_preserves_outputs_too():
    """In the usual precision, to 1e-6 of the largest target."""
    torch.manual_seed(0)
    head, features = PopArt(8), torch.randn(50, 8)
    head.update(batch(10.0, 5.0))
    before = head.values(features)
    head.update(batch(300.0, -20.0, seed=1))
    assert (head.values(features) - before).abs().max().item() < 1e-6 * 900


def test_the_statistics_are_those_of_all_targets():
    """Without memory: exact mean and standard deviation; with it, those of late targets."""
    late = batch(1.0, 50.0, n=5_000, seed=1)
    for memory, mean in ((None, 45.45), (200, 50.0)):
        head = PopArt(2, memory=memory)
        head.update(batch(1.0, 0.0, n=500))
        for part in late.split(100):
            head.update(part)
        assert float(head.mean) == pytest.approx(mean, abs=0.2)


def test_a_planted_fault_is_seen():
    """Moving the statistics without rescaling the weights changes the predictions."""
    torch.manual_seed(0)
    head, features = PopArt(8), torch.randn(50, 8)
    before = head.values(features)
    weight = head.layer.weight.detach().clone()
    head.update(batch(100.0))
    head.layer.weight.data.copy_(weight)
    assert (head.values(features) - before).abs().max().item() > 1.0


def trained(scale):
    """The relative error of a head that was trained on targets of this size."""
    torch.manual_seed(0)
    head = PopArt(4)
    optimiser = torch.optim.SGD(head.parameters(), lr=0.1)
    features = torch.randn(512, 4)
    targets = scale * (features @ torch.tensor([1.0, -2.0, 0.5, 3.0]) + 10.0)
    for _ in range(200):
        head.update(targets)
        optimiser.zero_grad()
        ((head(features) - head.normalise(targets)) ** 2).mean().backward()
        optimiser.step()
    return (head.values(features) - targets).abs().max().item() / scale


def test_training_does_not_see_the_scale_of_the_targets():
    """The same step size fits targets of 0.001 and of a million equally well."""
    errors = [trained(scale) for scale in (1e-3, 1.0, 1e6)]
    assert max(errors) < 1e-2
    assert max(errors) - min(errors) < 1e-3


def test_saving_and_loading_continues_exactly():
    """A state dict without pickled objects carries weights and statistics."""
    head = PopArt(3, memory=100)
    head.update(batch(5.0, 2.0))
    file = io.BytesIO()
    torch.save(head.state_dict(), file)
    file.seek(0)
    twin = PopArt(3, memory=100)
    twin.load_state_dict(torch.load(file, weights_only=True))
    for one in (head, twin):
        one.update(batch(1.0, seed=3))
    assert torch.equal(head.mean, twin.mean)
    assert torch.equal(head.layer.weight, twin.layer.weight)


@pytest.mark.parametrize(
    ("targets", "words"),
    [
        (torch.tensor([1.0, float("nan")]), "finite"),
        (torch.zeros(3, 2, 2), r"expected shape \(n,\) or \(n, 1\)"),
    ],
)
def test_bad_targets_change_nothing(targets, words):
    """NaN and another shape are refused before anything moves."""
    head = PopArt(3)
    with pytest.raises(ValueError, match=words):
        head.update(targets)
    assert head.moments.count == 0


def test_sizes_below_one_are_refused():
    """A head has features and outputs."""
    for arguments in ({"inputs": 0}, {"inputs": 2, "outputs": 0}, {"inputs": 2, "memory": -1}):
        with pytest.raises(ValueError, match="at least 1"):
            PopArt(**arguments)


@pytest.mark.slow
def test_the_example_shows_the_difference(capsys):
    """The example runs, and PopArt is far better at its last step."""
    runpy.run_path(str(Path(__file__).parents[2] / "examples" / "popart.py"))
    with_popart, without = (
        float(line.rsplit(maxsplit=1)[1]) for line in capsys.readouterr().out.splitlines()
    )
    assert with_popart < 0.5
    assert not without < 2 * with_popart
