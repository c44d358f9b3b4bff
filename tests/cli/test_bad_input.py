"""Bad input gets one clear line on standard error, the right exit code, and never a verdict."""

from __future__ import annotations

import pytest

from tests.cli.conftest import QUICK

USAGE, CRASHED = 2, 4

WRONG_WORDS = {
    "no command": ([], "COMMAND"),
    "unknown command": (["cure"], "invalid choice: 'cure'"),
    "no target": (["diagnose"], "target"),
    "no colon": (["diagnose", "x"], "package.module:make_agent"),
    "unknown library": (["diagnose", "nosuchlibrary:PPO"], "no module named 'nosuchlibrary'"),
    "unknown algorithm": (["diagnose", "sb3:XYZ"], "PPO, A2C, DQN, SAC, TD3, DDPG"),
    "unknown attribute": (["diagnose", "json:make_agent"], "json has no 'make_agent'; it has"),
    "unknown file": (["diagnose", "nosuch.py:make_agent"], "nosuch.py: no such file"),
    "no attribute": (["diagnose", "json:"], "package.module:make_agent"),
    "unknown probe": (["diagnose", "STRANGE:make_idle", "--only", "Trunc"], "did you mean TruncBoot"),
    "gamma of 1": (["diagnose", "STRANGE:make_idle", "--gamma", "1"], "gamma: expected a discount in [0, 1)"),
    "gamma nan": (["diagnose", "STRANGE:make_idle", "--gamma", "nan"], "gamma: expected a discount"),
    "gamma below 0": (["diagnose", "STRANGE:make_idle", "--gamma=-0.1"], "gamma: expected a discount"),
    "no seeds": (["diagnose", "STRANGE:make_idle", "--seeds", "0"], "seeds: expected at least 1, got 0"),
    "seeds a word": (
        ["diagnose", "STRANGE:make_idle", "--seeds", "two"],
        "--seeds: invalid int value: 'two'",
    ),
    "no budget": (["diagnose", "STRANGE:make_idle", "--budget", "0"], "budget: expected a positive number"),
    "budget nan": (["diagnose", "STRANGE:make_idle", "--budget", "nan"], "budget: expected a positive"),
    "no jobs": (["diagnose", "STRANGE:make_idle", "--jobs", "0"], "jobs: expected at least 1, got 0"),
    "unknown option": (["diagnose", "STRANGE:make_idle", "--fast"], "unrecognized arguments: --fast"),
    "explain nothing": (["explain"], "PROBE|FAULT"),
    "explain unknown": (["explain", "truncation"], "did you mean truncation-as-termination"),
    "list too much": (["list", "probes"], "unrecognized arguments: probes"),
    "not callable": (["diagnose", "STRANGE:NUMBER"], "expected a function make_agent(env, setting), got int"),
}


@pytest.mark.parametrize(("words", "says"), WRONG_WORDS.values(), ids=WRONG_WORDS)
def test_wrong_words_are_answered_in_one_line(rlprobe, strange, words, says):
    """Wrong usage prints nothing but one line that names the place and the remedy, and exits 2."""
    place = strange("x").removesuffix(":x")
    got = rlprobe(*[word.replace("STRANGE", place) for word in words])
    assert (got.code, got.out) == (USAGE, "")
    assert got.err.count("\n") == 1
    assert got.err.startswith("rlprobe")
    assert says in got.err


STRANGE_AGENTS = {
    "make_nothing": (USAGE, "make_agent returned 'NoneType', which has no method learn()"),
    "make_without_act": (USAGE, "make_agent returned 'Learner', which has no method act()"),
    "make_without_arguments": (USAGE, "expected a function of two arguments (env, setting), got ()"),
    "make_unknown_kind": (USAGE, "make_agent.actions: expected some of ('discrete', 'continuous')"),
    "make_raising": (CRASHED, "make_agent(env, setting) raised RuntimeError: no licence found"),
    "value_wrong_shape": (USAGE, "value(observations): expected shape (1,)"),
    "value_nan": (USAGE, "value(observations): expected finite numbers, got [nan]"),
    "value_text": (USAGE, "value(observations): expected an array, got 'high'"),
    "q_values_wrong_shape": (USAGE, "q_values(observations): expected shape (1, number of actions)"),
    "act_outside": (USAGE, "act(observations)[0]: expected a member of Discrete(2), got np.int64(99)"),
    "act_wrong_shape": (USAGE, "act(observations): expected shape (2,)"),
    "act_nan": (USAGE, "act(observations)[0]: expected a member of Discrete(2), got np.float64(nan)"),
    "learn_nothing": (USAGE, "took no step in the environment that the agent was built with"),
    "gamma_outside": (USAGE, "gamma: expected a discount in [0, 1), got 1.5"),
    "learn_crash": (CRASHED, "Constant: the agent crashed: ZeroDivisionError: division by zero"),
    "learn_exit": (CRASHED, "Constant: the agent crashed: SystemExit: 0"),
    "steps_outside": (CRASHED, "ActionError: action: expected an integer in Discrete(1), got 99"),
    "steps_nan": (CRASHED, "ActionError: action: expected an integer in Discrete(1), got array([nan])"),
    "steps_wrong_shape": (CRASHED, "ActionError: action: expected an integer in Discrete(1)"),
}


@pytest.mark.parametrize("name", STRANGE_AGENTS)
def test_an_agent_that_cannot_be_diagnosed_is_named(rlprobe, strange, name):
    """An unusable agent exits 2, one that crashes 4; one line says why, and no verdict is given."""
    code, says = STRANGE_AGENTS[name]
    got = rlprobe("diagnose", strange(name), *QUICK)
    assert got.code == code
    assert got.err.count("\n") == 1
    assert says in got.err
    assert "healthy" not in got.out
    assert "faulty" not in got.out
    assert "Traceback" not in got.out + got.err


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("name", ["learn_crash", "learn_exit", "value_nan"])
def test_forked_agents_fail_the_same_way(rlprobe, strange, name, jobs):
    """With several processes an agent that fails gets the exit code it gets with one."""
    got = rlprobe("diagnose", strange(name), *QUICK[:-1], jobs)
    assert got.code == STRANGE_AGENTS[name][0]
    assert STRANGE_AGENTS[name][1] in got.err


def test_the_place_of_a_crash_is_in_the_agents_own_code(rlprobe, strange):
    """A crash is located in the user's file, not in the library that raised."""
    for name in ("learn_crash", "steps_outside"):
        assert "strange_agents.py:" in rlprobe("diagnose", strange(name), *QUICK).err


def test_debug_shows_the_traceback(rlprobe, strange):
    """``--debug`` shows where an error comes from, for wrong usage and for crashes."""
    for name in ("learn_crash", "make_raising", "value_nan"):
        got = rlprobe("diagnose", strange(name), *QUICK, "--debug")
        assert "Traceback (most recent call last)" in got.err
        assert got.code == STRANGE_AGENTS[name][0]


BROKEN_FILES = {
    "import nosuchmodule": "importing it raised ModuleNotFoundError: No module named 'nosuchmodule'",
    "def make_agent(:": "importing it raised SyntaxError",
    "raise ValueError('no data')": "importing it raised ValueError: no data",
    "raise SystemExit(0)": "guard what the script runs with `if __name__ == '__main__':`",
}


@pytest.mark.parametrize("source", BROKEN_FILES)
def test_a_file_that_cannot_be_imported_is_named(rlprobe, tmp_path, source):
    """A file that raises when imported is wrong usage, and the line holds what it raised."""
    path = tmp_path / "broken_agent.py"
    path.write_text(source)
    got = rlprobe("diagnose", f"{path}:make_agent", *QUICK)
    assert (got.code, got.out, got.err.count("\n")) == (USAGE, "", 1)
    assert BROKEN_FILES[source] in got.err


def test_the_name_of_the_builder_is_asked_for(rlprobe, tmp_path):
    """A file without the name of a function is answered with the words that are missing."""
    path = tmp_path / "agent.py"
    path.write_text("")
    got = rlprobe("diagnose", path)
    assert got.code == USAGE
    assert f"{path}:make_agent" in got.err


@pytest.mark.parametrize("option", ["--json", "--html"])
def test_a_path_that_cannot_be_written_is_refused_before_training(rlprobe, strange, tmp_path, option):
    """A report that could not be written is refused before the agent is even imported."""
    for path in (tmp_path, tmp_path / "no" / "report"):
        got = rlprobe("diagnose", strange("make_raising"), *QUICK, option, path)
        assert got.code == USAGE
        assert f"{path}: cannot be written" in got.err
    assert not list(tmp_path.iterdir())
