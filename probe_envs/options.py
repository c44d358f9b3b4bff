"""Checks of the options of a probe, before the probe is built."""

from __future__ import annotations

from typing import Any

from probe_envs.mdp import is_finite


class OptionError(TypeError, ValueError):
    """The probe has no such option, or the value is not allowed."""


def count(option: str, value: Any, *, least: int) -> int:
    """``value`` itself, a whole number of at least ``least``; else ``OptionError``."""
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise OptionError(f"{option}: expected a whole number of at least {least}, got {value!r}")
    return value


def chance(option: str, value: Any) -> float:
    """``value`` itself, a probability above 0; else ``OptionError``."""
    if not is_finite(value) or not 0.0 < value <= 1.0:
        raise OptionError(f"{option}: expected a chance above 0 and up to 1, got {value!r}")
    return float(value)


def number(option: str, value: Any) -> float:
    """``value`` itself, a finite number; else ``OptionError``."""
    if not is_finite(value):
        raise OptionError(f"{option}: expected a finite number, got {value!r}")
    return float(value)


def numbers(option: str, values: Any) -> tuple[float, ...]:
    """``values`` as a tuple of at least one finite number; else ``OptionError``."""
    if not isinstance(values, (tuple, list)) or not values:
        raise OptionError(f"{option}: expected a tuple of numbers, got {values!r}")
    return tuple(number(option, value) for value in values)
