"""Info that gives away the solution: the next reward or observation, or the best action."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rlprobe.environments.random_policy import RandomActions
from rlprobe.environments.signals import first_number
from rlprobe.inspection.flag import Flag
from rlprobe.output.numbers import listed, percent

if TYPE_CHECKING:
    from collections.abc import Iterator

    import gymnasium as gym
    import numpy.typing as npt

    from rlprobe.inspection.measures.columns import Columns
    from rlprobe.inspection.playing.watchdog import Heartbeat

    Floats = npt.NDArray[np.float64]

TELLING_NAMES: Final = re.compile(
    r"answer|optimal|solution|oracle|secret|hidden|ground_?truth|correct|best_action|expert|target_action",
    re.IGNORECASE,
)
MIN_STEPS: Final = 100
"""With fewer steps, the contents of info are not checked."""
MIN_CHANGES: Final = 20
"""Steps at which the predicted value must differ from the one before."""
MOST_NUMBERS: Final = 16
MOST_COLUMNS: Final = 64
KNOWN_FROM_R2: Final = 0.999
"""A value that the observation explains this well (R squared) gives nothing away."""
REWARD_SHARE_FROM: Final = 0.3
SIGNIFICANT_Z: Final = 8.0


@dataclass
class Watched:
    """Consecutive steps of random play, with the info that was available before each action."""

    keys: dict[str, None] = field(default_factory=dict)
    infos: list[dict[str, Floats]] = field(default_factory=list)
    before: list[Floats] = field(default_factory=list)
    after: list[Floats] = field(default_factory=list)
    actions: list[Floats] = field(default_factory=list)
    rewards: list[float] = field(default_factory=list)
    last: list[float] = field(default_factory=list)


def watched(env: gym.Env[Any, Any], columns: Columns, seed: int, steps: int, heartbeat: Heartbeat) -> Watched:
    """Play ``steps`` steps and keep infos, observations, actions and rewards."""
    found, actions, write = Watched(), RandomActions(env.action_space), columns.writer()
    actions.restart(seed)

    def row(observation: Any) -> Floats:
        rows = np.zeros((1, columns.size))
        write(rows, 0, observation)
        return rows[0, :MOST_COLUMNS]

    observation, info = env.reset(seed=seed)
    before, reward = row(observation), 0.0
    for _ in range(steps):
        heartbeat.beat("reading info")
        found.keys |= dict.fromkeys(map(str, info))
        action = actions.draw()
        found.infos.append(dict(_numbers(info)))
        found.before.append(before)
        found.last.append(reward)
        observation, given, terminated, truncated, info = env.step(action)
        before, reward = row(observation), first_number(given)
        found.after.append(before)
        found.rewards.append(reward)
        found.actions.append(_flat(action))
        if terminated or truncated:
            found.keys |= dict.fromkeys(map(str, info))
            observation, info = env.reset()
            before, reward = row(observation), 0.0
    return found


def _numbers(info: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Floats]]:
    """Every small array of numbers within ``info``, with its keys."""
    for key, value in info.items():
        if isinstance(value, dict):
            yield from _numbers(value, (*path, str(key)))
        elif isinstance(value, (bool, int, float, np.ndarray, np.generic, list, tuple)):
            flat = _flat(value)
            if 0 < len(flat) <= MOST_NUMBERS:
                yield "/".join((*path, str(key))), flat


def _flat(value: Any) -> Floats:
    """Numbers as one row; empty for anything else."""
    try:
        return np.asarray(value, dtype=np.float64).reshape(-1)
    except (TypeError, ValueError):
        return np.zeros(0)


def leak_flags(seen: Watched, columns: Columns, action_space: gym.Space[Any]) -> list[Flag]:
    """Info whose key or content gives away what the agent should learn."""
    flags = [_by_name([key for key in seen.keys if TELLING_NAMES.search(key)])]
    for key in dict.fromkeys(key for info in seen.infos for key in info):
        sentence = _leak(seen, key, columns, action_space)
        if sentence:
            advice = "Do not give it to the agent, or the agent learns to depend on it."
            flags.append(Flag("info-foretells", "look", sentence, advice, (key,)))
    return [flag for flag in flags if flag is not None]


def _by_name(found: list[str]) -> Flag | None:
    if not found:
        return None
    sentence = f"info holds {listed(found)}: its name says that it is what the agent should learn."
    return Flag("info-leak", "look", sentence, "Do not give it to the agent.", tuple(found))


def _leak(seen: Watched, key: str, columns: Columns, action_space: gym.Space[Any]) -> str:
    """What ``info[key]`` gives away, as a sentence; empty if nothing."""
    there = [i for i, info in enumerate(seen.infos) if key in info]
    sizes = {len(seen.infos[i][key]) for i in there}
    if len(there) < MIN_STEPS or len(sizes) != 1:
        return ""
    values = np.array([seen.infos[i][key] for i in there])
    before, after = (np.array(rows)[there] for rows in (seen.before, seen.after))
    rewards, last = np.array(seen.rewards)[there], np.array(seen.last)[there]
    if not all(np.isfinite(a).all() for a in (values, before, after, rewards)):
        return ""
    for value in values.T:
        if _share(before, value) > KNOWN_FROM_R2:
            continue
        if _foretells(value, rewards, last):
            return f"info[{key!r}] was the reward of the next step, in all of {len(there):,} steps."
        for i in range(after.shape[1]):
            if _foretells(value, after[:, i], before[:, i]):
                what = f"what {columns.names[i]} showed one step later"
                return f"info[{key!r}] was {what}, in all of {len(there):,} steps."
    taken = np.array([seen.actions[i] for i in there])
    share = _answer(values, taken, rewards, action_space)
    if share < REWARD_SHARE_FROM:
        return ""
    return f"Taking the action that info[{key!r}] holds explains {percent(share)} of the reward of that step."


def _foretells(value: Floats, coming: Floats, present: Floats) -> bool:
    """Whether ``value`` always equals the next value, although that often differs from the present one."""
    scale = 1e-6 * max(1.0, float(np.abs(coming).max()))
    changes = np.abs(coming - present) > scale
    return bool(changes.sum() >= MIN_CHANGES and (np.abs(value - coming) <= scale).all())


def _share(x: Floats, y: Floats) -> float:
    """Share of the variance of ``y`` that a linear function of the columns of ``x`` explains."""
    y = y - y.mean()
    total = float(np.square(y).sum())
    if total <= 1e-12 * len(y):
        return 1.0  # constant: known
    if not x.shape[1]:
        return 0.0
    x = x - x.mean(axis=0)
    weights = np.linalg.lstsq(x, y, rcond=None)[0]
    return 1.0 - float(np.square(y - x @ weights).sum()) / total


def _answer(values: Floats, actions: Floats, rewards: Floats, space: gym.Space[Any]) -> float:
    """Share of the variance of the reward explained by how well the action agrees with the value.

    What action and value explain alone is removed first. Actions are random, so the rest can only come from
    their agreement. 0 if it is not significant.
    """
    from gymnasium import spaces

    if values.shape != actions.shape or rewards.std() == 0:
        return 0.0
    if isinstance(space, spaces.Discrete) and space.n <= MOST_COLUMNS:
        known = np.arange(space.start, space.start + space.n)
        if not np.isin(values, known).all():
            return 0.0
        alone = np.concatenate([values == known, actions == known], axis=1).astype(np.float64)
        agreement = (values == actions).astype(np.float64)
    elif isinstance(space, spaces.Box):
        alone = np.concatenate([values, values**2, actions, actions**2], axis=1)
        agreement = values * actions
    else:
        return 0.0
    if not values.std(axis=0).any():
        return 0.0
    both, single = _share(np.concatenate([alone, agreement], axis=1), rewards), _share(alone, rewards)
    share = both - single
    clear = share * len(rewards) > SIGNIFICANT_Z**2 * max(1.0 - both, 1e-12)
    return share if clear else 0.0
