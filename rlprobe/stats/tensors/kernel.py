"""Count and standardise torch tensors on their own device; statistics come to the host when they are read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.extras import need
from rlprobe.stats.nonfinite import SQUARE_OVERFLOWS_FROM, FoundNonFiniteError, culprit
from rlprobe.stats.sums import State

if TYPE_CHECKING:
    from rlprobe.stats.moments import Moments


class TensorKernel:
    """Counts rows of tensors into ``moments``, which may be shared, by the formula of ``sums.State``.

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
        self.centre: Any = None
        self.sums: Any = None  # as in ``sums.State``
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
        first = x.gather(0, valid.to(torch.uint8).argmax(0, keepdim=True))[0]
        self.centre = torch.where((self.counts == 0) & valid.any(0), first, self.centre)
        self.counts = self.counts + valid.sum(0)
        y = torch.where(valid, x - self.centre, 0.0)
        self.sums = self.sums + torch.stack([y.sum(0), (y * y).sum(0)])
        self._recentre()
        self.samples = self.samples + (len(x) if which is None else which.sum())
        self.moments.lend(self)

    def _recentre(self) -> None:
        """Have the mean as centre after every batch: reading the count would wait for the device."""
        torch = self.torch
        (s1, s2), n = self.sums, self.counts
        mean = self.centre + s1 / n.clamp(min=1.0)
        d = self.centre - mean
        self.centre = mean
        self.sums = torch.stack([s1 + n * d, (s2 + d * (2.0 * s1 + n * d)).clamp(min=0.0)])

    def standardised(self, rows: Any) -> Any:
        """``rows`` with the statistics as they are, in float32; 0 where nothing has deviated yet."""
        torch, x = self.torch, rows.to(self.torch.float64)
        self.bring_to(x.device)
        offset, std = self.sums[0] / self.counts.clamp(min=1.0), self.std()
        z = ((x - self.centre) - offset) * torch.where(std > 0, 1.0 / std.clamp(min=self.epsilon), 0.0)
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
        s1, s2 = self.sums / self.counts.clamp(min=1.0)
        return (s2 - s1 * s1).clamp(min=0.0).sqrt()

    def snapshot(self) -> tuple[Any, ...]:
        """The state, for ``restore``; its tensors are never changed in place."""
        return self.centre, self.sums, self.counts, self.samples, self.moments.remote

    def restore(self, snapshot: tuple[Any, ...]) -> None:
        """Go back to what ``snapshot`` returned."""
        self.centre, self.sums, self.counts, self.samples, remote = snapshot
        self.moments.lend(remote)

    def pull(self) -> None:
        """Write the state into the moments on the host."""
        moments, counts, n = self.moments, self.counts.cpu().numpy().copy(), int(self.samples)
        centre, sums = self.centre.cpu().numpy(), self.sums.cpu().numpy()
        moments.restore(State(n, None if (counts == n).all() else counts, centre, sums))
        self.known = (moments.count, moments.version)

    def bring_to(self, device: Any) -> None:
        """Have the state on ``device``, and as it is on the host if somebody else has counted there."""
        moments, torch = self.moments, self.torch
        if moments.remote is self and self.sums.device == device:
            return
        moments.fetch()
        if self.known != (moments.count, moments.version) or self.sums.device != device:
            state = moments.state
            self.centre = torch.tensor(state.centre, dtype=torch.float64, device=device)
            self.sums = torch.tensor(state.sums, dtype=torch.float64, device=device)
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
