"""With only the core installed every command says which extra it needs and how to get it."""

from __future__ import annotations

import sys

import pytest

from tests.cli.conftest import QUICK

COMMANDS = {
    "rich": (["list"], "report"),
    "rich.console": (["explain", "Chain"], "report"),
    "torch": (["demo"], "agents"),
    "stable_baselines3": (["diagnose", "sb3:PPO"], "sb3"),
    "scipy": (["compare", "."], "compare"),
}


class Missing:
    """A finder that finds that a package is not installed."""

    def __init__(self, name):
        self.name = name

    def find_spec(self, name, path=None, target=None):
        """Refuse the package, and leave everything else to the other finders."""
        if name == self.name:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def hide(monkeypatch, package):
    """Make a package impossible to import, with everything that was imported from it or on top of it."""
    top = package.split(".")[0]
    users = ("rlprobe.adapters", "rlprobe.agents", "rlprobe.commands.demo_agent")
    for name in list(sys.modules):
        if name.split(".")[0] == top or name.startswith(users):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [Missing(top), *sys.meta_path])


@pytest.mark.parametrize("package", COMMANDS)
def test_the_command_that_installs_it_is_given(rlprobe, monkeypatch, package):
    """A missing package is wrong usage, and the line holds the command that installs it."""
    words, extra = COMMANDS[package]
    hide(monkeypatch, package)
    got = rlprobe(*words)
    assert (got.code, got.out, got.err.count("\n")) == (2, "", 1)
    assert f"pip install 'gymnasium-rlprobe[{extra}]'" in got.err


def test_a_page_is_refused_before_training(rlprobe, monkeypatch, strange, tmp_path):
    """Without the package that renders the page, ``--html`` ends before the agent is imported."""
    hide(monkeypatch, "jinja2")
    got = rlprobe("diagnose", strange("make_raising"), *QUICK, "--html", tmp_path / "report.html")
    assert got.code == 2
    assert "pip install 'gymnasium-rlprobe[report]'" in got.err


def test_a_report_prints_without_any_extra(monkeypatch, strange):
    """``print(report)`` works with the core alone: verdict, causes and a line per probe."""
    import rlprobe
    from tests.cli.strange_agents import Idle

    report = rlprobe.diagnose(Idle, seeds=1, only=[QUICK[1]])
    hide(monkeypatch, "rich")
    text = str(report)
    assert "faulty" in text
    assert report.causes[0].fault in text
    assert "FAIL Constant" in text
