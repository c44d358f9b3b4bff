"""All checks of the contract, one after the other; after a hang, the remaining ones are missing."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.inspection.defects import determinism
from rlprobe.inspection.defects.leaks import leak_flags, watched
from rlprobe.inspection.defects.other_checkers import gymnasium_checker, sb3_checker
from rlprobe.inspection.defects.wrapped_numbers import EpisodeInfo, RunningReturns
from rlprobe.inspection.defects.wrapped_pictures import WrappedPictures
from rlprobe.inspection.flag import Flag
from rlprobe.inspection.playing.cost import cost_of
from rlprobe.inspection.playing.layer_play import has_wrappers, layers_played
from rlprobe.inspection.playing.replay import replay_return
from rlprobe.inspection.playing.watchdog import StoppedError
from rlprobe.output.numbers import short

if TYPE_CHECKING:
    from collections.abc import Callable

    import gymnasium as gym

    from rlprobe.inspection.playing.collect import Collector
    from rlprobe.inspection.playing.cost import Cost
    from rlprobe.inspection.playing.watchdog import Heartbeat
    from rlprobe.inspection.settings import Settings

IMPORT_FROM_S = 15.0
"""With less time in total (in seconds), a large library is not imported for its checker."""
SLOW_BELOW_HZ = 20.0
"""Steps per second below which the environment is too slow for training."""
STEPS_OF_WRAPPERS = 1100
"""Steps that wrappers are watched for, at most: an episode of 1000, and the beginning of the next."""
CHECKERS_ABOVE_HZ = 2.0
"""Steps per second below which the checkers of other libraries (about 20 steps) are left out."""


@dataclass
class Checked:
    """Results of the contract section as they come; after a hang, the remaining ones are missing."""

    checks: dict[str, str] = field(default_factory=dict)
    messages: dict[str, tuple[str, ...]] = field(default_factory=dict)
    flags: list[Flag] = field(default_factory=list)
    cost: Cost | None = None
    repeated: float | None = None
    info_keys: tuple[str, ...] = ()


@dataclass(frozen=True)
class ContractChecks:
    """The checks of one environment.

    Args:
        env: the environment.
        settings: the arguments of the inspection.
        collector: the random play before.
        found: the results.
    """

    env: gym.Env[Any, Any]
    settings: Settings
    collector: Collector
    found: Checked = field(default_factory=Checked)

    def run(self, heartbeat: Heartbeat) -> None:
        """All checks, one after the other."""
        env, seed, into, rate = self.env, self.settings.seed, self.found, self.collector.rate
        steps = int(np.clip(self.settings.check * rate, 4, determinism.MOST_STEPS))
        self._one("info", lambda: self._infos(heartbeat, steps))
        self._one("determinism", lambda: determinism.determinism_flags(env, seed, heartbeat, steps))
        self._one("shared buffers", lambda: determinism.buffer_flags(env, seed, heartbeat, steps))
        self._one("after the end", lambda: determinism.after_end_flags(env, seed, heartbeat, steps))
        self._one("wrappers", lambda: self._wrappers(heartbeat))
        best = self.collector.episodes.best
        repeats = not into.flags and not determinism.adapts(env)
        if best is not None and repeats and best.start + best.length < 2 * self.settings.check * rate:
            heartbeat.beat("playing the best episode again")
            into.repeated = replay_return(env, best, heartbeat)
        self._one("speed", lambda: self._cost(heartbeat))
        if self.settings.checkers:
            self._foreign(heartbeat)

    def _infos(self, heartbeat: Heartbeat, steps: int) -> list[Flag]:
        columns = self.collector.columns
        seen = watched(self.env, columns, self.settings.seed, steps, heartbeat)
        self.found.info_keys = tuple(seen.keys)
        return leak_flags(seen, columns, self.env.action_space)

    def _wrappers(self, heartbeat: Heartbeat) -> list[Flag]:
        """What wrappers make of pictures, rewards and episodes."""
        if not has_wrappers(self.env) and "episode" not in self.found.info_keys:
            return []
        steps = int(np.clip(self.settings.check * self.collector.rate, 4, STEPS_OF_WRAPPERS))
        pictures, episodes, returns = WrappedPictures(), EpisodeInfo(), RunningReturns()
        with determinism.standing_still(self.env):
            for began, layers in layers_played(self.env, self.settings.seed, steps, heartbeat):
                pictures.look(layers)
                episodes.look(layers)
                returns.look(layers, began=began)
        return [*pictures.flags, *episodes.flags, *returns.flags]

    def _cost(self, heartbeat: Heartbeat) -> list[Flag]:
        most = int(np.clip(self.settings.check * self.collector.rate, 20, 2000))
        self.found.cost = cost = cost_of(self.env, heartbeat, steps=min(self.settings.steps or most, most))
        flags = []
        if cost.steps_per_second < SLOW_BELOW_HZ:
            seconds = 1 / cost.steps_per_second
            sentence = (
                f"A step takes {short(seconds)} s: a million of them, {short(seconds * 1e6 / 86400)} days."
            )
            flags.append(Flag("slow", "look", sentence, "Run many in parallel, or make it faster."))
        if cost.render_error:
            advice = "Without a screen, MuJoCo needs MUJOCO_GL=egl."
            sentence = f"render() raised {cost.render_error}"
            flags.append(Flag("render-fails", "look", sentence, advice))
        return flags

    def _foreign(self, heartbeat: Heartbeat) -> None:
        """Gymnasium's and Stable-Baselines3's own checkers, unless ours found the same already."""
        into = self.found
        known = any(flag.severity == "harmful" for flag in into.flags)
        for name, check in (("gymnasium", gymnasium_checker), ("stable-baselines3", sb3_checker)):
            if self.collector.steps and self.collector.rate < CHECKERS_ABOVE_HZ:
                into.checks[name] = "left out: a step takes too long"
                continue
            if check is sb3_checker and self._no_time_to_import("stable_baselines3"):
                into.checks[name] = (
                    f"left out: importing it takes longer than {self.settings.seconds:g} s allow"
                )
                continue
            messages, flags = check(self.env, heartbeat)
            refused = any(flag.id != "checker-warns" for flag in flags)
            into.checks[name] = "refused" if refused else "warned" if flags else "ok"
            if messages is None:
                into.checks[name] = "not installed"
            into.messages[name] = messages or ()
            wanted = [flag for flag in flags if flag.id == "checker-warns" or not known]
            into.flags += [flag for flag in wanted if flag not in into.flags]

    def _no_time_to_import(self, module: str) -> bool:
        """Whether a library that is not imported yet would use up a short inspection."""
        short_of_time = self.settings.steps is None and self.settings.seconds < IMPORT_FROM_S
        return short_of_time and module not in sys.modules

    def _one(self, name: str, check: Callable[[], list[Flag]]) -> None:
        into = self.found
        try:
            flags = check()
        except StoppedError:
            raise
        except (Exception, SystemExit) as error:  # noqa: BLE001 - the other checks go on
            into.checks[name] = f"could not be done: {type(error).__name__}: {error}"
            return
        into.checks[name] = "failed" if any(f.severity == "harmful" for f in flags) else "ok"
        into.flags += flags
