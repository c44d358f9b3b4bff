"""Runs of an unchanged training script on trials."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from dataclasses import replace as replaced
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from rlprobe.diagnosis.choices.chosen import CASH_OUT
from rlprobe.diagnosis.questions import AgentError, FactoryError
from rlprobe.diagnosis.run import Failure, Run
from rlprobe.diagnosis.training.runner import CHUNK_STEPS, cut_short, follow
from rlprobe.diagnosis.trial import Trial
from rlprobe.scripts.agent import ScriptAgent
from rlprobe.scripts.doubts.doubted import doubted, faster_rates, prefers_worst, rates_doubt
from rlprobe.scripts.doubts.rhythm import pace_of
from rlprobe.scripts.errors import ScriptError
from rlprobe.scripts.first_run.ends import learns_from_its_end
from rlprobe.scripts.first_run.scouting import known, traits_of
from rlprobe.scripts.inside.changes.rules import SCHEDULE
from rlprobe.scripts.inside.order import Order
from rlprobe.scripts.inside.sources import vector_api_of
from rlprobe.scripts.process import Process
from rlprobe.scripts.scratch import remove, said, scratch_for
from rlprobe.scripts.telling import OLD_INFOS_READ
from rlprobe.scripts.unsuited import ended_early, unsuited

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rlprobe.diagnosis.factory import Traits
    from rlprobe.scripts.launch import Launch

T = TypeVar("T")
STEPS = 12_000
"""Environment steps after which a run ends."""
ASKED = 0.9
PRACTICE_STEPS = 2_000
"""Steps without an offer at the beginning of CashOut, in which the values inside are learned."""
SCOUT_S = 60.0
"""Time for the first run to reach its first step: imports and the script's own preparations."""


@dataclass(eq=False)
class ScriptSubject:
    """Runs a script on trials, each time in its own process and folder.

    Args:
        launch: the script and its arguments; each run replaces ``{seed}``, ``{gamma}`` and ``{steps}``.
        value: expression for the values of ``observations``; ``"none"`` to read no critic.
        act: expression for the actions at ``observations``.
        replace: classes ``module:Class`` of environments that are not made by ``gymnasium.make``.
        vector_api: ``"0.29"`` for vector environments as before Gymnasium 1.0; None for what the script
            needs.
        steps: environment steps after which a run ends.
        quicken: whether slow hyperparameters are replaced by faster ones.
    """

    launch: Launch
    value: str | None = None
    act: str | None = None
    replace: tuple[str, ...] = ()
    vector_api: str | None = None
    steps: int = STEPS
    quicken: bool = True
    _process: Process | None = field(default=None, init=False)
    _deviations_filled: bool = field(default=False, init=False)
    """Whether the standard deviation of a single number becomes 1: the script divides by it."""

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_process": None}

    @cached_property
    def scouted(self) -> dict[str, Any]:
        """What a first short run shows of the script: its environment, discount and critic.

        Raises:
            AgentError: the script cannot be diagnosed.
        """
        return (found := self._going_on(self._scout)) | {"own_end": self._bootstraps_at_ends(found)}

    def _bootstraps_at_ends(self, found: Mapping[str, Any]) -> bool:
        """Whether it has a table, right on Decoder, that learns from values of final states on Constant."""
        if not (found["table"] and found["proven"]):
            return False
        trial, scratch = Trial(name="Constant", most_steps=self.steps), scratch_for(self.launch)
        try:
            agent = self._begin(
                trial, 0, scratch, (found["pay"], found["lift"]), time.perf_counter() + SCOUT_S
            )
            return learns_from_its_end(agent)
        except ScriptError:
            return False
        finally:
            self._end(scratch)

    def _scout(self) -> dict[str, Any]:
        trial = Trial(name="Decoder", most_steps=self.steps)
        scratch = scratch_for(self.launch)
        try:
            agent = self._begin(trial, 0, scratch, (1.0, 0.0), time.perf_counter() + SCOUT_S)
            agent.wait_for_updates()
            agent.warm_up(CHUNK_STEPS, CHUNK_STEPS if self.value == "none" else self.steps // 4)
            return known(agent, trial, given_gamma=self.given_gamma, act=self.act)
        except ScriptError as error:
            if error.undefined:
                raise
            place = f" ({error.place})" if error.place else ""
            names = f"; a function that builds an agent is named {self.launch.target}:make_agent"
            told = f"{self.launch.target}: {error.told(said(scratch))}{place}"
            raise (AgentError(told + names) if error.usage else FactoryError(told)) from None
        finally:
            self._end(scratch)

    @property
    def traits(self) -> Traits:
        """The name of the script and the kind of actions of its environment."""
        found = traits_of(self.scouted, self.launch.target, self.steps, self.discount(ASKED))
        return replaced(found, said=(*found.said, OLD_INFOS_READ)) if self._needs_old_api else found

    @cached_property
    def _needs_old_api(self) -> bool:
        """Whether it gets vector environments as before Gymnasium 1.0 because it needs them."""
        return self.vector_api is None and vector_api_of(self.launch) == "0.29"

    def discount(self, asked: float) -> float:
        """The discount that the script learns with: that of the setting, unless it could not be changed."""
        read = self.scouted["gamma"]
        return asked if read is None or self.given_gamma else float(read[1])

    @property
    def given_gamma(self) -> bool:
        """Whether the script gets the discount on its command line, by ``{gamma}``."""
        return any("{gamma}" in arg for arg in self.launch.args)

    def run(self, trial: Trial, seed: int, *, until: float) -> Run | Failure:
        """Run the script on a trial until the answer is clear.

        If it does not find the best actions at raised learning rates, it is run again with its own.
        """
        run = self._going_on(lambda: self._run(trial, seed, until=until))
        raised = faster_rates(self.scouted["settings"])
        failed = isinstance(run, Run) and run.solved is False and not run.timed_out
        if not raised or not failed or trial.probe.asks != "action" or trial.name == CASH_OUT:
            return run
        if isinstance(run, Run) and prefers_worst(run, trial):
            return run
        own = self._going_on(lambda: self._run(trial, seed, until=until, rates=False))
        if isinstance(own, Run) and not own.timed_out and not own.doubt:
            return own
        assert isinstance(run, Run)
        return replaced(run, doubt=rates_doubt(raised))

    def _run(self, trial: Trial, seed: int, *, until: float, rates: bool = True) -> Run | Failure:
        began = time.perf_counter()
        if reason := unsuited(trial, self.scouted):
            return Run(seed=seed, steps=0, seconds=0.0, gamma=trial.setting.gamma, unsuited=reason)
        pace = pace_of(trial, self.scouted["often"])
        trial = replaced(trial, most_steps=round(trial.most_steps / pace))
        scratch = scratch_for(self.launch)
        try:
            pay = self.scouted["pay"], self.scouted["lift"]
            agent = self._begin(trial, seed, scratch, pay, until, rates=rates)
            agent.gamma = self.discount(trial.setting.gamma)
            agent.entropy_factor = self.scouted["entropy_factor"]
            agent.count.pace = max(agent.count.pace, pace)
            if self.scouted["updates"]:
                agent.wait_for_updates()
            if trial.probe.asks == "value":
                agent.warm_up(CHUNK_STEPS, trial.most_steps // 2)
            found = follow(agent, trial, agent.count, seed, began=began, until=until)
            found = replaced(found, **agent.tensors(found))
            if agent.count.over and (reason := ended_early(found)):
                return replaced(found, unsuited=reason)
            return doubted(found, agent, self.scouted, rates=rates)
        except ScriptError as error:
            if error.undefined:
                raise
            if error.silent:  # it took steps in its first run: there was no time for it here
                seconds = time.perf_counter() - began
                return Run(seed=seed, steps=0, seconds=seconds, gamma=trial.setting.gamma, timed_out=True)
            if error.cause:
                return cut_short(seed, trial.setting.gamma, seen=error.cause, doubt=error.what, began=began)
            return Failure(
                error.told(said(scratch)),
                error.trace,
                error.place,
                unreadable=error.usage,
            )
        except AgentError as error:
            return Failure(str(error), "", unreadable=True)
        finally:
            self._end(scratch)

    def _going_on(self, run: Callable[[], T]) -> T:
        """A run, repeated with 1 as the standard deviation of a single number if it ended as that is NaN."""
        try:
            return run()
        except ScriptError:
            self._deviations_filled = True
            return run()

    def _begin(
        self,
        trial: Trial,
        seed: int,
        scratch: Path,
        pay: tuple[float, float],
        until: float,
        *,
        rates: bool = True,
    ) -> ScriptAgent:
        self._process = self._process or Process(self.launch)
        gamma, known = trial.setting.gamma, self.scouted if "scouted" in vars(self) else {}
        args = self.launch.filled(seed=seed, gamma=gamma, steps=SCHEDULE * trial.most_steps)
        order = Order(
            target=self.launch.runs,
            is_module=self.launch.is_module,
            args=args,
            folder=str(Path(self.launch.start).resolve()),
            scratch=str(scratch),
            probe=trial.name,
            options=dict(trial.options),
            seed=seed,
            gamma=None if self.given_gamma else gamma,
            steps=trial.most_steps,
            quicken=self.quicken,
            rates=rates,
            value=self.value,
            act=self.act,
            replace=self.replace,
            vector_api=self.vector_api or ("0.29" if self._needs_old_api else "1.0"),
            pay=pay[0],
            lift=pay[1],
            shaped=bool(known["shaped"]) if known else None,
            frame_skips=known.get("frame_skips", 0),
            deviations_filled=self._deviations_filled,
            practice=min(PRACTICE_STEPS, trial.most_steps // 3) if trial.name == CASH_OUT else 0,
            asked=trial.queried.tolist(),
            asked_dtype=str(trial.queried.dtype),
        )
        return ScriptAgent(self._process, order, trial, until)

    def _end(self, scratch: Path) -> None:
        if self._process is not None:
            self._process.finish()
        remove(scratch)
