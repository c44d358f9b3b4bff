"""A battery says on which problem an agent has become worse, and keeps its curves."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import rlprobe as command  # noqa: F401 - a fixture

AGENTS = Path(__file__).with_name("agents.py")
QUICK = ("--only", "CartPole", "--steps", "1500", "--jobs", "1", "--no-progress")


@pytest.fixture
def battery(command, tmp_path):  # noqa: F811
    """``battery("Scripted")`` runs one of the agents."""

    def run(name, *words):
        return command("battery", f"{AGENTS}:{name}", *QUICK, *words)

    return run


def test_a_change_that_breaks_the_agent_is_found(battery, tmp_path):
    """Exit code 1, and the problem is named."""
    saved = tmp_path / "saved.json"
    first = battery("Scripted", "--json", saved)
    assert (first.code, first.err) == (0, "")
    data = json.loads(saved.read_text())
    assert (data["schema"], list(data["curves"]), len(data["curves"]["CartPole-v1"])) == (
        1,
        ["CartPole-v1"],
        6,
    )
    worse = battery("Clumsy", "--against", saved)
    assert worse.code == 1
    assert "worse on CartPole since the last time" in worse.out
    assert max(map(len, worse.out.splitlines()[1:])) <= 80  # the first line has the path of the agent


def test_a_page_with_the_curves_of_now_and_before(battery, tmp_path):
    """Every seed of both times and the change in words, in one file; also without a last time."""
    saved, html = tmp_path / "saved.json", tmp_path / "page.html"
    battery("Scripted", "--json", saved, "--html", html)
    first = html.read_text()
    assert (first.count('class="seed"'), "the last time</th>" in first) == (6, False)
    battery("Clumsy", "--against", saved, "--html", html)
    page = html.read_text()
    assert (page.count('class="seed"'), "worse on CartPole since the last time" in page) == (12, True)
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "")


def test_nothing_has_changed(battery, tmp_path):
    """The same agent with the same seeds has the same returns to the last bit."""
    saved = tmp_path / "saved.json"
    battery("Scripted", "--json", saved)
    again = battery("Scripted", "--against", saved, "--json", tmp_path / "again.json")
    assert again.code == 0
    assert "unchanged on CartPole: every return is the same" in again.out
    assert json.loads((tmp_path / "again.json").read_text())["changes"] == {"CartPole-v1": "unchanged"}


def test_other_seeds_of_the_same_agent_are_not_worse(battery, tmp_path):
    """More seeds than the last time: the shared ones are the same runs, and nothing is called worse."""
    saved = tmp_path / "saved.json"
    battery("Scripted", "--json", saved)
    again = battery("Scripted", "--seeds", "8", "--against", saved)
    assert again.code == 0
    assert "worse" not in again.out.replace("nowhere clearly worse", "")


def test_an_agent_that_catches_everything_is_stopped(battery):
    """A run ends at its last step whatever the agent does."""
    got = battery("Stubborn", "--seeds", "1")
    assert (got.code, got.err) == (0, "")


@pytest.mark.parametrize(
    ("name", "why"), [("Raising", "RuntimeError: no luck"), ("Lazy", "no episode ended in 0 steps")]
)
def test_agents_that_fail_are_named(battery, name, why):
    """Without any curve the exit code is 4, with one line on the reason."""
    got = battery(name, "--seeds", "1")
    assert (got.code, got.err) == (4, "")
    assert why in got.out


@pytest.mark.parametrize(
    "content", ["", "[]", '{"schema": 2}', '{"schema": 1, "curves": {"CartPole-v1": [1]}}']
)
def test_damaged_files_are_refused_before_anything_is_trained(battery, tmp_path, content):
    """One line, exit code 2."""
    path = tmp_path / "saved.json"
    path.write_text(content)
    got = battery("Raising", "--against", path)
    assert (got.code, got.out, got.err.count("\n")) == (2, "", 1)
    assert str(path) in got.err


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("--only", "Breakout"), "expected some of ContextBandit"),
        (("--seeds", "0"), "--seeds: expected at least 1"),
        (("--against", "nowhere.json"), "nowhere.json"),
    ],
)
def test_wrong_usage(battery, words, line):
    """One line, exit code 2."""
    got = battery("Scripted", *words)
    assert (got.code, got.err.count("\n")) == (2, 1)
    assert line in got.err


def test_continuous_problems_are_left_out_for_agents_without_such_actions(tmp_path):
    """An agent that says what actions it has is not tried on others."""
    from rlprobe.agent import agent_factory
    from rlprobe.battery.problems import chosen
    from rlprobe.battery.training import train

    @agent_factory(name="discrete", actions=["discrete"])
    def make_agent(env, setting):
        pytest.fail("built on continuous actions")

    (problem,) = chosen(["Pendulum"], 100)
    assert "no continuous actions" in train(lambda _: make_agent, "x", problem, 0, 60.0).problem
