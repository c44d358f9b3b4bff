"""What is known of results before they are computed, because the sum of squares never falls."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rlprobe.stats.moments import Moments


class Bounds:
    """Holds for one version of the statistics and up to twice the count at which it was found out.

    Args:
        moments: the statistics.
        epsilon: standard deviations below this count as this.
        limit: of the results.
    """

    __slots__ = ("epsilon_squared", "limit_squared", "moments", "near", "until", "version", "wide")

    def __init__(self, moments: Moments, epsilon: float, limit: float) -> None:
        self.moments = moments
        self.epsilon_squared = max(epsilon * epsilon, 1e-300)
        self.limit_squared = 0.99 * min(limit, 1e18) ** 2
        self.version, self.until = -1, 0
        self.near = 0.0  # with n samples and distances below d, no result is beyond if n * d**2 is below this
        self.wide = 0.0  # up to this count no standard deviation is below epsilon

    def renew(self, n: int) -> None:
        """Look at the statistics if ``n`` samples, or another version of them, need it."""
        if n > self.until or self.version != self.moments.version:
            least = float(self.moments.parts[2].min())
            self.version, self.until = self.moments.version, 2 * n
            self.near, self.wide = self.limit_squared * least, least / self.epsilon_squared
