"""Discounted returns of rewards that are torch tensors, on their own device."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rlprobe.extras import need
from rlprobe.stats.nonfinite import SQUARE_OVERFLOWS_FROM, FoundNonFiniteError
from rlprobe.stats.tensors.kernel import TensorKernel

if TYPE_CHECKING:
    from rlprobe.stats.moments import Moments


class TensorReturns:
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
        decayed = torch.as_tensor(returns, dtype=torch.float64, device=raw.device) * self.gamma
        total = decayed + raw
        if real is not None:
            total = torch.where(real, total, 0.0)
        valid = total.abs() < SQUARE_OVERFLOWS_FROM
        if not self.kernel.skip_nonfinite and not bool(valid.all()):
            bad = int((~valid).nonzero()[0])
            raise FoundNonFiniteError(bad, 0, float(raw[bad]))
        after = torch.where(
            valid, total, torch.as_tensor(returns, dtype=torch.float64, device=raw.device) * self.gamma
        )
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
