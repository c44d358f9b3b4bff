"""Sentences that say what the maps show."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from rlprobe.output.numbers import percent, short

if TYPE_CHECKING:
    from rlprobe.maps.findings import Findings
    from rlprobe.maps.moment import Moment

FITS_FROM: Final = 0.8
"""R2 from which a critic fits."""
ROUGH_FROM: Final = 3.0
SHIFTED_SHARE: Final = 0.1
"""Of the range of the exact values: a larger offset is a shift."""
OSCILLATES_SHARE: Final = 0.1
"""Of the gap between the worst and the best value at the start: swings larger than this, back and forth."""
SWINGS_FROM: Final = 0.15
"""Swings that are smaller than this share of the range of the optimal values do not count."""
GOAL_SHARE: Final = 0.02
"""Cells whose optimal value lies within this share of the range below the largest are the goal."""
GOOD_GAP_SHARE: Final = 0.05


def sentences(findings: Findings) -> Findings:
    """The recording with its sentences."""
    if not findings.moments:
        return findings
    last = findings.moments[-1]
    found = [
        _unchanged(findings),
        _critic_or_policy(findings, last),
        _oscillates(findings),
        _shifted(last),
        _rough(last),
        _goal(findings),
        _only_visited(last),
        f"{percent(last.numbers.visited)} of the plane was visited",
    ]
    return replace(findings, sentences=tuple(sentence for sentence in found if sentence))


def _unchanged(findings: Findings) -> str:
    first, last = findings.moments[0], findings.moments[-1]
    pairs = [(first.value, last.value), (first.action, last.action)]
    known = [(a, b) for a, b in pairs if a is not None and b is not None]
    if len(findings.moments) < 2 or not known or any(not np.array_equal(a, b) for a, b in known):
        return ""
    return f"nothing was learned in {last.step:,} steps: values and policy have not changed"


def _critic_or_policy(findings: Findings, last: Moment) -> str:
    numbers, reference = last.numbers, findings.reference
    if numbers.gap is None or reference is None:
        return ""
    near = numbers.gap <= GOOD_GAP_SHARE * max(float(np.ptp(reference.V)), 1e-9)
    policy = (
        f"the policy is near the optimum (its value at the start is {short(numbers.gap)} below)"
        if near
        else f"the policy is {short(numbers.gap)} below the optimal value at the start"
    )
    if numbers.r2 is None:
        return policy
    fits = numbers.r2 >= FITS_FROM
    verb, r2 = "fits" if fits else "does not fit", short(max(numbers.r2, -10.0))
    critic = (
        f"the critic {verb} the exact value of that policy (R2 {'below ' if numbers.r2 < -10 else ''}{r2})"
    )
    if not near and fits:
        return f"{policy}, while {critic}: a bad policy, not a wrong critic"
    if not near:
        return f"{policy}, and {critic}: correct the critic first"
    return f"{policy}; {critic}"


def _oscillates(findings: Findings) -> str:
    starts = [one.numbers.start for one in findings.moments if one.numbers.start is not None]
    if len(starts) < 5 or findings.reference is None:
        return ""
    half = np.array(starts[len(starts) // 3 :])
    swings = np.diff(half)
    span = max(float(np.ptp(np.array(starts))), 1e-9)
    large = np.minimum(abs(swings[:-1]), abs(swings[1:])) > OSCILLATES_SHARE * span
    turns = int(((swings[:-1] * swings[1:] < 0) & large).sum())
    if turns < max(2, len(swings) // 3) or span < SWINGS_FROM * float(np.ptp(findings.reference.V)):
        return ""
    low, high = short(float(half.min())), short(float(half.max()))
    return f"the policy oscillates: its value at the start swings between {low} and {high}"


def _shifted(last: Moment) -> str:
    offset = last.numbers.offset
    if offset is None or last.exact is None or last.value is None:
        return ""
    if abs(offset) <= SHIFTED_SHARE * max(float(np.ptp(last.exact)), 1e-9):
        return ""
    way = "high" if offset > 0 else "low"
    return f"the critic is off by {offset:+.3g}: it is too {way} nearly everywhere"


def _rough(last: Moment) -> str:
    rough = last.numbers.rough
    if rough is None or rough < ROUGH_FROM:
        return ""
    return (
        f"the critic is not smooth: between neighbouring points it varies {short(rough)} times as much as "
        "the exact value"
    )


def _goal(findings: Findings) -> str:
    if findings.reference is None or findings.world.plane.labels:
        return ""
    V = findings.reference.V
    best = V.max() - GOAL_SHARE * max(float(np.ptp(V)), 1e-9) <= V
    if findings.ever[best].any() or best.mean() > 0.5:
        return ""
    least = short(float(V[best].min()))
    return (
        f"the goal (points with a value above {least}) was never visited: improve exploration or shape the "
        "reward first"
    )


def _only_visited(last: Moment) -> str:
    inside, outside = last.numbers.within_visited, last.numbers.within_unvisited
    if inside is None or outside is None or inside < 0.3 or outside > inside / 2:
        return ""
    return (
        f"the critic is accurate only where the policy goes: {percent(inside)} of the visited points are "
        f"within 5 %, {percent(outside)} of the others"
    )
