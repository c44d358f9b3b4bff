"""Steps per second, and where the time goes."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rlprobe.environments.random_policy import RandomActions
from rlprobe.inspection.playing.watchdog import StoppedError

if TYPE_CHECKING:
    from collections.abc import Callable

    import gymnasium as gym

    from rlprobe.inspection.playing.watchdog import Heartbeat


@dataclass(frozen=True)
class Cost:
    """Time per step.

    Args:
        steps_per_second: of the whole stack, resets included.
        environment: seconds in a step of the bare environment.
        wrappers: seconds that the wrappers add.
        render: seconds for one picture, or None if it cannot be rendered.
        render_error: why not, if it was tried.
    """

    steps_per_second: float
    environment: float
    wrappers: float
    render: float | None
    render_error: str = ""


def cost_of(env: gym.Env[Any, Any], heartbeat: Heartbeat, *, seconds: float = 0.6, steps: int = 2000) -> Cost:
    """Measure the stack, the bare environment and rendering for ``seconds`` or ``steps`` each."""
    whole = _per_step(env, env, heartbeat, seconds, steps)
    bare = whole if env is env.unwrapped else _per_step(env, env.unwrapped, heartbeat, seconds, steps)
    render, error = None, ""
    if env.render_mode in ("rgb_array", "rgb_array_list"):
        try:
            render = _per_picture(env, heartbeat, seconds)
        except StoppedError:
            raise
        except Exception as raised:  # noqa: BLE001 - an environment that cannot be drawn can still be learned
            error = f"{type(raised).__name__}: {raised}"
    return Cost(1 / whole, min(bare, whole), max(whole - bare, 0.0), render, error)


def _per_step(
    outer: gym.Env[Any, Any], env: gym.Env[Any, Any], heartbeat: Heartbeat, seconds: float, steps: int
) -> float:
    """Seconds per step of ``env``, resets included."""
    actions = RandomActions(env.action_space)
    outer.reset(seed=0)
    env.reset(seed=0)
    begin, done = time.perf_counter(), 0
    while done < steps and (done == 0 or time.perf_counter() - begin < seconds):
        heartbeat.beat("measuring the speed")
        _, _, terminated, truncated, _ = env.step(actions.draw())
        done += 1
        if terminated or truncated:
            env.reset()
    return (time.perf_counter() - begin) / done


def _per_picture(env: gym.Env[Any, Any], heartbeat: Heartbeat, seconds: float) -> float:
    env.reset(seed=0)
    render: Callable[[], Any] = env.render
    heartbeat.beat("rendering")
    render()
    begin, done = time.perf_counter(), 0
    while done < 50 and (done == 0 or time.perf_counter() - begin < seconds):
        heartbeat.beat("rendering")
        render()
        done += 1
    return (time.perf_counter() - begin) / done
