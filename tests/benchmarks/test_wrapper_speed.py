"""Overhead of the normalisers over the bare environment, beside Gymnasium's, in one interleaved run.

``python tests/measurements/wrapper_speed.py`` writes the tables of ``docs/wrappers/speed.md`` with it; under
pytest every shape must reach the ratio it is held to: ``pytest tests/benchmarks/test_wrapper_speed.py``.
"""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass

import pytest
from benchmarks.wrapper_shapes import cases, freeze, sb3_of, with_gymnasium, with_ours, with_sb3

ROUNDS = 7
ROUND_S = 0.01
"""Processor time of one environment in one round."""


@dataclass(frozen=True)
class Overhead:
    """Microseconds of a step over the bare environment; None where there is nothing to measure."""

    gymnasium: float
    sb3: float | None
    plain: float
    fast: float | None

    @property
    def times_less(self):
        """How many times less than Gymnasium, without and with ``fast``."""
        return self.gymnasium / self.plain, self.gymnasium / self.fast if self.fast else None


def has_numba():
    """Whether the loop can be compiled."""
    try:
        import numba  # noqa: F401
    except ImportError:
        return False
    return True


def environments(case):
    """The bare environments and the wrapped ones, by name."""
    options = dict(case.options)
    made = {"bare": case.ours(), "bare for Gymnasium": case.theirs()}
    made["gymnasium"] = with_gymnasium(case.theirs())
    made["plain"] = with_ours(case.ours(), fast=False, **options)
    if has_numba():
        made["fast"] = with_ours(case.ours(), fast=True, **options)
    if case.sb3 is not None:
        made["bare for SB3"], made["sb3"] = sb3_of(case.sb3()), with_sb3(case.sb3())
    return made


def microseconds(env, steps):
    """Mean processor time of a step."""
    step = env.step
    start = time.thread_time()
    for _ in range(steps):
        step(0)
    return (time.thread_time() - start) / steps * 1e6


def overhead(case, rounds=ROUNDS):
    """The medians of ``rounds`` interleaved rounds."""
    made = environments(case)
    steps = {}
    for name, env in made.items():
        env.reset()
        microseconds(env, 5)
        if case.frozen:
            freeze(env)
        steps[name] = max(3, int(ROUND_S / (microseconds(env, 5) * 1e-6)))
    times = {name: [] for name in made}
    for _ in range(rounds):
        for name, env in made.items():
            times[name].append(microseconds(env, steps[name]))
    m = {name: statistics.median(column) for name, column in times.items()}
    return Overhead(
        gymnasium=m["gymnasium"] - m["bare for Gymnasium"],
        sb3=m["sb3"] - m["bare for SB3"] if "sb3" in m else None,
        plain=m["plain"] - m["bare"],
        fast=m["fast"] - m["bare"] if "fast" in m else None,
    )


def held_to(case):
    """The least ratio without and with ``fast``; while counting."""
    flat = case.group == "single" and case.name.isdigit()
    return (5.0 if flat else 1.3), 4.0


@pytest.mark.parametrize("case", [c for c in cases() if not c.frozen], ids=lambda c: f"{c.group} {c.name}")
def test_overhead(case):
    """Our overhead is smaller than Gymnasium's by the factor that the shape is held to."""
    found = overhead(case)
    for ratio, least in zip(found.times_less, held_to(case), strict=True):
        assert ratio is None or ratio >= least, found


@pytest.mark.parametrize("case", [c for c in cases() if c.frozen], ids=lambda c: f"{c.group} {c.name}")
def test_frozen_overhead(case):
    """Frozen, no shape costs more than Gymnasium's."""
    found = overhead(case)
    for ratio in found.times_less:
        assert ratio is None or ratio >= 1.0, found
