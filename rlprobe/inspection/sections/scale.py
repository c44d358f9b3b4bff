"""Scale: which components of the observation, and which rewards, make learning slow or impossible."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from rlprobe.checks.returns import reward_divisor
from rlprobe.inspection.defects.angle import wrapping_flags
from rlprobe.inspection.defects.odd_components import (
    at_bounds_flags,
    constant_flags,
    id_flags,
    nearly_constant_flags,
    never_near_flags,
)
from rlprobe.inspection.defects.odd_pictures import picture_flags
from rlprobe.inspection.defects.unequal import badly_scaled_flags, far_flags
from rlprobe.inspection.defects.wrong_values import (
    non_finite_flags,
    outlier_flags,
    outside_flags,
    reward_outlier_flags,
)
from rlprobe.inspection.flag import Flag
from rlprobe.inspection.measures.component import Component, components_of, reward_of
from rlprobe.output.numbers import listed

if TYPE_CHECKING:
    from rlprobe.inspection.measures.pictures import PictureStats
    from rlprobe.inspection.playing.collect import Collector


@dataclass(frozen=True)
class Scale:
    """The components of the observation and the reward.

    Args:
        components: in order of the space.
        reward: the reward.
        pictures: statistics of the picture leaves.
        left_out: leaves that could not be checked.
        divisor: what ``RewardScale`` divides rewards by in the end.
        ends: whether the smallest, and whether the largest reward ended its episode.
    """

    components: tuple[Component, ...]
    reward: Component
    pictures: tuple[PictureStats, ...]
    left_out: tuple[str, ...]
    divisor: float
    ends: tuple[bool, bool]


def scale_of(collector: Collector, gamma: float) -> Scale:
    """The section, from what was collected."""
    divisor = reward_divisor(np.array(collector.window_rewards), collector.window_ends, gamma)
    return Scale(
        components_of(collector),
        reward_of(collector, divisor),
        collector.pictures,
        collector.columns.left_out,
        divisor,
        (collector.episodes.low_at_end, collector.episodes.high_at_end),
    )


def scale_flags(scale: Scale) -> list[Flag]:
    """What is wrong or worth a look in the observations and rewards."""
    parts = [c for c in scale.components if c.count]
    flags = [*non_finite_flags([*parts, scale.reward]), *outside_flags(parts)]
    numbers = [c for c in parts if c.kind == "number" and np.isfinite(c.std) and np.isfinite(c.low)]
    for check in (
        badly_scaled_flags,
        outlier_flags,
        constant_flags,
        nearly_constant_flags,
        id_flags,
        wrapping_flags,
        far_flags,
        at_bounds_flags,
        never_near_flags,
    ):
        flags += check(numbers)
    flags += reward_outlier_flags(scale.reward, low_at_end=scale.ends[0], high_at_end=scale.ends[1])
    flags += [flag for picture in scale.pictures for flag in picture_flags(picture)]
    if scale.left_out:
        sentence = f"Not checked: {listed(scale.left_out)}; these spaces hold no arrays of numbers."
        flags.append(Flag("left-out", "note", sentence, "", scale.left_out))
    return flags
