"""``inspect``: play the environment at random, and evaluate every section of the report."""

from __future__ import annotations

import time
import warnings
from typing import TYPE_CHECKING, Any, TypeVar

from rlprobe.environments.clock import clock_of
from rlprobe.inspection.defects.contract_checks import ContractChecks
from rlprobe.inspection.defects.wrong_types import type_flags
from rlprobe.inspection.flag import Flag, ordered
from rlprobe.inspection.playing.collect import Collector
from rlprobe.inspection.playing.confirm import confirmed
from rlprobe.inspection.playing.opening import Opened, opened
from rlprobe.inspection.playing.playing import Playing
from rlprobe.inspection.report.inspection import Inspection
from rlprobe.inspection.sections.contract import Contract, ending_flags, failure_flags
from rlprobe.inspection.sections.horizon import horizon_flags, horizon_of
from rlprobe.inspection.sections.life import life_flags, life_of
from rlprobe.inspection.sections.scale import scale_flags, scale_of
from rlprobe.inspection.sections.stack import stack_flags
from rlprobe.inspection.sections.time_step import TimeStep, time_step_flags, time_step_of
from rlprobe.inspection.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    import gymnasium as gym
    from gymnasium.envs.registration import EnvSpec

    from rlprobe.environments.clock import Clock
    from rlprobe.inspection.playing.cost import Cost
    from rlprobe.inspection.playing.watchdog import Heartbeat, Outcome
    from rlprobe.inspection.sections.life import Life
    from rlprobe.inspection.sections.picture import Picture
    from rlprobe.inspection.sections.scale import Scale

    Tick = Callable[[int, int, str], None]

T = TypeVar("T")
STEPS_PER_SKIP = 4000
SKIPS_TRIED_ABOVE_HZ = 10.0
"""Steps per second below which frame skips are not tried."""


def inspect(
    env: str | EnvSpec | gym.Env[Any, Any] | Callable[[], gym.Env[Any, Any]],
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
    """Is this environment ready to learn from? Plays a random policy and reports what an expert would notice.

    Args:
        env: an environment (wrapped or not), what ``gym.make`` takes (an id, ``module:Id-v0``), or a function
            that makes one. With an id or a function the inspection can go on with a new one after a hang, and
            sees to it that pictures can be taken.
        gamma: the discount that the agent will use.
        dt: seconds of the environment's own time per action; found from the environment by default.
        steps: steps to play; by default as many as fit into about half of ``seconds``.
        seconds: wall time for everything; about half of it is played.
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
        playing = Playing(self.source, settings, collector)
        self._play(playing)
        clock = clock_of(self.source.env, settings.dt)
        checks = ContractChecks(self.source.env, settings, collector)
        checked = checks.found
        self._part("checking the contract", 60, checks.run)
        step = self._part(
            "trying frame skips", 75, lambda heartbeat: self._try_skips(collector, clock, heartbeat)
        )
        life = life_of(collector, checked.repeated)
        scale = scale_of(collector, settings.gamma)
        horizon = horizon_of(collector, settings.gamma, clock)
        picture = self._picture(life, clock, checked.cost)
        found = self._scale_flags(scale, collector)
        self.flags += [*failure_flags(collector), *type_flags(collector.types)]
        self.flags += ending_flags(self.source.env, collector)
        self.flags += [*checked.flags, *stack_flags(self.source.env)]
        self.flags += [*life_flags(life, collector), *found, *horizon_flags(horizon, scale, life.lengths)]
        self.flags += time_step_flags(step, life) if step else []
        sections = {"life": life, "scale": scale, "horizon": horizon, "timestep": step, "picture": picture}
        contract = Contract(checked.checks, checked.messages, checked.info_keys, checked.cost)
        return self._inspection(playing, time.perf_counter() - begin, contract=contract, **sections)

    def _inspection(self, playing: Playing, seconds: float, **sections: Any) -> Inspection:
        """The report of all sections."""
        return Inspection(
            env=self.source.name,
            stack=str(self.source.env),
            settings=self.settings,
            steps=playing.steps,
            copies=playing.copies,
            seconds=seconds,
            playing=playing.seconds,
            flags=ordered(self.flags),
            missing=tuple(self.missing),
            interrupted=self.interrupted,
            **sections,
        )

    # -- parts -------------------------------------------------------------------------------------

    def _play(self, playing: Playing) -> None:
        settings, begin = self.settings, time.perf_counter()

        def tick() -> None:
            share = (time.perf_counter() - begin) / settings.playing
            if settings.steps:
                share = playing.steps / settings.steps
            self.tick(min(50, int(50 * share)), 100, f"playing: {playing.steps:,} steps")

        outcome = self.source.watch.run(playing.play, tick)
        if outcome.hung_in or outcome.interrupted:
            waited = settings.timeout if outcome.hung_in else 0.0
            playing.stop(time.perf_counter() - begin - waited)
        self._note(outcome, f"playing after {playing.here}", "playing")

    def _part(self, what: str, done: int, work: Callable[[Heartbeat], T]) -> T | None:
        """Do one more section under watch; None if it could not be done."""
        if self.interrupted or not self.source.usable:
            self.missing.append(f"{what}: {'interrupted' if self.interrupted else 'the environment hangs'}")
            return None
        self.tick(done, 100, what)
        outcome = self.source.watch.run(work)
        self._note(outcome, what, what)
        return outcome.value

    def _note(self, outcome: Outcome[Any], where: str, what: str) -> None:
        """What to report of a section that did not finish."""
        if outcome.hung_in:
            sentence = f"The environment hung for {self.settings.timeout:g} s while {where}."
            advice = (
                "Nothing can be learned from an environment that does not answer; --timeout sets "
                "the patience."
            )
            self.flags.append(Flag("hangs", "harmful", sentence, advice))
            self.source.replace()
        if outcome.interrupted:
            self.interrupted = True
        if outcome.error is not None:
            self.missing.append(f"{what}: {type(outcome.error).__name__}: {outcome.error}")

    def _scale_flags(self, scale: Scale, collector: Collector) -> list[Flag]:
        """The flags of observations and rewards, with what came of playing their places again."""
        found, source = scale_flags(scale), self.source
        if not any(flag.place for flag in found):
            return found
        again = self._part(
            "replaying what was found",
            95,
            lambda heartbeat: confirmed(found, source.env, collector.columns, source.vector, heartbeat),
        )
        return again or found

    def _try_skips(self, collector: Collector, clock: Clock, heartbeat: Heartbeat) -> TimeStep | None:
        if not collector.steps:
            return None
        if collector.rate < SKIPS_TRIED_ABOVE_HZ:
            self.missing.append(f"trying frame skips: {collector.rate:.2g} steps a second are too few for it")
            return None
        wanted = self.settings.steps or STEPS_PER_SKIP
        return time_step_of(
            self.source.env,
            collector.columns,
            clock,
            usual=collector.episodes.usual,
            steps=min(STEPS_PER_SKIP, wanted),
            seconds=self.settings.skip,
            seed=self.settings.seed,
            heartbeat=heartbeat,
        )

    def _picture(self, life: Life, clock: Clock, cost: Cost | None) -> Picture | None:
        if not self.settings.pictures:
            return None
        from rlprobe.inspection.sections.picture import picture_of

        render = cost.render if cost else None
        return self._part(
            "taking pictures",
            90,
            lambda heartbeat: picture_of(
                self.source.env, life, clock, render, heartbeat, seconds=self.settings.pictures_seconds
            ),
        )
