"""The trials of a search: sampled at random by Optuna, run in parallel by joblib, stored to be resumed."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rlprobe.extras import need
from rlprobe.search.trials.arrival import DIFFERS, arrivals
from rlprobe.search.trials.space import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from rlprobe.search.trials.script import Script
    from rlprobe.search.trials.space import Range

ARRIVAL_SHARE: Final = 0.15
"""Of the budget, for the runs that check whether each parameter arrives."""
AGAIN: Final = 5
"""New seeds for the best trial."""
FIRST_NEW_SEED: Final = 1_000_003
KEEP_SHARE: Final = 0.1
"""Of the budget, kept for repeating the best trial."""


@dataclass
class Search:
    """A search that goes on where it was left.

    Args:
        script: what is run.
        ranges: of the parameters.
        out: folder with the study and the runs.
        trials: how many trials there are to be in all.
        seeds: runs of each trial.
        jobs: runs at the same time.
        seconds: for everything.
        tell: called with done, in all, and a word on the last.
    """

    script: Script
    ranges: Sequence[Range]
    out: Path
    trials: int = 50
    seeds: int = 1
    jobs: int = 1
    seconds: float = 1800.0
    tell: Callable[[int, int, str], None] = lambda *_: None
    say: Callable[[str], None] = lambda _: None

    def run(self) -> Any:
        """Run what is missing; the study.

        Raises:
            ValueError: the folder holds another search, or the script cannot be searched.
        """
        self._began = time.monotonic()
        self.out.mkdir(parents=True, exist_ok=True)
        study = self._study()
        if "silent" not in study.user_attrs:
            self._arrival(study)
        self._trials(study)
        self._repeat_best(study)
        return study

    @property
    def _left(self) -> float:
        return self.seconds - (time.monotonic() - self._began)

    def _study(self) -> Any:
        optuna = need("optuna", "rlprobe search")
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        journal = need("optuna.storages.journal", "rlprobe search")
        backend = journal.JournalFileBackend(str(self.out / "study.journal"))
        study = optuna.create_study(
            study_name="search",
            storage=optuna.storages.JournalStorage(backend),
            direction="maximize",
            load_if_exists=True,
        )
        asked = {
            "script": Path(self.script.path).name,
            "args": list(self.script.args),
            "metric": self.script.metric,
            "params": [
                f"{one.name}={one.kind}:{one.low}..{one.high}{list(one.choices)}" for one in self.ranges
            ],
        }
        stored = study.user_attrs.get("search")
        if stored is not None and stored != json.loads(json.dumps(asked)):
            raise ValueError(f"{self.out}: holds another search; give another folder with --out")
        study.set_user_attr("search", asked)
        for trial in study.get_trials(states=(optuna.trial.TrialState.RUNNING,)):
            study.tell(trial.number, state=optuna.trial.TrialState.FAIL)
        study.sampler = optuna.samplers.RandomSampler(seed=len(study.get_trials(deepcopy=False)))
        return study

    def _arrival(self, study: Any) -> None:
        seconds = ARRIVAL_SHARE * self.seconds / (2 * len(self.ranges) + 2)
        found = arrivals(
            self.script,
            self.ranges,
            self.out / "arrival",
            max(5.0, seconds),
            lambda name: self.tell(0, self.trials, f"does {name} arrive?"),
        )
        study.set_user_attr("silent", list(found.silent))
        study.set_user_attr("arrived", list(found.arrived))
        study.set_user_attr("doubts", list(found.doubts))
        study.set_user_attr("read", found.read)
        study.set_user_attr("passed", [str(self.script.way(one.name)) for one in self.ranges])
        for name in found.silent:
            self.say(
                f"{name} never reaches your code: both ends of its range give the same returns to the "
                "last bit"
            )

    def _trials(self, study: Any) -> None:
        joblib = need("joblib", "rlprobe search")
        failed = need("optuna.trial", "rlprobe search").TrialState.FAIL
        pool = joblib.Parallel(
            n_jobs=self.jobs, backend="threading", return_as="generator_unordered", pre_dispatch="n_jobs"
        )
        for trial, results, error in pool(joblib.delayed(self._one)(trial) for trial in self._asked(study)):
            if error or not np.isfinite(results).all():
                trial.set_user_attr("error", error or "its returns are no finite numbers")
                study.tell(trial, state=failed)
            else:
                trial.set_user_attr("seeds", results)
                study.tell(trial, float(np.mean(results)))
            self.tell(self._ended(study), self.trials, error or f"{np.mean(results):.4g}")

    def _ended(self, study: Any) -> int:
        return sum(trial.state.is_finished() for trial in study.get_trials(deepcopy=False))

    def _asked(self, study: Any) -> Iterator[Any]:
        """Trials that are still to be run, while there is time."""
        silent = study.user_attrs["silent"]
        space = {one.name: one.distribution for one in self.ranges if one.name not in silent}
        if not space:
            return
        for _ in range(self.trials - self._ended(study)):
            if self._left < KEEP_SHARE * self.seconds:
                return
            yield study.ask(space)

    def _settings(self, params: dict[str, Any], silent: Sequence[str]) -> dict[str, str]:
        fixed = {one.name: one.ends[0] for one in self.ranges if one.name in silent}
        return fixed | {name: shown(value) for name, value in params.items()}

    def _one(self, trial: Any) -> tuple[Any, list[float], str]:
        """All seeds of a trial."""
        results = []
        settings = self._settings(trial.params, trial.study.user_attrs["silent"])
        for i in range(self.seeds):
            seed = trial.number * self.seeds + i
            folder = self.out / "trials" / f"{trial.number:04d}" / f"seed-{seed}"
            ran = self.script.run(settings, seed, folder, self._left)
            if ran.error:
                return trial, [], ran.error
            results.append(ran.returns.result)
        return trial, results, ""

    def _repeat_best(self, study: Any) -> None:
        """The best trial with new seeds: was it luck?"""
        done = [trial for trial in study.get_trials(deepcopy=False) if trial.state.name == "COMPLETE"]
        stored = study.user_attrs.get("again_of")
        by_chance = any(doubt.startswith(DIFFERS) for doubt in study.user_attrs["doubts"])
        if not done or not (self.script.takes_seed or by_chance) or stored == study.best_trial.number:
            return
        joblib = need("joblib", "rlprobe search")
        best = study.best_trial
        settings = self._settings(best.params, study.user_attrs["silent"])
        runs = joblib.Parallel(n_jobs=self.jobs, backend="threading")(
            joblib.delayed(self.script.run)(
                settings,
                FIRST_NEW_SEED + i,
                self.out / "again" / f"seed-{FIRST_NEW_SEED + i}",
                max(1.0, self._left),
            )
            for i in range(AGAIN)
        )
        results = [ran.returns.result for ran in runs if not ran.error and np.isfinite(ran.returns.result)]
        study.set_user_attr("again", results if len(results) == AGAIN else [])
        study.set_user_attr("again_of", best.number)
