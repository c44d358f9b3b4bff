"""Checks that play the environment twice, or look at what it returned earlier."""

from __future__ import annotations

import copy
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, Final

from rlprobe.inspection.contract import same
from rlprobe.inspection.flag import Flag
from rlprobe.inspection.random_actions import RandomActions
from rlprobe.inspection.summary import short
from rlprobe.wrappers.face import Switch, layers

if TYPE_CHECKING:
    from collections.abc import Iterator

    import gymnasium as gym

    from rlprobe.inspection.watch import Pulse

STEPS: Final = 600
EPISODES: Final = 3


@contextmanager
def standing_still(env: gym.Env[Any, Any]) -> Iterator[None]:
    """Within the block no wrapper of the stack changes its running statistics."""
    with ExitStack() as stack:
        for layer in layers(env):
            if isinstance(layer, Switch):
                stack.enter_context(layer.frozen())
            elif isinstance(getattr(type(layer), "update_running_mean", None), property):
                before = layer.update_running_mean
                layer.update_running_mean = False
                stack.callback(setattr, layer, "update_running_mean", before)
        yield


def adapts(env: gym.Env[Any, Any]) -> bool:
    """Whether the stack holds running statistics, so that rewards depend on what was played before."""
    return any(isinstance(layer, Switch) or hasattr(layer, "update_running_mean") for layer in layers(env))


def record(
    env: gym.Env[Any, Any], seed: int, steps: int, pulse: Pulse
) -> list[tuple[Any, float, bool, bool]]:
    """The random policy's observations (copied), rewards and ends, resets included (reward 0)."""
    actions = RandomActions(env.action_space)
    actions.restart(seed)
    observation, _ = env.reset(seed=seed)
    found, episodes = [(copy.deepcopy(observation), 0.0, False, False)], 0
    for number in range(steps):
        pulse.beat(f"checking determinism at seed {seed}, step {number}")
        observation, reward, terminated, truncated, _ = env.step(actions.draw())
        found.append((copy.deepcopy(observation), float(reward), bool(terminated), bool(truncated)))
        if terminated or truncated:
            episodes += 1
            if episodes == EPISODES:
                break
            observation, _ = env.reset()
            found.append((copy.deepcopy(observation), 0.0, False, False))
    return found


def determinism_flags(env: gym.Env[Any, Any], seed: int, pulse: Pulse, steps: int = STEPS) -> list[Flag]:
    """Same seed, same actions: the same numbers over whole episodes; another seed: other numbers."""
    with standing_still(env):
        first, again = (record(env, seed, steps, pulse) for _ in range(2))
        other = env.reset(seed=seed + 1)[0]
    flags = []
    differs = _first_difference(first, again)
    if differs == 0:
        sentence = f"reset(seed={seed}) gave two different first observations."
        flags.append(Flag("reset-not-deterministic", "contract", "harmful", sentence, OWN_GENERATOR))
    elif differs is not None:
        what = _what(first, again, differs)
        sentence = f"The same seed and the same actions gave another {what} at step {differs} (seed {seed})."
        flags.append(Flag("not-deterministic", "contract", "harmful", sentence, OWN_GENERATOR))
    elif same(first[0][0], other) and _same_under_same_actions(env, seed, pulse, steps // 3):
        sentence = "Different seeds give the same episode: the environment draws nothing at random."
        advice = "Right for a deterministic task; else draw from self.np_random."
        flags.append(Flag("seeds-do-not-differ", "contract", "note", sentence, advice))
    return flags


OWN_GENERATOR = (
    "Call super().reset(seed=seed) first, draw from self.np_random only, and clear all state in reset()."
)


def _same_under_same_actions(env: gym.Env[Any, Any], seed: int, pulse: Pulse, steps: int) -> bool:
    """Whether two seeds of the environment give the same numbers under the same actions."""
    runs: list[list[Any]] = []
    with standing_still(env):
        for environment_seed in (seed, seed + 1):
            actions = RandomActions(env.action_space)
            actions.restart(seed)
            observation, _ = env.reset(seed=environment_seed)
            run = [copy.deepcopy(observation)]
            for number in range(steps):
                pulse.beat(f"comparing seeds at seed {environment_seed}, step {number}")
                observation, reward, terminated, truncated, _ = env.step(actions.draw())
                run.append((copy.deepcopy(observation), float(reward)))
                if terminated or truncated:
                    observation, _ = env.reset()
                    run.append(copy.deepcopy(observation))
            runs.append(run)
    return same(runs[0], runs[1])


def _first_difference(a: list[Any], b: list[Any]) -> int | None:
    for number, (x, y) in enumerate(zip(a, b, strict=False)):
        if not same(list(x), list(y)):
            return number
    return None if len(a) == len(b) else min(len(a), len(b))


def _what(a: list[Any], b: list[Any], place: int) -> str:
    if place >= min(len(a), len(b)):
        return "episode length"
    (x, rx, *ends), (y, ry, *other) = a[place], b[place]
    if not same(x, y):
        return "observation"
    return (
        f"reward ({short(rx)} and {short(ry)})"
        if rx != ry
        else "end of the episode"
        if ends != other
        else "?"
    )


def buffer_flags(env: gym.Env[Any, Any], seed: int, pulse: Pulse, steps: int = 20) -> list[Flag]:
    """Observations must not change after they were returned."""
    actions = RandomActions(env.action_space)
    actions.restart(seed)
    observation, _ = env.reset(seed=seed)
    for number in range(1, min(steps, 20) + 1):
        pulse.beat(f"looking for shared buffers at seed {seed}, step {number}")
        kept = copy.deepcopy(observation)
        after, _, terminated, truncated, _ = env.step(actions.draw())
        if not same(observation, kept):
            sentence = (
                f"The observation of step {number - 1} changed when step {number} was taken: the "
                "environment returns "
                "the same buffer every time, so a replay buffer would hold one observation many times over."
            )
            advice = "Return self.observation.copy()."
            return [Flag("buffer-reused", "contract", "harmful", sentence, advice)]
        observation = env.reset()[0] if terminated or truncated else after
    return []


def after_end_flags(env: gym.Env[Any, Any], seed: int, pulse: Pulse, steps: int = STEPS) -> list[Flag]:
    """What the environment does when it is stepped after it has terminated."""
    actions = RandomActions(env.action_space)
    actions.restart(seed)
    env.reset(seed=seed)
    terminated = truncated = False
    for number in range(steps):
        pulse.beat(f"playing to an end at seed {seed}, step {number}")
        _, _, terminated, truncated, _ = env.step(actions.draw())
        if terminated:
            break
        if truncated:
            env.reset()
    if not terminated:
        return []
    pulse.beat("stepping after the end")
    try:
        _, reward, still, _, _ = env.step(actions.draw())
    except Exception:  # noqa: BLE001 - to refuse is the best an environment can do
        return []
    if still and float(reward) == 0:
        return []
    odd = f"pays {short(float(reward))}" if float(reward) else "is no longer terminated"
    sentence = f"After the end the environment {odd} when it is stepped again without a reset."
    advice = "Harmless if every loop resets; a loop that forgets goes unnoticed."
    return [Flag("goes-on-after-end", "contract", "note", sentence, advice)]
