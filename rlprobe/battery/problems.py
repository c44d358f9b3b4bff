"""The problems of the battery, each with the steps in which common agents get somewhere."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import gymnasium as gym

import probe_envs  # noqa: F401 - registers probe/<Name>-v0


@dataclass(frozen=True)
class Problem:
    """An environment and the steps for which an agent learns on it.

    Args:
        env: the id.
        steps: environment steps of a run.
        actions: ``"discrete"`` or ``"continuous"``.
    """

    env: str
    steps: int
    actions: str


BATTERY: Final = (
    Problem("probe/ContextBandit-v0", 3_000, "discrete"),
    Problem("probe/DelayedCredit-v0", 3_000, "discrete"),
    Problem("probe/BoxTarget-v0", 3_000, "continuous"),
    Problem("CartPole-v1", 20_000, "discrete"),
    Problem("Acrobot-v1", 20_000, "discrete"),
    Problem("Pendulum-v1", 10_000, "continuous"),
    Problem("MountainCarContinuous-v0", 10_000, "continuous"),
    Problem("LunarLander-v3", 30_000, "discrete"),
    Problem("Hopper-v5", 20_000, "continuous"),
)


def chosen(only: list[str], steps: int | None = None) -> list[Problem]:
    """The problems of those names, all of them for no name, with other steps if they are given.

    Raises:
        ValueError: there is no problem of that name; the message lists them.

    >>> [problem.steps for problem in chosen(["CartPole"])]
    [20000]
    """
    names = {name: problem for problem in BATTERY for name in (problem.env, short(problem.env))}
    only = only or [problem.env for problem in BATTERY]
    unknown = [name for name in only if name not in names]
    if unknown:
        known = ", ".join(short(problem.env) for problem in BATTERY)
        raise ValueError(f"--only {unknown[0]}: expected some of {known}")
    found = dict.fromkeys(names[name] for name in only)
    return [replace(problem, steps=steps or problem.steps) for problem in found]


def short(env: str) -> str:
    """The name of an environment without its room and version.

    >>> short("probe/ContextBandit-v0"), short("CartPole-v1")
    ('ContextBandit', 'CartPole')
    """
    return env.rsplit("/", 1)[-1].rsplit("-v", 1)[0]


def why_missing(problem: Problem) -> str:
    """Why an environment cannot be made here; nothing if it can."""
    try:
        gym.make(problem.env).close()
    except Exception as error:  # noqa: BLE001 - each missing package raises its own
        return " ".join(str(error).split())
    return ""
