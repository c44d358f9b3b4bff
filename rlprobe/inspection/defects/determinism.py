"""Checks that replay the environment, or compare with what it returned earlier."""

from __future__ import annotations

import copy
import hashlib
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rlprobe.environments.layers import layers
from rlprobe.environments.random_policy import RandomActions
from rlprobe.environments.signals import first_number
from rlprobe.inspection.flag import Flag
from rlprobe.inspection.place import Place
from rlprobe.inspection.playing.replay import replayed
from rlprobe.inspection.sections.contract import same
from rlprobe.output.numbers import short
from rlprobe.wrappers.face import Switch

if TYPE_CHECKING:
    from collections.abc import Iterator

    import gymnasium as gym

    from rlprobe.inspection.playing.replay import Moment
    from rlprobe.inspection.playing.watchdog import Heartbeat

MOST_STEPS: Final = 600
MOST_EPISODES: Final = 3
HASHED_FROM_BYTES: Final = 4096
"""Bytes."""


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
    """Whether a wrapper has running statistics, so that rewards depend on earlier play."""
    return any(isinstance(layer, Switch) or hasattr(layer, "update_running_mean") for layer in layers(env))


def kept(observation: Any) -> Any:
    """A copy of ``observation``; of a large array only shape, type and a hash of its bytes."""
    if (
        isinstance(observation, np.ndarray)
        and observation.nbytes > HASHED_FROM_BYTES
        and observation.dtype != object
    ):
        digest = hashlib.blake2b(np.ascontiguousarray(observation).tobytes(), digest_size=16).hexdigest()
        return f"{observation.shape} {observation.dtype} {digest}"
    if isinstance(observation, dict):
        return {key: kept(value) for key, value in observation.items()}
    if type(observation) in {tuple, list}:
        return type(observation)(kept(value) for value in observation)
    return copy.deepcopy(observation)


def record(
    env: gym.Env[Any, Any], seed: int, steps: int, heartbeat: Heartbeat, actions_of: int | None = None
) -> list[Moment]:
    """The first episodes of random play; of large observations only the fingerprint is kept."""
    found: list[Moment] = []
    episodes = 0
    for moment in replayed(env, seed, steps, actions_of=actions_of):
        heartbeat.beat(f"checking determinism at {_place(found, len(found) - 1, seed)}")
        found.append(moment._replace(observation=kept(moment.observation)))
        episodes += moment.over
        if episodes == MOST_EPISODES:
            break
    return found


def _place(run: list[Moment], index: int, seed: int) -> Place:
    """Where the moment with this index was."""
    steps = sum(not moment.began for moment in run[: index + 1])
    return Place(seed, steps, after_reset=bool(steps) and run[index].began)


def determinism_flags(
    env: gym.Env[Any, Any], seed: int, heartbeat: Heartbeat, steps: int = MOST_STEPS
) -> list[Flag]:
    """Same seed, same actions: the same numbers over whole episodes; another seed: other numbers."""
    with standing_still(env):
        first, again = (record(env, seed, steps, heartbeat) for _ in range(2))
        other = kept(env.reset(seed=seed + 1)[0])
    differs = _first_difference(first, again)
    if differs == 0:
        sentence = f"reset(seed={seed}) gave two different first observations."
        return [Flag("reset-not-deterministic", "harmful", sentence, OWN_GENERATOR)]
    if differs is not None:
        what, place = _what(first, again, differs), _place(first, min(differs, len(first) - 1), seed)
        sentence = f"The same seed and the same actions gave another {what} at {place}."
        return [Flag("not-deterministic", "harmful", sentence, OWN_GENERATOR)]
    if same(first[0].observation, other) and _same_under_same_actions(env, seed, heartbeat, steps // 3):
        sentence = "Different seeds give the same episode: the environment draws nothing at random."
        advice = "Correct for a deterministic task; otherwise draw from self.np_random."
        return [Flag("seeds-do-not-differ", "note", sentence, advice)]
    return []


OWN_GENERATOR = (
    "Call super().reset(seed=seed) first, draw from self.np_random only, and clear all state in reset()."
)


def _same_under_same_actions(env: gym.Env[Any, Any], seed: int, heartbeat: Heartbeat, steps: int) -> bool:
    """Whether two seeds of the environment give the same numbers under the same actions."""
    with standing_still(env):
        runs = [record(env, other, steps, heartbeat, actions_of=seed) for other in (seed, seed + 1)]
    return _first_difference(*runs) is None


def _first_difference(a: list[Moment], b: list[Moment]) -> int | None:
    for index, (x, y) in enumerate(zip(a, b, strict=False)):
        if not same(list(x[:4]), list(y[:4])):
            return index
    return None if len(a) == len(b) else min(len(a), len(b))


def _what(a: list[Moment], b: list[Moment], index: int) -> str:
    """What differs first."""
    if index >= min(len(a), len(b)):
        return "episode length"
    x, y = a[index], b[index]
    if not same(x.observation, y.observation):
        return "observation"
    return (
        f"reward ({short(x.reward)} and {short(y.reward)})" if x.reward != y.reward else "end of the episode"
    )


def buffer_flags(env: gym.Env[Any, Any], seed: int, heartbeat: Heartbeat, steps: int = 20) -> list[Flag]:
    """Observations must not change after they were returned."""
    actions = RandomActions(env.action_space)
    actions.restart(seed)
    observation, _ = env.reset(seed=seed)
    for step in range(1, min(steps, 20) + 1):
        heartbeat.beat(f"looking for shared buffers at seed {seed}, step {step}")
        kept = copy.deepcopy(observation)
        after, _, terminated, truncated, _ = env.step(actions.draw())
        if not same(observation, kept):
            sentence = (
                f"The observation of step {step - 1} changed when step {step} was taken: the "
                "environment returns "
                "the same array every time, so a replay buffer would hold one observation many times."
            )
            advice = "Return self.observation.copy()."
            return [Flag("buffer-reused", "harmful", sentence, advice)]
        observation = env.reset()[0] if terminated or truncated else after
    return []


def after_end_flags(
    env: gym.Env[Any, Any], seed: int, heartbeat: Heartbeat, steps: int = MOST_STEPS
) -> list[Flag]:
    """What the environment does when it is stepped after it has terminated."""
    actions = RandomActions(env.action_space)
    actions.restart(seed)
    env.reset(seed=seed)
    terminated = truncated = False
    for step in range(steps):
        heartbeat.beat(f"playing to an end at seed {seed}, step {step}")
        _, _, terminated, truncated, _ = env.step(actions.draw())
        if terminated:
            break
        if truncated:
            env.reset()
    if not terminated:
        return []
    heartbeat.beat("stepping after the end")
    try:
        _, reward, still, _, _ = env.step(actions.draw())
    except Exception:  # noqa: BLE001 - to refuse is the best an environment can do
        return []
    if still and first_number(reward) == 0:
        return []
    odd = (
        f"returns a reward of {short(first_number(reward))}"
        if first_number(reward)
        else "is no longer terminated"
    )
    sentence = f"After the end the environment {odd} when it is stepped again without a reset."
    advice = "Harmless if your code resets; if it forgets to, it does not notice."
    return [Flag("goes-on-after-end", "note", sentence, advice)]
