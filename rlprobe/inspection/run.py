"""Inspect an environment: play once, look at every section, and survive whatever the environment does."""

from __future__ import annotations

import time
import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from rlprobe.inspection import determinism
from rlprobe.inspection.checkers import gymnasium_checker, sb3_checker
from rlprobe.inspection.clock import clock_of
from rlprobe.inspection.collect import Collector, replay_return
from rlprobe.inspection.contract import Contract, ending_flags, failure_flags, leak_flags
from rlprobe.inspection.cost import cost_of
from rlprobe.inspection.flag import Flag, ordered
from rlprobe.inspection.horizon import horizon_flags, horizon_of
from rlprobe.inspection.life import life_flags, life_of
from rlprobe.inspection.opening import Opened, opened
from rlprobe.inspection.report import Inspection
from rlprobe.inspection.scale import scale_flags, scale_of
from rlprobe.inspection.settings import Settings
from rlprobe.inspection.timestep import TimeStep, time_step_flags, time_step_of
from rlprobe.inspection.watch import Outcome, Pulse, StoppedError

if TYPE_CHECKING:
    from collections.abc import Callable

    import gymnasium as gym

    from rlprobe.inspection.clock import Clock
    from rlprobe.inspection.cost import Cost
    from rlprobe.inspection.life import Life
    from rlprobe.inspection.picture import Picture

    Tick = Callable[[int, int, str], None]

T = TypeVar("T")
STEPS_PER_SKIP, SECONDS_PER_SKIP = 4000, 2.0
SECONDS_PER_CHECK = 3.0


def inspect(
    env: str | gym.Env[Any, Any] | Callable[[], gym.Env[Any, Any]],
    *,
    gamma: float = 0.99,
    dt: float | None = None,
    steps: int | None = None,
    seconds: float = 30.0,
    timeout: float = 20.0,
    seed: int = 0,
    checkers: bool = True,
    pictures: bool = True,
    progress: Tick | None = None,
) -> Inspection:
    """Is this environment ready to learn from? Plays a random policy and says what an expert would.

    Args:
        env: an environment (wrapped or not), an id, or a function that makes one. With an id or a function
            the inspection can go on with a new one after a hang, and sees to it that pictures can be taken.
        gamma: the discount that the agent will use.
        dt: seconds of the environment's own time per action; found out by default.
        steps: steps to play; by default as many as fit into ``seconds``.
        seconds: wall time for playing; the other sections take about as much again.
        timeout: seconds after which a call into the environment counts as hung.
        seed: of the first episode.
        checkers: run the checkers of Gymnasium and, where installed, Stable-Baselines3.
        pictures: make the contact sheet and the video.
        progress: called as ``progress(done, total, what)``.

    Returns:
        The report: ``print`` it, ``report.flags``, ``report.to_json(path)``, ``report.to_html(path)``.

    Raises:
        ValueError: a number out of range, or an unknown id.
        TypeError: ``env`` is no environment.

    >>> import rlprobe
    >>> report = rlprobe.inspect("CartPole-v1", steps=2000, checkers=False, pictures=False)
    >>> report.exit_code, report.life.usual
    (0, 1.0)
    """
    settings = Settings(
        gamma=gamma,
        dt=dt,
        steps=steps,
        seconds=seconds,
        timeout=timeout,
        seed=seed,
        checkers=checkers,
        pictures=pictures,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with opened(env, settings) as source:
            return _Run(source, settings, progress or (lambda *_: None)).report()


@dataclass
class _Checked:
    """Results of the contract section as they come; what a hang leaves undone is missing."""

    checks: dict[str, str] = field(default_factory=dict)
    messages: dict[str, tuple[str, ...]] = field(default_factory=dict)
    flags: list[Flag] = field(default_factory=list)
    cost: Cost | None = None
    repeated: float | None = None
    info_keys: tuple[str, ...] = ()


class _Run:
    """One inspection from beginning to end."""

    def __init__(self, source: Opened, settings: Settings, tick: Tick) -> None:
        self.source, self.settings, self.tick = source, settings, tick
        self.flags: list[Flag] = []
        self.missing: list[str] = []
        self.interrupted = False

    def report(self) -> Inspection:
        """Go through all sections."""
        begin, settings = time.perf_counter(), self.settings
        collector = Collector(self.source.env, settings.seed)
        self._play(collector)
        clock = clock_of(self.source.env, settings.dt)
        rate = collector.steps / max(collector.seconds, 1e-9)
        checked = _Checked()
        self._part("checking the contract", 60, lambda pulse: self._check(collector, checked, rate, pulse))
        step = self._part("trying frame skips", 75, lambda pulse: self._try_skips(collector, clock, pulse))
        life = life_of(collector, checked.repeated)
        picture = self._picture(life, clock, checked.cost)
        scale = scale_of(collector)
        horizon = horizon_of(collector, settings.gamma, clock)
        self.flags += [*failure_flags(collector), *checked.flags]
        self.flags += [*life_flags(life, collector), *scale_flags(scale)]
        self.flags += [*horizon_flags(horizon, scale, life.lengths)]
        self.flags += [
            *(time_step_flags(step, life) if step else []),
            *ending_flags(self.source.env, collector),
        ]
        return Inspection(
            env=self.source.name,
            stack=str(self.source.env),
            settings=settings,
            steps=collector.steps,
            seconds=time.perf_counter() - begin,
            playing=collector.seconds,
            life=life,
            scale=scale,
            horizon=horizon,
            timestep=step,
            contract=Contract(checked.checks, checked.messages, checked.info_keys, checked.cost),
            picture=picture,
            flags=ordered(self.flags),
            missing=tuple(self.missing),
            interrupted=self.interrupted,
        )

    # -- parts -------------------------------------------------------------------------------------

    def _play(self, collector: Collector) -> None:
        settings, begin = self.settings, time.perf_counter()

        def tick() -> None:
            share = (time.perf_counter() - begin) / settings.seconds
            if settings.steps:
                share = collector.steps / settings.steps
            self.tick(min(50, int(50 * share)), 100, f"playing: {collector.steps:,} steps")

        outcome = self.source.watch.run(
            lambda pulse: collector.play(
                pulse, steps=settings.steps, seconds=None if settings.steps else settings.seconds
            ),
            tick,
        )
        if outcome.hung or outcome.interrupted:
            collector.seconds = time.perf_counter() - begin
            collector.flush()
        self._note(outcome, f"playing after {collector.here}", "playing")

    def _part(self, what: str, done: int, work: Callable[[Pulse], T]) -> T | None:
        """Do one more section under watch; None if it could not be done."""
        if self.interrupted or not self.source.usable:
            self.missing.append(f"{what}: {'interrupted' if self.interrupted else 'the environment hangs'}")
            return None
        self.tick(done, 100, what)
        outcome = self.source.watch.run(work)
        self._note(outcome, what, what)
        return outcome.value

    def _note(self, outcome: Outcome[Any], where: str, what: str) -> None:
        """What a section left behind if it did not come to its end."""
        if outcome.hung:
            sentence = f"The environment hung for {self.settings.timeout:g} s while {where}."
            advice = (
                "Nothing can be learned from an environment that does not answer; --timeout sets "
                "the patience."
            )
            self.flags.append(Flag("hangs", "contract", "harmful", sentence, advice))
            self.source.replace()
        if outcome.interrupted:
            self.interrupted = True
        if outcome.error is not None:
            self.missing.append(f"{what}: {type(outcome.error).__name__}: {outcome.error}")

    def _check(self, collector: Collector, into: _Checked, rate: float, pulse: Pulse) -> None:
        """The contract section, check by check."""
        env, seed = self.source.env, self.settings.seed
        steps = int(np.clip(min(SECONDS_PER_CHECK, self.settings.seconds / 10) * rate, 4, determinism.STEPS))
        into.info_keys = _info_keys(env, seed, pulse, min(steps, 50))
        into.flags += leak_flags(into.info_keys)
        self._one("determinism", into, lambda: determinism.determinism_flags(env, seed, pulse, steps))
        self._one("shared buffers", into, lambda: determinism.buffer_flags(env, seed, pulse, steps))
        self._one("after the end", into, lambda: determinism.after_end_flags(env, seed, pulse, steps))
        best = collector.episodes.best
        repeats = not into.flags and not determinism.adapts(env)
        if best is not None and repeats and best.start + best.length < 10 * rate:
            pulse.beat("playing the best episode again")
            into.repeated = replay_return(env, best, pulse)
        self._one("speed", into, lambda: self._cost(into, pulse))
        if self.settings.checkers:
            self._foreign(into, pulse)

    def _cost(self, into: _Checked, pulse: Pulse) -> list[Flag]:
        into.cost = cost = cost_of(self.source.env, pulse, steps=min(self.settings.steps or 2000, 2000))
        if not cost.render_error:
            return []
        sentence = f"render() raised {cost.render_error}"
        return [
            Flag("render-fails", "picture", "look", sentence, "Without a screen, MuJoCo needs MUJOCO_GL=egl.")
        ]

    def _foreign(self, into: _Checked, pulse: Pulse) -> None:
        """Gymnasium's and Stable-Baselines3's own checkers, unless ours found the same already."""
        known = any(flag.severity == "harmful" for flag in into.flags)
        for name, check in (("gymnasium", gymnasium_checker), ("stable-baselines3", sb3_checker)):
            pulse.beat(f"running the checker of {name}")
            messages, flags = check(self.source.env)
            into.checks[name] = "not installed" if messages is None else "refused" if flags else "ok"
            into.messages[name] = messages or ()
            into.flags += [] if known else flags

    def _one(self, name: str, into: _Checked, check: Callable[[], list[Flag]]) -> None:
        try:
            flags = check()
        except StoppedError:
            raise
        except Exception as error:  # noqa: BLE001 - the other checks go on
            into.checks[name] = f"could not be done: {type(error).__name__}: {error}"
            return
        into.checks[name] = "failed" if any(f.severity == "harmful" for f in flags) else "ok"
        into.flags += flags

    def _try_skips(self, collector: Collector, clock: Clock, pulse: Pulse) -> TimeStep | None:
        if not collector.steps:
            return None
        wanted = self.settings.steps or STEPS_PER_SKIP
        return time_step_of(
            self.source.env,
            collector.columns,
            clock,
            usual=collector.episodes.usual,
            steps=min(STEPS_PER_SKIP, wanted),
            seconds=min(SECONDS_PER_SKIP, self.settings.seconds / 10),
            seed=self.settings.seed,
            pulse=pulse,
        )

    def _picture(self, life: Life, clock: Clock, cost: Cost | None) -> Picture | None:
        if not self.settings.pictures:
            return None
        from rlprobe.inspection.picture import picture_of

        render = cost.render if cost else None
        return self._part(
            "taking pictures", 90, lambda pulse: picture_of(self.source.env, life, clock, render, pulse)
        )


def _info_keys(env: gym.Env[Any, Any], seed: int, pulse: Pulse, steps: int) -> tuple[str, ...]:
    """Keys of the info dictionaries of the first steps."""
    _, info = env.reset(seed=seed)
    keys = dict.fromkeys(map(str, info))
    env.action_space.seed(seed)
    for _ in range(steps):
        pulse.beat("reading info")
        _, _, terminated, truncated, info = env.step(env.action_space.sample())
        keys |= dict.fromkeys(map(str, info))
        if terminated or truncated:
            keys |= dict.fromkeys(map(str, env.reset()[1]))
    return tuple(keys)
