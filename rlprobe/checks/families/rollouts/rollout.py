"""Rollouts to try functions on: rewards, values and ends of episodes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.checks.case import Case

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]

AXES = {
    "rewards": "TN",
    "values": "TN",
    "final_values": "TN",
    "last_value": "N",
    "terminated": "TN",
    "truncated": "TN",
    "began": "N",
}


def stacked(rows: Any, last: Any) -> NDArray[Any]:
    """An array with one more row."""
    return np.concatenate([rows, np.asarray(last)[None]])


def done(case: Case) -> Flags:
    """Whether the step ended its episode."""
    flags: Flags = case.terminated | case.truncated
    return flags


def reset_values(case: Case) -> Floats:
    """Values of the observation that the environment shows after each step: after an end, the reset one."""
    return stacked(case.values[1:], case.last_value)


def next_values(case: Case) -> Floats:
    """Values of the observation after each step, the last of an ended episode included."""
    return np.where(done(case), case.final_values, reset_values(case))


DERIVED: dict[str, Callable[[Case], Any]] = {
    "done": done,
    "dones": done,
    "ends": done,
    "next_values": next_values,
    "reset_values": reset_values,
    "values_plus": lambda c: stacked(c.values, c.last_value),
    "done_before": lambda c: _before(c),  # noqa: PLW0108 - defined below
    "done_plus": lambda c: np.concatenate([c.began[None], done(c)]),
    "next_done": lambda c: done(c)[-1],
    "masks": lambda c: 1.0 - done(c),
    "masks_plus": lambda c: 1.0 - np.concatenate([c.began[None], done(c)]),
    "next_mask": lambda c: 1.0 - done(c)[-1],
    "not_terminated": lambda c: 1.0 - c.terminated,
    "bad_masks": lambda c: 1.0 - c.truncated,
    "bad_masks_plus": lambda c: 1.0 - np.concatenate([0 * c.began[None], c.truncated]),
    "discounts": lambda c: c.gamma * (1.0 - c.terminated),
}


def _before(case: Case) -> Flags:
    return np.concatenate([case.began[None], done(case)[:-1]])


def fit(case: Case, shown: frozenset[str]) -> Case:
    """The rollout as a function sees it that takes only some of its quantities.

    One flag cannot tell truncation from termination: then no step is truncated. Without any flag, no
    episode ends. Without a last value nothing follows the last step.
    """
    flags = {"dones", "ends", "terminated", "truncated", "timeouts", "episode_starts", "masks", "discounts"}
    both = shown & {"truncated", "timeouts", "bad_masks", "next_values/1"} or {"terminated", "dones"} <= shown
    if not shown & flags:
        case = case.change(terminated=case.terminated & False, truncated=case.truncated & False)
    elif not both:
        case = case.change(truncated=case.truncated & False)
    before = shown & {"episode_starts", "dones/1", "masks/1"}
    if before and not shown & {"next_done", "next_mask", "episode_starts/1"}:
        case = case.change(last_value=case.last_value * ~done(case)[-1])
    if not shown & {"last_value", "next_values", "values/1", "q_next"}:
        case = case.change(last_value=0.0 * case.last_value)
    if (
        not both and "next_values" not in shown
    ):  # after an end it sees the first value of the next episode only
        case = case.change(final_values=reset_values(case))
    return case


def rollout(random: np.random.Generator, steps: int, envs: int, tag: str, **more: Any) -> Case:
    """A random rollout whose episodes end as ``ends`` says."""
    shape = (steps, envs)
    ends = more.pop("ends", "both")
    dice = random.random(shape)
    terminated, truncated = dice < 0.25, (dice > 0.8) | (dice < 0.04)
    if ends == "never":
        terminated = truncated = np.zeros(shape, bool)
    elif ends == "terminated":
        truncated = np.zeros(shape, bool)
    elif ends == "truncated":
        terminated = np.zeros(shape, bool)
    elif ends == "every":
        terminated, truncated = np.ones(shape, bool), np.zeros(shape, bool)
    data = {
        "rewards": np.round(random.normal(size=shape) * 2, 2),
        "values": np.round(random.normal(size=shape) * 3, 2),
        "final_values": np.round(random.normal(size=shape) * 3, 2),
        "last_value": np.round(random.normal(size=envs) * 3, 2) + 0.5,
        "terminated": terminated,
        "truncated": truncated,
        "began": random.random(envs) < 0.5,
        "gamma": round(float(random.uniform(0.6, 0.97)), 2),
        "lam": round(float(random.uniform(0.4, 0.95)), 2),
    }
    return Case(data | more, AXES, DERIVED, tag)


def trial() -> Case:
    """The first case: every kind of end, in different places of each environment."""
    random = np.random.default_rng(7)
    no = np.zeros((6, 3), bool)
    terminated, truncated = no.copy(), no.copy()
    terminated[1, 0] = terminated[3, 1] = terminated[5, 2] = terminated[4, 0] = True
    truncated[2, 1] = truncated[3, 0] = truncated[4, 2] = truncated[1, 2] = truncated[4, 0] = True
    flags = {"terminated": terminated, "truncated": truncated}
    return rollout(random, 6, 3, "all kinds of ends", gamma=0.8, lam=0.7, **flags)


def rollouts(count: int = 200) -> Iterator[Case]:
    """The trial case, edge cases, and random ones."""
    random = np.random.default_rng(11)
    yield trial()
    for _ in range(3):
        yield rollout(random, 4, 2, "plain: no episode ends", ends="never")
    last = np.zeros((4, 2), bool)
    last[-1] = True
    first = last[::-1].copy()
    no = ~(last | ~last)
    for tag, flags in {
        "terminated at the last step": (last, no),
        "terminated at the first step": (first, no),
        "truncated in the middle": (no, np.roll(first, 1, axis=0)),
        "truncated at the last step": (no, last),
        "terminated and truncated at once": (np.roll(first, 2, axis=0), np.roll(first, 2, axis=0)),
    }.items():
        yield rollout(random, 4, 2, tag, terminated=flags[0], truncated=flags[1])
    yield rollout(random, 4, 2, "terminated at every step", ends="every")
    yield rollout(random, 5, 1, "one environment")
    yield rollout(random, 1, 2, "one step", ends="terminated")
    large = rollout(random, 4, 2, "rewards of a million")
    yield large.change(rewards=large.rewards * 1e6)
    yield rollout(random, 4, 2, "gamma 1", gamma=1.0)
    yield rollout(random, 4, 2, "lambda 0", lam=0.0)
    yield rollout(random, 4, 2, "lambda 1", lam=1.0)
    for index in range(count - 16):
        ends = ("both", "terminated", "truncated", "never")[index % 4]
        steps, envs = int(random.integers(2, 8)), int(random.integers(1, 4))
        yield rollout(random, steps, envs, "random" if ends != "never" else "plain: random", ends=ends)
