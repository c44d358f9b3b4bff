"""Which curves the page shows, what they are called, and where their alarms start."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Shown:
    """A curve of the page.

    Args:
        name: in ``run.jsonl``.
        title: in words.
        healthy: the range outside of which an alarm starts.
        source: where the range comes from.
    """

    name: str
    title: str
    healthy: tuple[float | None, float | None] | None = None
    source: str = ""


GROUPS: Final[dict[str, tuple[Shown, ...]]] = {
    "Episodes": (
        Shown("return", "return of episodes"),
        Shown("length", "length of episodes, in steps"),
        Shown("truncated", "share of truncated episodes, of the last 100"),
    ),
    "Policy": (
        Shown("entropy", "entropy, relative to random actions", (0.05, 0.98), "Schulman, Jones, Rahtz"),
        Shown("policy_std", "standard deviation of actions"),
        Shown("kl", "exact KL divergence of an update", (None, 0.1), "Spinning Up, Schulman"),
        Shown("approx_kl", "KL divergence of the last minibatch of an update"),
        Shown("first_ratio_off", "first ratio of a rollout, off 1 by", (None, 1e-3), "ICLR blog"),
        Shown("clip_fraction", "share of ratios beyond 0.2"),
        Shown("actions_at_bounds", "share of action components at a bound", (None, 0.5), "own runs"),
        Shown("exploration_rate", "exploration rate"),
    ),
    "Critic": (
        Shown("explained_variance", "explained variance of realised returns", (-0.1, None), "Schulman"),
        Shown("r2", "the same with the offset counted (R2)"),
        Shown("value_offset", "mean error of the values"),
        Shown("targets", "99th percentile of the size of targets", (None, 10.0), "Jones"),
        Shown("values", "99th percentile of the size of values"),
        Shown("discounted_return", "99th percentile of the size of discounted returns"),
        Shown("advantage_offset", "mean of advantages, in standard deviations", (-0.5, 0.5), "Jones"),
        Shown("q_overestimation", "action values minus realised returns"),
        Shown("value_correlation", "correlation with the return one step before the end"),
        Shown("target_lag", "distance of the target network, relative"),
    ),
    "Updates": (
        Shown("gradient_norm", "norm of the gradient before clipping"),
        Shown("update_ratio", "step of an update, relative to the weights", (1e-5, 1e-1), "CS231n, widened"),
        Shown("learning_rate", "learning rate"),
        Shown("dormant_units", "share of dormant units, worst layer", (None, 0.25), "Sokar et al."),
        Shown("saturated_units", "share of saturated units, worst layer"),
    ),
    "Data": (
        Shown("sample_age", "age of the observations in batches, in environment steps"),
        Shown("generators_that_moved", "global random generators that moved (random, numpy, torch)"),
    ),
    "Machine": (
        Shown("steps_per_second", "environment steps a second"),
        Shown("memory", "replay memory, share of what is free"),
    ),
}
"""Curves by the part of the page."""
KNOWN: Final = {one.name for group in GROUPS.values() for one in group}
