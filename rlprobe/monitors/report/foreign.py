"""What can be judged from the numbers that a library or a script logs by itself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import numpy as np

from rlprobe.monitors.findings.finding import Finding
from rlprobe.monitors.signals.told import KL_BOUNDS
from rlprobe.output.numbers import percent, short

if TYPE_CHECKING:
    from rlprobe.monitors.curves import Curves

NAMES: Final = (
    (re.compile(r"(.*/)?(ep_rew_mean|episodic_return|episode_reward|ep_ret(urn)?)", re.IGNORECASE), "return"),
    (re.compile(r"(.*/)?(ep_len_mean|episodic_length|episode_length|ep_len)", re.IGNORECASE), "length"),
    (re.compile(r"(.*/)?(approx_kl|approxkl)", re.IGNORECASE), "approx_kl"),
    (re.compile(r"(.*/)?clip_?frac(tion)?", re.IGNORECASE), "clip_fraction"),
    (re.compile(r"(.*/)?learning_rate", re.IGNORECASE), "learning_rate"),
    (re.compile(r"(.*/)?(fps|SPS)"), "steps_per_second"),
    (re.compile(r"(.*/)?exploration_rate", re.IGNORECASE), "exploration_rate"),
)
"""Names that libraries and single-file scripts use, and ours. Their explained variance is another one."""
LOGGED_VARIANCE = re.compile(r"(logged/)?(.*/)?explained_variance", re.IGNORECASE)
FEWEST_ROWS = 10
LAST_ROWS = 5
SLOWER_BELOW = 0.8


def our_name(name: str) -> str:
    """Our name of a curve; its own if it means something else.

    >>> our_name("rollout/ep_rew_mean"), our_name("losses/approx_kl"), our_name("train/explained_variance")
    ('return', 'approx_kl', 'train/explained_variance')
    """
    return next((ours for pattern, ours in NAMES if pattern.fullmatch(name)), name)


def judged(curves: Curves, steps: int) -> list[Finding]:
    """Findings from curves alone.

    Args:
        curves: under our names, where they mean the same.
        steps: environment steps of the run.
    """
    found = [_not_finite(curves), _kl(curves), _variance(curves, steps), _slower(curves)]
    return [one for one in found if one is not None]


def _not_finite(curves: Curves) -> Finding | None:
    for name, series in curves.all.items():
        values = np.array(series.values)
        bad = np.flatnonzero(~np.isfinite(values))
        if len(bad) and "loss" in name.lower() and not np.isfinite(values[-1]):
            return Finding(
                "gradient-not-finite", "broken", series.steps[bad[0]], f"{name} is NaN or infinite"
            )
    return None


def _kl(curves: Curves) -> Finding | None:
    series = curves.get("kl") if len(curves.get("kl")) else curves.get("approx_kl")
    if len(series) < FEWEST_ROWS:
        return None
    last = np.array(series.values[-max(LAST_ROWS, len(series) // 20) :])
    for limit, severity in KL_BOUNDS:
        if (last > limit).all():
            value = float(np.median(last))
            words = f"the KL divergence of an update is {short(value)}"
            since = series.steps[-len(last)]
            return Finding("policy-step-too-large", severity, since, words, value, (0.0, 0.02))
    return None


def _variance(curves: Curves, steps: int) -> Finding | None:
    name = next((name for name in curves.all if LOGGED_VARIANCE.fullmatch(name)), None)
    series = curves.get(name or "")
    late = [v for s, v in zip(series.steps, series.values, strict=True) if s >= 0.25 * steps]
    if len(late) < FEWEST_ROWS or np.max(late[-FEWEST_ROWS:]) >= 0.0:
        return None
    value = float(np.median(late[-FEWEST_ROWS:]))
    words = (
        f"the logged explained variance is {short(value)}; it compares with the critic's own targets, so the "
        "fit to realised returns is worse still"
    )
    since = series.steps[-FEWEST_ROWS]
    return Finding("value-explains-nothing", "look", since, words, value, (0.0, 1.0))


def _slower(curves: Curves) -> Finding | None:
    series = curves.get("steps_per_second")
    values = np.array(series.values)
    if len(values) < 2 * FEWEST_ROWS:
        return None
    part = len(values) // 5
    early, late = float(np.median(values[part : 2 * part])), float(np.median(values[-part:]))
    if late >= SLOWER_BELOW * early:
        return None
    words = f"{percent(1 - late / early)} fewer steps a second than after a fifth of the run"
    return Finding("slower-and-slower", "note", series.steps[-1], words, late / early, (SLOWER_BELOW, None))
