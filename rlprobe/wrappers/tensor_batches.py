"""Batches of torch tensors: standardised, counted and divided on their own device."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rlprobe.environments.tensors import beside, is_tensor
from rlprobe.extras import need
from rlprobe.stats.kernels.tensors import TensorKernel
from rlprobe.stats.nonfinite import LARGEST, FoundNonFiniteError

if TYPE_CHECKING:
    from collections.abc import Callable

    from rlprobe.stats.leaf import Leaf
    from rlprobe.stats.moments import Moments
    from rlprobe.stats.running import RunningStats


def kernels_of(stats: RunningStats, **settings: Any) -> list[TensorKernel]:
    """A kernel for each leaf; ``settings`` are those of ``TensorKernel``."""
    return [TensorKernel(moments, **settings) for moments in stats.moments]


def as_rows(leaf: Leaf, batch: Any) -> Any:
    """``batch``, shape ``(n, *leaf.shape)``, as rows of statistics, like ``stats.leaf.as_rows``."""
    if leaf.pooled:
        last = tuple(range(1, len(leaf.pooled) + 1))
        batch = batch.movedim(tuple(axis + 1 for axis in leaf.pooled), last)
    return batch.reshape(-1, leaf.stat_size)


def from_rows(leaf: Leaf, rows: Any, n: int) -> Any:
    """The inverse of ``as_rows``."""
    if not leaf.pooled:
        return rows.reshape(n, *leaf.shape)
    apart = rows.reshape(n, *(leaf.shape[axis] for axis in leaf.pooled), *leaf.stat_shape)
    first = tuple(range(1, len(leaf.pooled) + 1))
    return apart.movedim(first, tuple(axis + 1 for axis in leaf.pooled)).contiguous()


def check(called: str, leaf: Leaf, x: Any, n: int) -> Any:
    """``x`` if it is a tensor of the declared shape.

    Raises:
        ValueError: another type or shape; names both.
    """
    if is_tensor(x) and tuple(x.shape) == (n, *leaf.shape):
        return x
    got = f"a tensor of shape {tuple(x.shape)}" if is_tensor(x) else repr(type(x))
    raise ValueError(
        f"{called}: the space declares {leaf.label!r} as {n} times the shape {leaf.shape}, but the "
        f"environment returned {got}: return tensors for all observations, or for none, of the declared shape"
    )


def count(
    kernels: list[TensorKernel],
    leaves: tuple[Leaf, ...],
    arrays: list[Any],
    which: Any,
    refused: Callable[[Leaf, FoundNonFiniteError], Exception],
) -> None:
    """Count the rows ``which`` (None for all) of each leaf; all leaves are counted, or none."""
    before = [kernel.snapshot() for kernel in kernels]
    for leaf, kernel, x in zip(leaves, kernels, arrays, strict=True):
        chosen = which if which is None or not leaf.pooled else which.repeat_interleave(leaf.per_sample)
        try:
            kernel.count(as_rows(leaf, x), chosen)
        except FoundNonFiniteError as found:
            for other, old in zip(kernels, before, strict=True):
                other.restore(old)
            raise refused(leaf, found) from None


class TensorRewards:
    """Discounted returns on the device of the rewards, and the rewards divided.

    Args:
        moments: the statistics of the return or reward.
        gamma: the discount.
        by_return: whether the return is counted, or the reward.
        fixed: a fixed divisor, or None.
        settings: those of ``TensorKernel``.
    """

    def __init__(
        self, moments: Moments, gamma: float, *, by_return: bool, fixed: float | None, **settings: Any
    ) -> None:
        self.torch: Any = need("torch", "rewards that are tensors")
        self.kernel = TensorKernel(moments, **settings)
        self.gamma, self.by_return, self.fixed = gamma, by_return, fixed

    def __getstate__(self) -> dict[str, Any]:
        """Modules are not pickled."""
        return {**self.__dict__, "torch": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """See ``__getstate__``."""
        self.__dict__.update(state, torch=need("torch", "rewards that are tensors"))

    def divided(self, rewards: Any, returns: Any, real: Any, *, counting: bool) -> tuple[Any, Any]:
        """The rewards divided and clipped, and the returns after this step.

        Args:
            rewards: shape ``(n,)``.
            returns: before this step.
            real: the rewards of a real step, as booleans; None for all.
            counting: whether to count.

        Raises:
            FoundNonFiniteError: names the environment; nothing has been counted.
        """
        torch, raw = self.torch, rewards.to(self.torch.float64)
        total = beside(returns, rewards).to(torch.float64) * self.gamma + raw
        if real is not None:
            total = torch.where(real, total, 0.0)
        valid = total.abs() < LARGEST
        if not self.kernel.skip_nonfinite and not bool(valid.all()):
            bad = int((~valid).nonzero()[0])
            raise FoundNonFiniteError(bad, 0, float(raw[bad]))
        after = torch.where(valid, total, beside(returns, rewards).to(torch.float64) * self.gamma)
        if counting and self.fixed is None:
            chosen = valid if real is None else valid & real
            values = torch.where(valid, total if self.by_return else raw, 0.0)
            self.kernel.count(values[:, None], chosen)
        kind = rewards.dtype if rewards.dtype.is_floating_point else torch.float32
        return self.kernel.limited(raw / self._scale(raw), raw).to(kind), after

    def _scale(self, raw: Any) -> Any:
        if self.fixed is not None:
            return self.fixed
        self.kernel.bring_to(raw.device)
        std = self.kernel.std()[0]
        return self.torch.where(std > 0, std, 1.0)
