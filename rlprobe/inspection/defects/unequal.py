"""Components of very different size, or far from zero."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from rlprobe.inspection.flag import Flag, grouped
from rlprobe.output.numbers import listed, short

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from rlprobe.inspection.measures.component import Component

RATIO_HARMFUL: Final = 1000.0
RATIO_LOOK: Final = 100.0
FAR_FROM_ZERO: Final = 100.0


def badly_scaled_flags(numbers: list[Component]) -> list[Flag]:
    """Components that are much larger or much smaller than the others."""
    varied = [c for c in numbers if c.std > 0]
    if len(varied) < 2:
        return []
    logs = np.log10([c.std for c in varied])
    # of two others that differ, the nearer one decides: only the odd one out is flagged
    above, below = (_median_of_others(logs, upper=upper) for upper in (True, False))
    flags = []
    for severity, least, most in (("harmful", RATIO_HARMFUL, np.inf), ("look", RATIO_LOOK, RATIO_HARMFUL)):
        larger = [(c, 10.0 ** float(log - b)) for c, log, b in zip(varied, logs, above, strict=True)]
        smaller = [(c, 10.0 ** float(b - log)) for c, log, b in zip(varied, logs, below, strict=True)]
        for c, ratio in [(c, r) for c, r in larger if least <= r < most][:3]:
            sentence = (
                f"{c.name} is {short(ratio)} times larger than the others (standard deviation "
                f"{short(c.std)} beside "
                f"{short(c.std / ratio)}): it dominates the network."
            )
            flags.append(Flag("badly-scaled", severity, sentence, normalise([c]), (c.name,)))  # type: ignore[arg-type]
        small = [c for c, ratio in smaller if least <= ratio < most and len(varied) > 2]
        sentence = f"Over {short(least)} times smaller than the others: {listed([c.name for c in small])}."
        if small:
            flags.append(Flag("tiny", "look", sentence, normalise(small), tuple(c.name for c in small)))
    return flags


def _median_of_others(logs: npt.NDArray[np.float64], *, upper: bool) -> list[float]:
    """For each value the upper or the lower median of the others."""
    place = (len(logs) - 1) // 2 if upper else (len(logs) - 2) // 2
    return [float(np.sort(np.delete(logs, i))[place]) for i in range(len(logs))]


def far_flags(numbers: list[Component]) -> list[Flag]:
    """Components that vary little beside their mean."""
    found = [c for c in numbers if c.std > 0 and abs(c.mean) > FAR_FROM_ZERO * c.std]
    say = f"mean over {short(FAR_FROM_ZERO)} standard deviations from 0"
    return grouped(found, "far-from-zero", lambda names: f"{names}: {say}.", advice=normalise(found))


def normalise(found: Sequence[Component]) -> str:
    """The wrapper that helps, and its argument where there are several arrays to choose from."""
    parts = list(dict.fromkeys(c.part for c in found if c.part))
    keys = f", keys={parts}" if 0 < len(parts) <= 3 else ""
    return (
        f"Wrap the environment in rlprobe.NormalizeAll(env{keys}); the histograms after it are in the page."
    )
