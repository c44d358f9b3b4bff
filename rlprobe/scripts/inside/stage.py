"""A probe that looks like the environment which the script asked for."""

from __future__ import annotations

import sys
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import gymnasium as gym
import numpy as np

from rlprobe.scripts.inside.looks import Info, LookError, infos_of, looks_in, met_in
from rlprobe.scripts.inside.making.actions import is_taken, passed_on
from rlprobe.scripts.inside.making.frame_skips import GOES_ON, FrameSkips
from rlprobe.scripts.inside.making.screen import Screen, rendered

if TYPE_CHECKING:
    from types import FrameType

    from numpy.typing import NDArray

    from probe_envs.envs.scalar import ProbeEnv
    from rlprobe.scripts.inside.gate import Gate

MOST_RECENT = 200
"""Actions remembered for each observation."""
PRACTICE_EPISODES = 300
"""Episodes after which offers begin at the latest: scripts explore less with each episode."""
PASSED_ON = {"step", "step_wait", "step_async", "reset", "reset_wait", "reset_async"}


class StageError(Exception):
    """The script does something that a probe cannot follow; the message says what."""


class Views:
    """The different observations of a probe, numbered; queried ones first."""

    def __init__(self, env: ProbeEnv, asked: NDArray[Any]) -> None:
        self.raw = [np.asarray(view) for view in asked]
        self._number = {view.tobytes(): i for i, view in enumerate(self.raw)}
        self.asked = len(self.raw)
        for view in env.dynamics.views:
            key = np.asarray(view).tobytes()
            if key not in self._number:
                self._number[key] = len(self.raw)
                self.raw.append(np.asarray(view))

    def number(self, view: Any) -> int:
        """The number of an observation."""
        return self._number[np.asarray(view).tobytes()]


class Callsite:
    """A line of the script that steps environments, and what was done there.

    Args:
        place: file and line of the code.
    """

    def __init__(self, place: str) -> None:
        self.place = place
        self.steps = 0
        self.stages: list[Stage] = []
        self.recent: dict[int, deque[Any]] = {}

    def took(self, stage: Stage, number: int, action: Any) -> None:
        """Note an action taken at an observation."""
        self.steps += 1
        if stage not in self.stages:
            self.stages.append(stage)
        self.recent.setdefault(number, deque(maxlen=MOST_RECENT)).append(action)


class StandIn(gym.Env[Any, Any]):
    """An environment of ours in the place of one that a script asked for.

    Args:
        original: that environment, unstepped; answers for everything else.
    """

    def __init__(self, original: gym.Env[Any, Any]) -> None:
        self.original = original
        self.metadata = dict(original.metadata)
        self.spec = original.spec
        self.render_mode = original.render_mode

    def render(self) -> Any:
        """A black picture: what the script draws is not looked at."""
        return np.zeros((64, 64, 3), np.uint8) if self.render_mode == "rgb_array" else None

    def close(self) -> None:
        """Nothing: a script may close an environment that is still read."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or "original" not in self.__dict__:
            raise AttributeError(name)
        if self.original.has_wrapper_attr(name):
            return self.original.get_wrapper_attr(name)
        raise AttributeError(f"{type(self.original.unwrapped).__name__!r} object has no attribute {name!r}")


class Stage(StandIn):
    """The probe in the spaces of the environment that it replaces.

    Steps that a wrapper takes several times within one of its own (frame skips) or while it resets (no-op
    starts) do nothing after the first: what is being examined is the script, and not its preprocessing.

    Args:
        probe: the environment of the probe.
        original: the environment that the script asked for, unstepped; answers for everything else.
        views: the numbered observations.
        gate: what lets steps through.
    """

    def __init__(self, probe: ProbeEnv, original: gym.Env[Any, Any], views: Views, gate: Gate) -> None:
        super().__init__(original)
        self.probe, self.views, self.gate = probe, views, gate
        self.observation_space = original.observation_space
        self.action_space = original.action_space
        self._max_episode_steps = self._limited(probe)
        try:
            bins, met = "torch" not in sys.modules, met_in(original)
            self.looks = looks_in(self.observation_space, views.raw, inside=bins, met=met)
        except LookError as error:
            raise StageError(str(error)) from None
        self.infos, self.now = infos_of(original), 0
        self.pay, self.lift, self.paid = 1.0, 0.0, 0.0
        self.offers: frozenset[int] = frozenset()
        self.sizes: tuple[int, ...] = ()
        self.practice = 0
        self.sites: dict[tuple[Any, int], Callsite] = {}
        self.skips = FrameSkips()
        self._screen: Screen | None = None
        self._seeded: int | None = None
        self._offset = 0
        self._inner: list[FrameType] = []
        self.fresh, self._ended, self.left = False, True, -1

    def _limited(self, probe: ProbeEnv) -> int | None:
        """The time limit of the probe, which the script finds where it looks for that of its environment."""
        limit = probe.dynamics.mdp.time_limit
        if self.spec is not None:
            limit = limit or self.spec.max_episode_steps
            self.spec = replace(self.spec, max_episode_steps=limit)
        return limit

    def begin(self, seed: int, sites: dict[tuple[Any, int], Callsite]) -> None:
        """Seed the probe, and share the note of who steps it."""
        self._offset, self.sites = seed, sites
        self.probe.reset(seed=seed)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, Any]:
        """Start an episode; a seed that was given before is not used again, or all episodes were one."""
        del options
        if seed is not None and seed != self._seeded:
            self._seeded = seed
            super().reset(seed=seed)
            view, info = self._restarted((seed + 7_919 * self._offset) % 2**31)
        else:
            view, info = self._restarted()
        self.gate.cuts += not (self._ended or self.fresh)
        self.gate.stamp += self.gate.latest is not self  # of a vector environment: others had their turn
        self._ended, self.fresh = False, True
        self.skips.reset()
        return self._shown(view), Info(info, self.infos)

    def _restarted(self, seed: int | None = None) -> tuple[Any, dict[str, Any]]:
        """The probe at the start of an episode; not at the offer of a sure reward before it was practised."""
        view, info = self.probe.reset(seed=seed)
        while self._practises() and self.views.number(view) in self.offers:
            view, info = self.probe.reset()
        return view, info

    def _practises(self) -> bool:
        """Whether it is too early for offers."""
        return self.gate.learning_steps < self.practice and self.gate.episodes < PRACTICE_EPISODES

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        """Take one step of the probe, when the gate lets it through."""
        site, repeated = self._caller()
        if repeated:
            in_reset = any(frame.f_code.co_name == "reset" for frame in self._inner)
            return self._look(self.now), 0.0, *(GOES_ON if in_reset else self.skips.further()), {}
        if self._ended and not self.probe.go_on():
            self._shown(self._restarted()[0])  # as environments that go on after their end
        self.gate.pass_one()
        self.fresh = False
        given = self.in_probe(action)
        site.took(self, self.now, given)
        if isinstance(given, int):
            self.gate.took(self.now, given)
        view, self.paid, terminated, truncated, info = self.probe.step(given)
        self.gate.at_end = self._ended = terminated or truncated
        self.gate.episodes += self.gate.at_end
        self.left = self.views.number(view)
        reward, shown = self.paid * self.pay + self.lift, self._shown(view)
        if self._screen is not None:
            self._screen.refresh()
        return shown, reward, *self.skips.first((terminated, truncated)), Info(info, self.infos)

    def render(self) -> Any:
        """A picture of the observation, for scripts that learn from pixels."""
        return rendered(self.now, len(self.looks)) if self.render_mode == "rgb_array" else None

    def __getattr__(self, name: str) -> Any:
        found = super().__getattr__(name)
        if name == "compute_reward":
            return self.gate.noting_goals(found)
        if name != "ale" or len(self.observation_space.shape or ()) < 2:
            return found
        self._screen = self._screen or Screen(found, lambda: self.looks[self.now])
        return self._screen

    def in_probe(self, action: Any) -> Any:
        """The script's action in the action space of the probe."""
        if not is_taken(self.action_space, action):
            raise StageError(f"step(): expected an action in {self.action_space}, got {action!r}")
        return passed_on(action, self.action_space, self.probe.action_space, self.sizes)

    def _caller(self) -> tuple[Callsite, bool]:
        """Where the step comes from, and whether a wrapper repeats one that it has just taken."""
        frame: FrameType | None = sys._getframe(2)  # noqa: SLF001 - the caller of step
        repeated = False
        inner: list[FrameType] = []
        while frame is not None and frame.f_code.co_name in PASSED_ON:
            if frame.f_code.co_name == "reset" or any(frame is one for one in self._inner):
                repeated = repeated or _is_wrapper(frame)
            inner.append(frame)
            frame = frame.f_back
        self._inner = inner
        assert frame is not None
        key = (frame.f_code, frame.f_lineno)
        if key not in self.sites:
            self.sites[key] = Callsite(f"{frame.f_code.co_filename}:{frame.f_lineno}")
        return self.sites[key], repeated

    def _shown(self, view: Any) -> Any:
        self.now = self.views.number(view)
        self.gate.latest = self
        return self._look(self.now)

    def _look(self, number: int) -> Any:
        look = self.looks[number]
        return look.copy() if isinstance(look, np.ndarray) else look


def _is_wrapper(frame: FrameType) -> bool:
    return isinstance(frame.f_locals.get("self"), gym.Wrapper)
