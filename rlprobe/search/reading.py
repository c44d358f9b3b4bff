"""Studies that exist: Optuna's storages through Optuna, and tables of trials as CSV."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.extras import need
from rlprobe.search.statistics.failures import where_failed
from rlprobe.search.table import Parameter, Trials
from rlprobe.search.table_file import FEWEST, StudyError, check_count, numeric, of_table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


def read(
    path: str, study: str | None = None, objective: str | None = None, *, minimise: bool = False
) -> Trials:
    """The trials of a study.

    Args:
        path: a journal or a database of Optuna, a URL of its storage, or a CSV.
        study: name of the study, if a storage holds several.
        objective: the column of a CSV that holds the result.
        minimise: whether smaller results are better (CSV).

    Raises:
        StudyError: there is no study in it, or too few trials.
        FileNotFoundError: there is no such file.
    """
    if "://" in path:
        return of_study(_load(lambda: path, path, study))
    if not Path(path).is_file():
        raise FileNotFoundError(
            f"{path}: there is no such file; expected study.journal, study.db or trials.csv"
        )
    if Path(path).suffix.lower() in {".csv", ".tsv"}:
        return of_table(Path(path), objective, minimise=minimise)
    return of_study(_load(lambda: _storage(Path(path)), path, study))


def _storage(path: Path) -> Any:
    with path.open("rb") as file:
        head = file.read(16)
    if head.startswith(b"SQLite format 3"):
        return f"sqlite:///{path}"
    if not head.lstrip().startswith(b"{"):
        raise StudyError(f"{path}: expected a journal or an SQLite database of Optuna, or a CSV")
    journal = need("optuna.storages.journal", "rlprobe search")
    return need("optuna.storages", "rlprobe search").JournalStorage(journal.JournalFileBackend(str(path)))


def _load(opened: Callable[[], Any], path: str, study: str | None) -> Any:
    optuna = need("optuna", "rlprobe search")
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        storage = opened()
        names = optuna.get_all_study_names(storage)
        chosen = _chosen(path, names, study)
        return optuna.load_study(study_name=chosen, storage=storage)
    except StudyError:
        raise
    except Exception as error:  # - Optuna and its database raise many kinds
        raise StudyError(f"{path}: Optuna cannot read it: {' '.join(str(error).split())[:200]}") from error


def _chosen(path: str, names: Sequence[str], study: str | None) -> str:
    if not names:
        raise StudyError(f"{path}: there is no study in it")
    if (study or names[0]) not in names or (study is None and len(names) > 1):
        raise StudyError(f"{path}: name one of its studies with --study: {', '.join(names)}")
    return study or names[0]


def of_study(study: Any) -> Trials:
    """The completed trials of a study of Optuna.

    Raises:
        StudyError: it has several objectives, or too few trials.
    """
    if len(study.directions) > 1:
        raise StudyError(f"study {study.study_name}: it has {len(study.directions)} objectives; expected one")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        trials = study.get_trials(deepcopy=False)
    done = [t for t in trials if t.state.name == "COMPLETE" and t.value is not None and np.isfinite(t.value)]
    minimise = study.direction.name == "MINIMIZE"
    doubts = []
    for state, what in (("FAIL", "failed"), ("PRUNED", "were pruned"), ("RUNNING", "have not ended")):
        count = sum(trial.state.name == state for trial in trials)
        if count:
            doubts.append(f"{count} of {len(trials)} trials {what} and are left out")
    doubts += _failures(trials, done)
    errors = [str(trial.user_attrs["error"]) for trial in trials if "error" in trial.user_attrs]
    doubts += [f"the first failed trial: {errors[0]}"] if errors else []
    doubts += map(str, study.user_attrs.get("doubts", ()))
    if not done and study.user_attrs.get("silent"):
        raise StudyError(
            f"{', '.join(study.user_attrs['silent'])}: never reach the code; nothing else was searched"
        )
    if len(done) < FEWEST and errors:
        raise StudyError(f"only {len(done)} of {len(trials)} trials have ended well; {errors[0]}")
    check_count(len(done), "completed trials")
    names = list(dict.fromkeys(name for trial in done for name in trial.params))
    whole = [name for name in names if all(name in trial.params for trial in done)]
    doubts += [f"{name} is not in every trial and is left out" for name in names if name not in whole]
    columns = [_column(name, [t.params[name] for t in done], done[0].distributions[name]) for name in whole]
    sign = -1.0 if minimise else 1.0
    repeats = tuple(tuple(sign * x for x in t.user_attrs.get("seeds", ())) for t in done)
    return Trials(
        tuple(columns),
        sign * np.array([float(trial.value) for trial in done]),
        tuple(one for one in repeats if len(one) > 1),
        minimise,
        tuple(doubts),
        tuple(study.user_attrs.get("silent", ())),
        tuple(study.user_attrs.get("again", ())),
        _told(study.user_attrs),
    )


def _failures(trials: Sequence[Any], done: Sequence[Any]) -> list[str]:
    """Which settings fail, one line a parameter."""
    failed = [trial for trial in trials if trial.state.name == "FAIL"]
    names = list(dict.fromkeys(name for trial in failed for name in trial.params))
    found = [where_failed(name, _values(name, done), _values(name, failed), len(names)) for name in names]
    return [line for line in found if line]


def _values(name: str, trials: Sequence[Any]) -> list[Any]:
    return [trial.params[name] for trial in trials if name in trial.params]


def _told(attributes: Mapping[str, Any]) -> tuple[str, ...]:
    """What `rlprobe search` has found out of the script, one line each."""
    found = []
    for name, words in (("read", "returns"), ("passed", "passed"), ("arrived", "reach your code")):
        told = attributes.get(name)
        if told:
            found.append(f"{words}: {told if isinstance(told, str) else ', '.join(map(str, told))}")
    return tuple(found)


def _column(name: str, values: Sequence[Any], distribution: Any) -> Parameter:
    kind = type(distribution).__name__
    if kind == "CategoricalDistribution":
        choices = distribution.choices
        if all(isinstance(one, (int, float)) and not isinstance(one, bool) for one in choices):
            return numeric(name, np.array(values, float), powers=True)
        return Parameter(name, np.array([str(one) for one in values]), kind="choice")
    whole = kind == "IntDistribution"
    how = ("logint" if whole else "log") if distribution.log else ("int" if whole else "lin")
    low, high = float(distribution.low), float(distribution.high)
    return Parameter(name, np.array(values, float), distribution.log, low, high, how)
