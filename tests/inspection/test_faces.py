"""Console, JSON and page show the same report."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import numpy as np
import pytest

from rlprobe.cli import main


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """JSON and page of one inspection by the command, with its exit code."""
    pytest.importorskip("cv2")
    folder = tmp_path_factory.mktemp("inspect")
    words = ["inspect", "CartPole-v1", "--steps", "600", "--no-progress", "--no-checkers"]
    code = main([*words, "--json", str(folder / "r.json"), "--html", str(folder / "r.html")])
    return code, json.loads((folder / "r.json").read_text()), (folder / "r.html").read_text()


def test_clean_environment_ends_with_0(files):
    """Nothing harmful in CartPole."""
    assert files[0] == 0


def test_json_has_schema_1(files):
    """The JSON names its schema and holds every section."""
    data = files[1]
    assert data["schema"] == 1
    assert set(data) >= {"env", "verdict", "flags", "life", "scale", "horizon", "timestep", "contract"}
    assert data["verdict"] == "clean"
    assert data["steps"] == 600
    assert [c["name"] for c in data["scale"]["components"]] == [f"observation[{i}]" for i in range(4)]
    assert data["horizon"]["clock"]["dt"] == 0.02
    assert [r["skip"] for r in data["timestep"]["reaches"]] == [1, 2, 4, 8, 16]


def test_page_needs_nothing_else(files):
    """Every picture and the video stand inside the page, which is small."""
    page = files[2]
    sources = re.findall(r'(?:src|href)="([^"]{0,40})', page)
    assert sources
    assert all(source.startswith("data:") for source in sources)
    assert "data:video/mp4" in page
    assert len(page) < 10_000_000


@pytest.mark.parametrize("name", ["Healthy", "Million", "Raises", "NoReward"])
def test_summary_fits_a_screen(planted, inspected, name):
    """At most 40 lines of at most 80 columns, the harmful flags before everything else."""
    report = inspected(getattr(planted, name)())
    lines = str(report).splitlines()
    assert len(lines) <= 40
    assert max(map(len, lines)) <= 80
    if report.harmful:
        assert lines[2].strip().startswith("HARMFUL")


def test_same_steps_same_report(planted, inspected):
    """With a number of steps and a seed the findings are the same every time."""
    first, again = (inspected(planted.Healthy(), steps=800).as_dict() for _ in range(2))
    for report in (first, again):
        report["contract"].pop("cost")
        report.pop("seconds")
    assert first == again


def test_a_picture_is_never_wider_than_the_page():
    """A picture is enlarged by a whole number that leaves it within the width, or shrunk."""
    from rlprobe.inspection.sections.scenes import MOST_HEIGHT, MOST_WIDTH, fitted

    wide, small = np.zeros((80, 900, 3), np.uint8), np.zeros((40, 50, 3), np.uint8)
    assert fitted(wide, MOST_HEIGHT, MOST_WIDTH).shape == wide.shape
    assert fitted(small, MOST_HEIGHT, MOST_WIDTH).shape == (400, 500, 3)
    assert fitted(np.zeros((80, 2 * MOST_WIDTH, 3), np.uint8), MOST_HEIGHT, MOST_WIDTH).shape[1] == MOST_WIDTH


def test_a_closed_pipe_costs_no_file(tmp_path):
    """The files are written before the summary is printed, so that `| head` loses nothing."""
    page = tmp_path / "page.json"
    command = f"{sys.executable} -m rlprobe inspect CartPole-v1 --steps 2000 --no-progress --no-checkers"
    subprocess.run(f"{command} --json {page} | true", shell=True, check=True, timeout=120)
    assert json.loads(page.read_text())["schema"] == 1
