"""Studies that exist are read as Optuna has written them; what cannot be read is one line."""

from __future__ import annotations

import json

import numpy as np
import pytest

from rlprobe.search.reading import read
from tests.cli.conftest import rlprobe as command  # noqa: F401 - a fixture

optuna = pytest.importorskip("optuna", reason="comes with the extra search")
pytestmark = pytest.mark.filterwarnings("ignore")


def study(storage, direction="maximize", name="a", count=40):
    """A study in which only the learning rate matters."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    random = np.random.default_rng(0)

    def objective(trial):
        rate = trial.suggest_float("learning-rate", 1e-5, 1e-2, log=True)
        trial.suggest_categorical("n-steps", [32, 64, 128, 256])
        trial.suggest_categorical("activation", ["relu", "tanh"])
        trial.suggest_int("epochs", 1, 20)
        if trial.number == 7:
            raise optuna.TrialPruned
        value = -20 * (np.log10(rate) + 3.5) ** 2 + random.normal(0, 5)
        return value if direction == "maximize" else -value

    made = optuna.create_study(
        study_name=name,
        storage=storage,
        direction=direction,
        sampler=optuna.samplers.RandomSampler(seed=0),
    )
    made.optimize(objective, n_trials=count)
    return made


def journal(path):
    """A journal as Optuna writes it."""
    return optuna.storages.JournalStorage(optuna.storages.journal.JournalFileBackend(str(path)))


def test_a_journal(command, tmp_path):  # noqa: F811
    """What matters, the ranges with their scales, and pruned trials that are left out."""
    study(journal(tmp_path / "study.journal"))
    words = ("--json", tmp_path / "out.json", "--html", tmp_path / "out.html")
    got = command("search", "--read", tmp_path / "study.journal", *words)
    assert (got.code, got.err) == (0, "")
    assert got.out.startswith("39 trials: learning-rate matters")
    assert max(map(len, got.out.splitlines())) <= 80
    assert "--param n-steps=pow2:32..256" in got.out
    assert "1 of 40 trials were pruned" in got.out
    data = json.loads((tmp_path / "out.json").read_text())
    assert (data["schema"], data["matters"]) == (1, ["learning-rate"])
    page = (tmp_path / "out.html").read_text()
    assert page.count('class="trial"') == 4 * 39
    assert "would have seen 30 % of the variance with" in page


def test_a_database_and_a_table_say_the_same(tmp_path):
    """SQLite and the CSV of ``trials_dataframe`` hold the same trials."""
    made = study(f"sqlite:///{tmp_path}/study.db", count=10)
    made.trials_dataframe().to_csv(tmp_path / "trials.csv", index=False)
    stored, table = read(str(tmp_path / "study.db")), read(str(tmp_path / "trials.csv"))
    np.testing.assert_allclose(stored.values, table.values)
    kinds = {one.name: (one.kind, one.log) for one in table.parameters}
    assert kinds == {one.name: (one.kind, one.log) for one in stored.parameters}


def test_small_results_may_be_good(tmp_path):
    """A study that minimises is turned round, for the storage and for a CSV."""
    made = study(journal(tmp_path / "a.journal"), direction="minimize")
    made.trials_dataframe().to_csv(tmp_path / "a.csv", index=False)
    stored = read(str(tmp_path / "a.journal"))
    table = read(str(tmp_path / "a.csv"), minimise=True)
    best = max(t.value * -1 for t in made.trials if t.value is not None)
    assert stored.values.max() == table.values.max() == best


def test_a_table_of_ones_own(tmp_path):
    """Any CSV with a column of results; text becomes a choice, empty cells are said."""
    rows = [f"{10.0**-i},{'ab'[i % 2]},{'x' if i else ''},{i * 1.5}" for i in range(8)]
    (tmp_path / "sweep.csv").write_text("lr,net,note,my_score\n" + "\n".join(rows) + "\n")
    found = read(str(tmp_path / "sweep.csv"), objective="my_score")
    assert {one.name: one.kind for one in found.parameters} == {"lr": "log", "net": "choice"}
    assert any("note has empty cells" in doubt for doubt in found.doubts)


def test_a_table_of_runs_of_wandb(tmp_path):
    """What a run has logged, its name and its times are no parameters."""
    head = "Name,State,Created,Runtime,Sweep,lr,gamma,charts/episodic_return,losses/value_loss,_step"
    rows = [f"lucky-{i},finished,2026-01-01,{i},s,{0.1 * i},{1 - 0.01 * i},{i},{i},9" for i in range(9)]
    (tmp_path / "runs.csv").write_text("\n".join([head, *rows]) + "\n")
    found = read(str(tmp_path / "runs.csv"))
    assert [one.name for one in found.parameters] == ["lr", "gamma"]


def test_rows_that_differ_in_their_seed_only_are_one_trial(tmp_path):
    """Settings with one, two or three seeds count once each, and their seeds tell the share of noise."""
    rows = [f"{0.1 * i},{seed},{i + 0.1 * seed}" for i in range(8) for seed in range(1 + i % 3)]
    (tmp_path / "sweep.csv").write_text("lr,seed,score\n" + "\n".join(rows) + "\n")
    found = read(str(tmp_path / "sweep.csv"))
    assert [one.name for one in found.parameters] == ["lr"]
    assert found.values == pytest.approx([i + 0.05 * (i % 3) for i in range(8)])
    assert [len(one) for one in found.repeats] == [2, 3, 2, 3, 2]
    assert "15 rows are 8 settings with 1 to 3 seeds each" in found.doubts[-1]


@pytest.mark.parametrize(
    ("name", "content", "line"),
    [
        ("none.csv", None, "there is no such file"),
        ("empty.csv", "", "the file is empty"),
        ("a.csv", "lr,net\n1,2\n", "no column of results; name one with --metric: lr, net"),
        ("b.csv", "lr,value\n1,2\n", "only 1 trials"),
        ("c.csv", "lr,value\n" + "1,2\n" * 9, "no column varies"),
        ("study.journal", "garbage", "expected a journal or an SQLite database"),
        ("cut.journal", '{"op_code": 99, "worker_id": "x"}\n', "cut.journal"),
        ("study.db", "SQLite format 3\0 damaged", "Optuna cannot read it"),
    ],
)
def test_bad_input(command, tmp_path, name, content, line):  # noqa: F811
    """One line, exit code 2."""
    if content is not None:
        (tmp_path / name).write_text(content)
    got = command("search", "--read", tmp_path / name)
    assert (got.code, got.out, got.err.count("\n")) == (2, "", 1)
    assert line in got.err


def test_several_studies_in_a_storage(command, tmp_path):  # noqa: F811
    """They are listed, and one can be named."""
    storage = journal(tmp_path / "two.journal")
    study(storage, name="first", count=12)
    study(storage, name="second", count=12)
    got = command("search", "--read", tmp_path / "two.journal")
    assert (got.code, "--study: first, second" in got.err) == (2, True)
    assert command("search", "--read", tmp_path / "two.journal", "--study", "second").code in {0, 3}
