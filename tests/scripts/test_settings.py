"""Settings are found in configuration files, in conditional expressions, and where learning begins."""

from __future__ import annotations

import ast
import io
import json
from textwrap import dedent

import pytest

from rlprobe.scripts.inside.changes.at_run_time import config_files
from rlprobe.scripts.inside.changes.at_run_time.config_files import read_config_files
from rlprobe.scripts.inside.changes.rewriting import Rewriting
from rlprobe.scripts.inside.changes.rules import discount_rule, quick_rules
from rlprobe.scripts.inside.sources import plays_atari
from rlprobe.scripts.launch import Launch


def rules():
    """All rules, for runs of 12,000 steps."""
    return Rewriting([discount_rule(0.9), *quick_rules(12_000)])


def changed(text):
    """A script after the rules."""
    return ast.unparse(rules()(ast.parse(dedent(text)), "train.py"))


def test_both_branches_of_a_condition_are_changed():
    """Whichever is taken."""
    assert changed("gamma = 1.0 if easy else 0.99") == "gamma = 0.9 if easy else 0.9"
    assert changed("gamma = a if easy else b") == "gamma = a if easy else b"


def test_powers_of_whole_numbers_stay_whole():
    """They may be the length of an array."""
    assert changed("p.add_argument('--memory', type=int, default=2**15)").endswith("default=20000)")
    assert changed("capacity = 10**5") == "capacity = 20000"


@pytest.mark.parametrize(
    "text",
    [
        "if self.total > 0 and self.steps > self.{}: self.learn(batch)",
        "if step >= {}:\n  agent.update()",
        "if len(replay) > {}_after: train()",
        "if t < {}: a = env.action_space.sample()\nelse: a = policy(s)",
        "if t > {}: a = policy(s)\nelse: a = env.action_space.sample()",
        "def learn(self):\n  if self.counter < self.{}: return\n  self.opt.step()",
    ],
)
def test_learning_begins_early(text):
    """Whatever the number is called."""
    assert "min(n, 400)" in changed(text.format("wait"))


@pytest.mark.parametrize(
    "text",
    [
        "if step > horizon: agent.update()",
        "if t >= n:\n  agent.update()\n  t = 0",
        "if len(memory) < batch_size: return",
        "if len(memory) > n: train()",
        "if episode > late: agent.update()",
        "if step > late: update_lr()",
        "if step > late: plot()",
        "if reward > best: agent.update()",
        "if steps > late: break",
    ],
)
def test_other_conditions_stay(text):
    """Lengths of rollouts, sizes of batches, and what is no learning."""
    body = "\n".join("  " + line for line in text.splitlines())
    loop = f"for i in range(9):\n  pass\n{body}" if "break" in text else f"def f(self):\n{body}"
    assert changed(loop) == ast.unparse(ast.parse(loop))


CONFIG = {
    "agent": {"gamma": 0.99, "lr": "1e-3", "layers": [64, 64]},
    "warmup_steps": 10_000,
    "name": "x",
    "eps": {"start": 1.0, "frames": 200_000},
}
QUICK = {
    "agent": {"gamma": 0.9, "lr": "0.003", "layers": [64, 64]},
    "warmup_steps": 400,
    "name": "x",
    "eps": {"start": 1.0, "frames": 3_000},
}


def test_a_configuration_file_is_changed_where_it_is_read(monkeypatch, tmp_path):
    """YAML, which reads ``1e-3`` as a text, and JSON; what was changed is said with the name of the file."""
    yaml = pytest.importorskip("yaml")
    monkeypatch.setattr(yaml, "load", yaml.load)
    monkeypatch.setattr(config_files.json, "load", json.load)
    found = rules()
    read_config_files(found, {"yaml.safe_load"})
    path = tmp_path / "config.yaml"
    path.write_text(json.dumps(CONFIG))
    with path.open() as file:
        assert yaml.safe_load(file) == QUICK
    assert yaml.safe_load(json.dumps(CONFIG)) == QUICK
    assert json.load(io.StringIO(json.dumps(CONFIG))) == QUICK
    assert {(one["name"], one["place"]) for one in found.found.values()} == {
        ("gamma", "config.yaml"),
        ("lr", "config.yaml"),
        ("warmup_steps", "config.yaml"),
        ("eps_frames", "config.yaml"),
    }


def test_no_quantiles_are_dropped():
    """Those that are dropped by design make the values of random returns too low."""
    assert changed("TQC('MlpPolicy', env, top_quantiles_to_drop_per_net=2)").endswith("per_net=0)")
    assert changed("n_drop = 5") == "n_drop = 5"  # which may be used as z[:-n_drop]


@pytest.mark.parametrize(
    ("text", "args", "atari"),
    [
        ("make('BreakoutNoFrameskip-v4')", (), True),
        ("import ale_py", (), True),
        ("make(args.env)", ("--env", "ALE/Pong-v5"), True),
        ("make('CarRacing-v3')", (), False),
    ],
)
def test_which_scripts_play_a_game(tmp_path, text, args, atari):
    """By what they name, or are given."""
    path = tmp_path / "train.py"
    path.write_text(text)
    assert plays_atari(Launch(str(path), args)) is atari
