"""A search of a script: what arrives, what matters, and going on where it was left."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rlprobe.search.trials.passing import way_of
from rlprobe.search.trials.returns import Returns
from rlprobe.search.trials.script import Ran, Script, same_so_far
from rlprobe.search.trials.space import Range
from tests.cli.conftest import rlprobe as command  # noqa: F401 - a fixture

SCRIPT = Path(__file__).with_name("written_train.py")
optuna = pytest.importorskip("optuna", reason="comes with the extra search")


@pytest.fixture
def search(command, tmp_path):  # noqa: F811
    """``search("--param", ...)`` runs the script; what follows ``--`` is its own."""

    def run(*words):
        return command("search", SCRIPT, "--out", tmp_path / "out", "--no-progress", *words)

    return run


@pytest.mark.slow
def test_a_whole_search(search, tmp_path):
    """What never reaches the code is named, what decides is found, and the best trial is repeated."""
    params = ("--param", "luck=lin:0..1", "--param", "unused=log:1e-5..1e-2")
    got = search(
        *params, "--trials", "18", "--jobs", "2", "--json", tmp_path / "out.json", "--", "--episodes", "8"
    )
    assert got.code == 1
    assert got.err.startswith("rlprobe: unused never reaches your code")
    data = json.loads((tmp_path / "out.json").read_text())
    assert (data["matters"], data["silent"], data["trials"]) == (["luck"], ["unused"], 18)
    assert data["lucky"] in {True, False}
    more = search(*params, "--trials", "19", "--json", tmp_path / "out.json", "--", "--episodes", "8")
    assert more.code == 1
    assert json.loads((tmp_path / "out.json").read_text())["trials"] == 19
    other = search("--param", "luck=lin:0..0.5", "--trials", "12")
    assert (other.code, "holds another search" in other.err) == (2, True)


@pytest.mark.slow
def test_trials_that_crash_are_left_out(search):
    """Crashes are counted with the words of the first one, and the others are used."""
    got = search("--param", "luck=lin:0..1", "--trials", "16", "--jobs", "2", "--", "--crash-above", "0.8")
    assert got.code in {0, 3}
    assert "trials failed and are left out" in got.out
    assert "RuntimeError: the loss is NaN" in got.out


def test_an_option_that_the_script_does_not_have(search):
    """One line with the words of the script, before any trial."""
    got = search("--param", "lukc=lin:0..1", "--trials", "3")
    assert (got.code, got.out, got.err.count("\n")) == (2, "", 1)
    assert "does not take what it is given" in got.err
    assert "unrecognized arguments: --lukc" in got.err


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ((), "expected each parameter once"),
        (("--param", "luck=lin:0..1", "--param", "luck=lin:0..1"), "expected each parameter once"),
        (("--param", "luck"), "expected name=log:1e-5..1e-2"),
        (("--param", "luck=lin:1..0"), "a lower and then a larger end"),
        (("--param", "luck=log:0..1"), "starts above 0"),
        (("--param", "n=pow2:30..64"), "powers of two"),
        (("--param", "n=int:1.5..3"), "whole numbers"),
        (("--param", "n=choice:a"), "at least two choices"),
        (("--param", "luck=lin:0..1", "--trials", "0"), "--trials: expected at least 1"),
        (("--param", "luck=lin:0..1", "--budget", "soon"), "expected a time such as 90s"),
        (("--read", "study.journal"), "expected a script with --param, or a study"),
    ],
)
def test_wrong_usage(search, words, line):
    """One line, exit code 2, and nothing is run."""
    got = search(*words)
    assert (got.code, got.out, got.err.count("\n")) == (2, "", 1)
    assert line in got.err


def test_arguments_of_a_run():
    """Placeholders are filled in; what has none becomes an option; the seed follows."""
    plain = Script(str(SCRIPT), ("--episodes", "3"))
    assert plain.arguments({"luck": "0.1"}, 7, Path("o")) == [
        "--episodes",
        "3",
        "--luck",
        "0.1",
        "--seed",
        "7",
    ]
    hydra = Script(str(SCRIPT), ("luck={luck}", "seed={seed}", "out={out}"))
    assert hydra.arguments({"luck": "0.1"}, 7, Path("o")) == ["luck=0.1", "seed=7", "out=o"]


def test_runs_that_are_the_same():
    """Two whole runs must agree in everything; of two that were cut, what both have."""
    one, longer = (Ran(Returns(rows)) for rows in (((1.0, 5), (2.0, 6)), ((1.0, 5), (2.0, 6), (3.0, 7))))
    assert same_so_far(one, one)
    assert not same_so_far(one, longer)
    assert same_so_far(Ran(one.returns, "ended after 5 s", whole=False), longer)
    assert not same_so_far(Ran(), Ran())
    assert not same_so_far(one, Ran(Returns(((1.0, 5), (2.5, 6)))))


ARGPARSE = "parser.add_argument('--{0}', type=float)"


@pytest.mark.parametrize(
    ("name", "source", "args", "words"),
    [
        ("learning-rate", ARGPARSE.format("learning-rate"), (), "--learning-rate VALUE"),
        ("learning-rate", ARGPARSE.format("learning_rate"), (), "--learning_rate VALUE"),
        ("lr", "@click.option('--lr', default=0.1)", (), "--lr VALUE"),
        ("clip-coef", "@dataclass\nclass Args:\n    clip_coef: float = 0.2\n", (), "--clip_coef VALUE"),
        ("clip_coef", "import typer\ndef main(clip_coef: float = 0.2): ...", (), "--clip-coef VALUE"),
        ("clip_coef", "flags.DEFINE_float('clip_coef', 0.2, '')", (), "--clip_coef VALUE"),
        ("optim.lr", "import hydra\n@hydra.main()", (), "optim.lr=VALUE"),
        ("lr", "dict(a.split('=') for a in sys.argv[1:])", (), "lr=VALUE"),
        ("lr", "LR = float(os.environ.get('LR', 3e-4))", (), "the variable LR"),
        ("lr", "lr = float(os.getenv('lr'))", (), "the variable lr"),
        ("lr", ARGPARSE.format("lr"), ("optim={lr}",), "{lr} in the arguments"),
        ("lr", ARGPARSE.format("config"), ("--config", "settings.yaml"), "lr in settings.yaml"),
        ("batch-size", ARGPARSE.format("config"), ("--config=settings.json",), "batch-size in settings.json"),
        ("gamma", ARGPARSE.format("config"), ("--config", "settings.yaml"), "--gamma VALUE"),
    ],
)
def test_how_a_parameter_reaches_a_script(tmp_path, monkeypatch, name, source, args, words):
    """The source and the arguments of the script say which way it takes."""
    monkeypatch.chdir(tmp_path)
    Path("settings.yaml").write_text("optim:\n  name: adam\n  lr: 0.1  # the step\n")
    Path("settings.json").write_text('{"agent": {"batch_size": 64}}')
    assert str(way_of(name, source, args)) == words


def test_a_file_of_settings_is_copied_for_each_run(tmp_path, monkeypatch):
    """The copy has the values of the run, and everything else as it was; the file itself is left alone."""
    monkeypatch.chdir(tmp_path)
    yaml = "optim:\n  name: adam\n  lr: 0.1  # the step\nseed: 3\n"
    Path("c.yaml").write_text(yaml)
    Path("train.py").write_text("parser.add_argument('--config')")
    script = Script("train.py", ("--config", "c.yaml"))
    words = script.arguments({"lr": "1e-05"}, 7, Path("o"))
    assert words == ["--config", "o/c.yaml"]
    assert Path("o/c.yaml").read_text() == yaml.replace("0.1", "1.0e-05").replace("3\n", "7\n")
    assert Path("c.yaml").read_text() == yaml


def test_ranges_are_distributions_of_optuna():
    """Each kind of range becomes the distribution that samples it."""
    kinds = {
        words: Range.of(f"x={words}").distribution for words in ("log:1e-5..1e-2", "int:1..9", "pow2:8..32")
    }
    assert kinds["log:1e-5..1e-2"] == optuna.distributions.FloatDistribution(1e-5, 1e-2, log=True)
    assert kinds["int:1..9"] == optuna.distributions.IntDistribution(1, 9)
    assert kinds["pow2:8..32"] == optuna.distributions.CategoricalDistribution([8, 16, 32])
