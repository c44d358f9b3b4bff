"""Count and standardise torch tensors on their own device; statistics come to the host when they are read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.extras import need
from rlprobe.stats.nonfinite import SQUARE_OVERFLOWS_FROM, FoundNonFiniteError, culprit

if TYPE_CHECKING:
    from rlprobe.stats.moments import Moments


class TensorKernel:
    """Counts rows of tensors into ``moments``, which may be shared, by the formula of ``chan.Update``.

    The state lives in float64 on the device of the data. ``moments`` fetches it as soon as somebody reads,
    saves, merges or counts there. With ``skip_nonfinite`` a step waits for nothing; else for one number:
    whether all values are finite.

    Args:
        moments: the statistics.
        epsilon: standard deviations below this count as this.
        clip: results beyond this magnitude are set to it; None for no limit.
        skip_nonfinite: leave NaN and infinite values out of the statistics and pass them on.
    """

    def __init__(self, moments: Moments, *, epsilon: float, clip: float | None, skip_nonfinite: bool) -> None:
        self.torch: Any = need("torch", "statistics of tensors")
        self.moments, self.epsilon, self.clip = moments, epsilon, clip
        self.skip_nonfinite = skip_nonfinite
        self.known: tuple[int, int] | None = None  # count and version of the moments that are on the device
        self.parts: Any = None  # centre, offset and m2
        self.counts: Any = None  # of each component
        self.samples: Any = None
        self.beyond: Any = 0

    @property
    def clipped(self) -> int:
        """Number of values set to the clip so far."""
        return int(self.beyond)

    def __reduce__(self) -> tuple[Any, ...]:
        """Copies and pickles begin with the moments, which are on the host."""
        settings = {"epsilon": self.epsilon, "clip": self.clip, "skip_nonfinite": self.skip_nonfinite}
        return _again, (self.moments, settings, self.clipped)

    def count(self, rows: Any, which: Any = None) -> None:
        """Count ``rows``, shape ``(n, size)``, or those of them that the booleans ``which`` choose.

        Raises:
            FoundNonFiniteError: a value is NaN or infinite; nothing has been counted.
        """
        torch, x = self.torch, rows.to(self.torch.float64)
        self.bring_to(x.device)
        valid = x.abs() < SQUARE_OVERFLOWS_FROM
        if which is not None:
            valid = valid & which[:, None]
        if not self.skip_nonfinite and not bool((valid if which is None else valid | ~which[:, None]).all()):
            raise _first_bad(x, which)
        n = valid.sum(0).to(torch.float64)
        first = x.gather(0, valid.to(torch.uint8).argmax(0, keepdim=True))[0]
        centre, offset, m2 = self.parts
        centre = torch.where((self.counts == 0) & (n > 0), first, centre)
        y = torch.where(valid, (x - centre) - offset, 0.0)
        s1, s2 = y.sum(0), (y * y).sum(0)
        self.counts = self.counts + n
        step = s1 / self.counts.clamp(min=1.0)
        self.parts = torch.stack([centre, offset + step, m2 + (s2 - s1 * step)])
        self.samples = self.samples + (len(x) if which is None else which.sum())
        self.moments.remote = self

    def standardised(self, rows: Any) -> Any:
        """``rows`` with the statistics as they are, in float32; 0 where nothing has deviated yet."""
        torch, x = self.torch, rows.to(self.torch.float64)
        self.bring_to(x.device)
        mean, std = self.parts[0] + self.parts[1], self.std()
        z = (x - mean) * torch.where(std > 0, 1.0 / std.clamp(min=self.epsilon), 0.0)
        return self.limited(z, x).to(torch.float32)

    def frozen(self, rows: Any) -> Any:
        """As ``standardised``, and refuses NaN and infinite values.

        Raises:
            FoundNonFiniteError: there is one, and it may not be skipped.
        """
        if not self.skip_nonfinite and not bool(self.torch.isfinite(rows).all()):
            raise _first_bad(rows.to(self.torch.float64), None)
        return self.standardised(rows)

    def limited(self, z: Any, x: Any) -> Any:
        """``z`` clipped, counting what was beyond, where ``x`` is finite; else ``x``."""
        finite = self.torch.isfinite(x)
        if self.clip is not None:
            self.beyond = self.beyond + ((z.abs() > self.clip) & finite).sum()
            z = z.clamp(-self.clip, self.clip)
        return self.torch.where(finite, z, x)

    def std(self) -> Any:
        """Standard deviation of each component, on the device."""
        return (self.parts[2] / self.counts.clamp(min=1.0)).sqrt()

    def snapshot(self) -> tuple[Any, ...]:
        """The state, for ``restore``; its tensors are never changed in place."""
        return self.parts, self.counts, self.samples, self.moments.remote

    def restore(self, snapshot: tuple[Any, ...]) -> None:
        """Go back to what ``snapshot`` returned."""
        self.parts, self.counts, self.samples, self.moments.remote = snapshot

    def pull(self) -> None:
        """Write the state into the moments on the host."""
        moments, counts = self.moments, self.counts.cpu().numpy().copy()
        moments.parts[...] = self.parts.cpu().numpy()
        moments.count = int(self.samples)
        moments.counts = None if (counts == moments.count).all() else counts
        self.known = (moments.count, moments.version)

    def bring_to(self, device: Any) -> None:
        """Have the state on ``device``, and as it is on the host if somebody else has counted there."""
        moments, torch = self.moments, self.torch
        if moments.remote is self and self.parts.device == device:
            return
        moments.fetch()
        if self.known != (moments.count, moments.version) or self.parts.device != device:
            state = moments.state
            self.parts = torch.tensor(state.parts, dtype=torch.float64, device=device)
            self.counts = torch.tensor(state.each(), dtype=torch.float64, device=device)
            self.samples = torch.tensor(state.n, device=device)
            self.known = (moments.count, moments.version)


def _first_bad(x: Any, which: Any) -> FoundNonFiniteError:
    values = x.detach().cpu().numpy().copy()
    if which is not None:
        values[~which.cpu().numpy()] = 0.0
    return culprit(np.asarray(values))


def _again(moments: Moments, settings: dict[str, Any], clipped: int) -> TensorKernel:
    kernel = TensorKernel(moments, **settings)
    kernel.beyond = clipped
    return kernel
