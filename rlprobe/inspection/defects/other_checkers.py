"""The checkers of Gymnasium and Stable-Baselines3, their words collected instead of printed."""

from __future__ import annotations

import importlib.util
import re
import warnings
from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, Any

from rlprobe.inspection.flag import Flag
from rlprobe.inspection.playing.watchdog import StoppedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import gymnasium as gym

    from rlprobe.inspection.playing.watchdog import Heartbeat

COLOURS = re.compile(r"\x1b\[[0-9;]*m")
NOISE = (
    "different from the unwrapped version",
    "Not able to test alternative render modes",
    "minimum value is -infinity",
    "maximum value is infinity",
    "is deprecated and",
)
MOST_WARNINGS = 4
ACTION_RANGE = re.compile("symmetric and normalized")
"""In the words of both checkers: the bounds of the actions are not -1 and 1."""


@contextmanager
def with_heartbeat(env: gym.Env[Any, Any], heartbeat: Heartbeat, name: str) -> Iterator[None]:
    """Within the block every ``step`` and ``reset`` of ``env`` gives a sign of life."""
    for method in ("step", "reset"):
        _announce(env, method, heartbeat, f"running the checker of {name}, in {method}()")
    try:
        yield
    finally:
        for method in ("step", "reset"):
            env.__dict__.pop(method, None)


def _announce(env: gym.Env[Any, Any], method: str, heartbeat: Heartbeat, doing: str) -> None:
    plain = getattr(env, method)

    @wraps(plain)
    def announced(*args: Any, **options: Any) -> Any:
        heartbeat.beat(doing)
        return plain(*args, **options)

    env.__dict__[method] = announced


def gymnasium_checker(env: gym.Env[Any, Any], heartbeat: Heartbeat) -> tuple[tuple[str, ...], list[Flag]]:
    """What ``gymnasium.utils.env_checker.check_env`` says about the bare environment."""
    from gymnasium.utils.env_checker import check_env

    with with_heartbeat(env.unwrapped, heartbeat, "Gymnasium"):
        messages, error = _heard(
            lambda: check_env(env.unwrapped, skip_render_check=True, skip_close_check=True)
        )
    warned = _warned("Gymnasium", messages)
    if error is None:
        return messages, warned
    sentence = f"Gymnasium's checker refuses the environment: {error}"
    return (*messages, error), [Flag("gymnasium-checker", "harmful", sentence), *warned]


def sb3_checker(env: gym.Env[Any, Any], heartbeat: Heartbeat) -> tuple[tuple[str, ...] | None, list[Flag]]:
    """What Stable-Baselines3's ``check_env`` says; None if it is not installed."""
    if importlib.util.find_spec("stable_baselines3") is None:
        return None, []
    with heartbeat.rest():
        from stable_baselines3.common.env_checker import check_env

    with with_heartbeat(env, heartbeat, "Stable-Baselines3"):
        messages, error = _heard(lambda: check_env(env, skip_render_check=True))
    warned = _warned("Stable-Baselines3", messages)
    if error is None:
        return messages, warned
    sentence = f"Stable-Baselines3's checker refuses the environment: {error}"
    return (*messages, error), [Flag("sb3-checker", "look", sentence), *warned]


def _warned(checker: str, messages: tuple[str, ...]) -> list[Flag]:
    """One flag for each of a checker's warnings, the first few."""
    return [_warning(checker, message) for message in messages[:MOST_WARNINGS]]


def _warning(checker: str, message: str) -> Flag:
    if ACTION_RANGE.search(message):  # the same flag from both, so that it is shown once
        sentence = "Checkers of libraries recommend actions in [-1, 1]; these have other bounds."
        advice = "gymnasium.wrappers.RescaleAction(env, -1, 1), unless the library rescales (SAC, TD3)."
        return Flag("checker-warns", "look", sentence, advice)
    return Flag("checker-warns", "look", f"{checker}'s checker: {message}")


def _heard(check: Any) -> tuple[tuple[str, ...], str | None]:
    """The warnings of a check, each once and without noise, and its error."""
    error = None
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            check()
        except StoppedError:
            raise
        except (Exception, SystemExit) as raised:  # noqa: BLE001 - its words are the finding
            error = _clean(f"{raised}") or type(raised).__name__
    words = dict.fromkeys(_clean(str(w.message)) for w in caught)
    return tuple(w for w in words if w and not any(n in w for n in NOISE)), error


def _clean(text: str) -> str:
    return " ".join(COLOURS.sub("", text).replace("WARN:", "").split())[:300]
