"""Studies that exist: Optuna's storages through Optuna, and tables of trials as CSV."""

from __future__ import annotations

import csv
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rlprobe.comparison.metrics import plain
from rlprobe.comparison.readers.text import number, text_of, whole_lines
from rlprobe.extras import need
from rlprobe.search.table import Parameter, Trials

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

FEWEST: Final = 5
OBJECTIVES: Final = (
    "value", "values_0", "objective", "score", "return", "mean_return", "episodic_return", "mean_reward",
    "reward", "eval/mean_reward", "rollout/ep_rew_mean", "charts/episodic_return", "eval_return", "metric",
    "result",
)  # fmt: skip
NO_PARAMETERS: Final = (
    "number",
    "trial",
    "trial_id",
    "state",
    "name",
    "id",
    "step",
    "_step",
    "seed",
    "duration",
)
TIMES: Final = (
    "datetime",
    "duration",
    "user_attrs",
    "system_attrs",
    "created",
    "runtime",
    "_runtime",
    "_timestamp",
)
LOG_FROM: Final = 50.0
"""Positive numbers are drawn on a logarithmic scale if the largest is as many times the smallest."""


class StudyError(ValueError):
    """A study cannot be read; the message says what was expected and what came."""


def read(
    path: str, study: str | None = None, objective: str | None = None, *, minimise: bool = False
) -> Trials:
    """The trials of a study.

    Args:
        path: a journal or a database of Optuna, a URL of its storage, or a CSV.
        study: name of the study, if a storage holds several.
        objective: the column of a CSV that holds the result.
        minimise: whether small results of a CSV are good.

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
    errors = [str(trial.user_attrs["error"]) for trial in trials if "error" in trial.user_attrs]
    doubts += [f"the first failed trial: {errors[0]}"] if errors else []
    doubts += map(str, study.user_attrs.get("doubts", ()))
    if not done and study.user_attrs.get("silent"):
        raise StudyError(
            f"{', '.join(study.user_attrs['silent'])}: never reach the code; nothing else was searched"
        )
    if len(done) < FEWEST and errors:
        raise StudyError(f"only {len(done)} of {len(trials)} trials have ended well; {errors[0]}")
    _check_count(len(done), "completed trials")
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
    )


def _column(name: str, values: Sequence[Any], distribution: Any) -> Parameter:
    kind = type(distribution).__name__
    if kind == "CategoricalDistribution":
        choices = distribution.choices
        if all(isinstance(one, (int, float)) and not isinstance(one, bool) for one in choices):
            return _numeric(name, np.array(values, float), powers=True)
        return Parameter(name, np.array([str(one) for one in values]), kind="choice")
    whole = kind == "IntDistribution"
    how = ("logint" if whole else "log") if distribution.log else ("int" if whole else "lin")
    low, high = float(distribution.low), float(distribution.high)
    return Parameter(name, np.array(values, float), distribution.log, low, high, how)


def _numeric(name: str, values: np.ndarray[Any, np.dtype[np.float64]], *, powers: bool = False) -> Parameter:
    low, high = float(values.min()), float(values.max())
    two = powers and low > 0 and bool(np.all(np.log2(values) == np.floor(np.log2(values))))
    log = low > 0 and high / low >= (4 if two else LOG_FROM)
    two = two and log
    whole = bool(np.all(values == np.floor(values)))
    kind = "pow2" if two else ("logint" if whole else "log") if log else ("int" if whole else "lin")
    return Parameter(name, values, log, low, high, kind)


def of_table(path: Path, objective: str | None, *, minimise: bool) -> Trials:
    """The trials of a CSV: a column for each parameter and one for the result.

    Raises:
        StudyError: the column of the result is not there, or there are too few rows.
    """
    lines, cut = whole_lines(text_of(path))
    mark = max(",\t;", key=lines[0].count)
    table = list(csv.reader(lines, delimiter=mark))
    header = [name.strip() for name in table[0]]
    rows = [row for row in table[1:] if len(row) == len(header)]
    columns = {name: [row[place].strip() for row in rows] for place, name in enumerate(header) if name}
    result = _result(path, columns, objective)
    values = np.array([number(cell) for cell in columns[result]])
    kept = np.isfinite(values)
    doubts = [*cut]
    if not kept.all():
        doubts.append(f"{int((~kept).sum())} of {len(kept)} trials have no finite {result} and are left out")
    _check_count(int(kept.sum()), f"trials with a {result}")
    chosen = _parameters(columns, result)
    made = [
        _parsed(name, [cell for cell, keep in zip(columns[name], kept, strict=True) if keep])
        for name in chosen
    ]
    doubts += [
        f"{name} has empty cells and is left out"
        for name, one in zip(chosen, made, strict=True)
        if one is None
    ]
    varied = [one for one in made if one is not None and len(np.unique(one.values)) > 1]
    if not varied:
        raise StudyError(f"{path}: no column varies besides {result}")
    return Trials(tuple(varied), (-1.0 if minimise else 1.0) * values[kept], (), minimise, tuple(doubts))


def _result(path: Path, columns: Mapping[str, Sequence[str]], objective: str | None) -> str:
    names = {plain(name): name for name in columns}
    wanted = [plain(objective)] if objective else list(OBJECTIVES)
    found = next((names[one] for one in wanted if one in names), None)
    if found is None:
        asked = f"no column {objective!r}" if objective else "no column of results"
        raise StudyError(f"{path}: {asked}; name one with --metric: {', '.join(columns)}")
    return found


def _parameters(columns: Mapping[str, Sequence[str]], result: str) -> list[str]:
    """The columns with parameters: those of Optuna are marked, else what is not known as something else."""
    marked = [name for name in columns if name.startswith("params_")]
    others = [
        name
        for name in columns
        if name != result
        and plain(name) not in {*NO_PARAMETERS, *OBJECTIVES}
        and not plain(name).startswith(TIMES)
    ]
    return marked or others


def _parsed(name: str, cells: Sequence[str]) -> Parameter | None:
    short = name.removeprefix("params_")
    if not all(cells):
        return None
    values = np.array([number(cell) for cell in cells])
    if np.isfinite(values).all():
        return _numeric(short, values, powers=len(np.unique(values)) <= 12)
    return Parameter(short, np.array(cells), kind="choice")


def _check_count(count: int, what: str) -> None:
    if count < FEWEST:
        raise StudyError(f"only {count} {what}; at least {FEWEST} are needed, and 50 see what matters")
