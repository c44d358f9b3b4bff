"""The standard deviation of a single number: NaN in PyTorch, which a training script may divide by."""

from __future__ import annotations

import functools
from typing import Any

from rlprobe.monitors.hooks.patches import Patches


class Deviations:
    """Counts standard deviations of single numbers.

    Args:
        filled: whether they become 1 instead of NaN, so that a script that divides by them goes on.
    """

    def __init__(self, *, filled: bool) -> None:
        self.filled = filled
        self.times = 0

    def watch(self, torch: Any) -> Patches:
        """Watch ``std`` of PyTorch until the patches that are returned are removed."""
        patches = Patches()
        patches.put(torch.Tensor, "std", self._watched(torch.Tensor.std, torch))
        patches.put_operator(torch, "std", self._watched(torch.std, torch))
        return patches

    def _watched(self, plain: Any, torch: Any) -> Any:
        @functools.wraps(plain)
        def std(numbers: Any, *args: Any, **kwargs: Any) -> Any:
            result = plain(numbers, *args, **kwargs)
            single = 0 < numbers.numel() == result.numel() and bool(result.isnan().all())
            if not single or not bool(numbers.isfinite().all()):
                return result
            self.times += 1
            return torch.ones_like(result) if self.filled else result

        return std

    @property
    def undefined(self) -> bool:
        """Whether a script was given NaN."""
        return self.times > 0 and not self.filled

    @property
    def observed(self) -> dict[str, str]:
        """The fault and a sentence, if a run went on only because NaN became 1; empty otherwise."""
        if not (self.filled and self.times):
            return {}
        return {
            "advantage-std-nan": "`std()` of a single number is NaN, and so were the weights of the network; "
            "it was replaced by 1"
        }
