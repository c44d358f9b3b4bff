"""``--json`` writes schema 1, completely or not at all."""

from __future__ import annotations

import json

import pytest

import rlprobe as package
from rlprobe.diagnosis.report.report import Report
from tests.cli.conftest import QUICK
from tests.cli.strange_agents import Idle

REPORT = {"schema", "agent", "verdict", "seconds", "learning_seconds", "not_run", "steps", "causes", "probes"}
CAUSE = {"fault", "component", "confidence", "evidence", "look_at"}
PROBE = {"probe", "setting", "outcome", "expected", "learned", "steps", "seconds", "why"}


@pytest.fixture
def written(rlprobe, strange, tmp_path):
    """Diagnose a strange agent and read what was written."""

    def run(name, *words):
        path = tmp_path / "report.json"
        got = rlprobe("diagnose", strange(name), *QUICK, "--json", path, *words)
        assert [file.name for file in tmp_path.iterdir()] == ["report.json"]
        return got, json.loads(path.read_text())

    return run


def test_the_fields_are_those_of_schema_1(written):
    """A faulty agent's report has exactly the fields of schema 1, with their types."""
    got, data = written("make_idle")
    assert set(data) == REPORT
    assert (data["schema"], data["verdict"], got.code) == (1, "faulty", 1)
    assert data["agent"].endswith("strange_agents.py:make_idle")
    assert data["seconds"] > 0
    assert data["steps"] == sum(probe["steps"] for probe in data["probes"]) > 0
    assert data["causes"]
    for cause in data["causes"]:
        assert set(cause) == CAUSE
        assert 0 < cause["confidence"] <= 1
        assert all(isinstance(line, str) for line in cause["evidence"])
    (probe,) = data["probes"]
    assert set(probe) == PROBE
    assert (probe["probe"], probe["outcome"]) == ("probe/Constant-v0", "fail")
    assert (probe["expected"], probe["learned"]) == ([1.0], [0.0])
    assert probe["setting"]["gamma"] == 0.9


def test_causes_are_ranked(written):
    """The likeliest cause comes first."""
    _, data = written("make_idle", "--only", "Decoder")
    confidences = [cause["confidence"] for cause in data["causes"]]
    assert confidences == sorted(confidences, reverse=True)


def test_a_crash_is_in_the_report(written):
    """The report of a crashed agent is written, and its probe says what was raised."""
    got, data = written("learn_crash")
    assert got.code == 4
    assert (data["verdict"], data["causes"]) == ("inconclusive", [])
    assert data["probes"][0]["outcome"] == "skipped"
    assert "ZeroDivisionError" in data["probes"][0]["why"]


def test_numbers_that_json_lacks_become_words(tmp_path):
    """A value that is infinite or undefined is written as text, so that any parser reads the file."""

    class Diverging(Idle):
        looks = 0

        def value(self, observations):
            self.looks += 1
            return super().value(observations) + (float("inf") if self.looks > 2 else 0.0)

    report = package.diagnose(Diverging, seeds=1, only=["Constant"])
    report.to_json(tmp_path / "report.json")
    data = json.loads((tmp_path / "report.json").read_text(), parse_constant=pytest.fail)
    assert data["probes"][0]["learned"] == ["inf"]


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    """When the disk is full the old report stays as it was and nothing is left beside it."""
    path = tmp_path / "report.json"
    path.write_text("old")
    report = Report(agent="a", verdict="healthy", seconds=0.0, results=())

    def full(_descriptor):
        raise OSError("no space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="no space left"):
        report.to_json(path)
    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["report.json"]
