"""The page of a run: from our own folder, from other loggers, and from damaged files."""

from __future__ import annotations

import json
import re
import struct

import numpy as np
import pytest

import rlprobe
from rlprobe.monitors.report.curve import curve
from rlprobe.monitors.report.page import page
from rlprobe.monitors.report.reading import NoRunError, read
from rlprobe.monitors.report.terminal import line, summary


@pytest.fixture
def folder(tmp_path):
    """The folder of a run with two findings."""
    with rlprobe.watch(tmp_path / "run", total=1_000, name="a/train.py <x>") as watch:
        for step in range(0, 1_000, 20):
            watch.update(step=step, kl=2.0, entropy=1 - step / 2_000, loss=np.sin(step))
            watch.targets(100 * np.ones(30))
    assert watch.problems == []
    return tmp_path / "run"


def test_a_folder_is_read_back_as_it_was(folder):
    """Verdict, findings, steps and curves are those of the run."""
    past = read(folder)
    said = json.loads((folder / "verdict.json").read_text())
    assert (past.verdict, past.steps) == (said["verdict"], said["steps"]) == ("broken", 980)
    assert [one.as_json() for one in past.findings] == said["findings"]
    assert {one["id"] for one in said["findings"]} == {"policy-step-too-large", "targets-large"}
    keys = {"id", "severity", "since_step", "evidence", "value", "range", "source", "look_at", "next"}
    assert all(set(one) == keys for one in said["findings"])
    assert past.curves.get("loss").values[3] == pytest.approx(np.sin(60))
    assert past.problems == []


def test_the_page_is_whole_and_escaped(folder):
    """It loads nothing, shows each curve and finding, and escapes names."""
    text = (folder / "report.html").read_text()
    assert "&lt;x&gt;" in text
    assert "<x>" not in text
    assert not re.findall(r'(?:src|href)="http', text)
    assert text.count("<svg") >= 4
    assert "policy-step-too-large" in text
    assert page(read(folder)).count("<svg") == text.count("<svg")


def test_damaged_lines_are_left_out_and_counted(folder):
    """A cut line costs itself only, a damaged verdict is judged again from the curves."""
    rows = folder / "run.jsonl"
    rows.write_text(rows.read_text()[:-20] + "\nnot json\n")
    (folder / "verdict.json").write_text("{")
    past = read(folder)
    assert "2 damaged lines left out" in past.problems[0]
    assert "verdict.json could not be read" in past.problems[1]
    assert past.verdict == "broken"


def test_progress_csv(tmp_path):
    """The table of Stable-Baselines3 gives curves under our names, and what can be judged from them."""
    lines = [
        "time/total_timesteps,rollout/ep_rew_mean,train/approx_kl,train/explained_variance,train/loss,time/fps"
    ]
    lines += [f"{2048 * i},{i},{0.5},{-0.3},{1.0},{900 if i < 20 else 300}" for i in range(1, 41)]
    path = tmp_path / "progress.csv"
    path.write_text("\n".join([*lines, "broken,row"]))
    past = read(path)
    assert past.steps == 81_920
    assert past.curves.get("return").values[-1] == 40
    assert {one.id: one.severity for one in past.findings} == {
        "policy-step-too-large": "look",
        "value-explains-nothing": "look",
        "slower-and-slower": "note",
    }
    assert past.problems == ["progress.csv: 1 row without a step left out"]


def record(step, tag, value):
    """An event with one scalar, as TensorBoard stores it."""
    inner = b"\x0a" + bytes([len(tag)]) + tag.encode() + b"\x15" + struct.pack("<f", value)
    summary_ = b"\x0a" + bytes([len(inner)]) + inner
    event = b"\x10" + bytes([step & 0x7F | 0x80, step >> 7]) + b"\x2a" + bytes([len(summary_)]) + summary_
    return struct.pack("<QI", len(event), 0) + event + struct.pack("<I", 0)


def test_tensorboard_events(tmp_path):
    """Scalars are read without TensorBoard; a file that is cut off is used up to there and named."""
    data = b"".join(record(200 + 100 * i, "losses/approx_kl", 0.01) for i in range(12))
    path = tmp_path / "events.out.tfevents.1.host"
    path.write_bytes(data + record(2_000, "x", 1.0)[:-9])
    past = read(tmp_path)
    assert past.curves.get("approx_kl").steps == [200 + 100 * i for i in range(12)]
    assert past.curves.get("approx_kl").values == pytest.approx([0.01] * 12)
    assert "cut off or damaged" in past.problems[0]
    assert past.verdict == "healthy"


def test_events_written_by_torch(tmp_path):
    """What ``SummaryWriter`` writes is read back."""
    tensorboard = pytest.importorskip("torch.utils.tensorboard")
    with tensorboard.SummaryWriter(tmp_path) as writer:
        for step in range(0, 3_000, 300):
            writer.add_scalar("charts/episodic_return", step / 10, step)
    assert read(tmp_path).curves.get("return").values == pytest.approx([30.0 * i for i in range(10)])


def test_nothing_to_read(tmp_path):
    """A missing or empty place is one clear error."""
    with pytest.raises(NoRunError, match="no such file or folder"):
        read(tmp_path / "nowhere")
    with pytest.raises(NoRunError, match="expected a folder of `rlprobe run`"):
        read(tmp_path)


def test_lines_fit_the_terminal(folder):
    """Every line of the summary and of each finding fits 80 columns."""
    past = read(folder)
    assert max(map(len, summary(past).splitlines())) <= 80
    assert all(len(line(one)) <= 80 for one in past.findings)


def test_curves_shade_the_ranges_of_alarms():
    """What is outside of the range is shaded, also on a logarithmic axis; odd values draw something."""
    assert curve([0, 1], [0.5, 2.0], label="x", healthy=(1.0, None)).count('class="alarm"') == 1
    assert curve([0, 1], [0.5, 2.0], label="x", healthy=(0.0, 9.0)).count('class="alarm"') == 0
    assert 'class="alarm"' in curve([0, 1, 2], [1e-6, 1.0, 1e3], label="x", healthy=(None, 1.0))
    for values in ([1.0], [0.0, 0.0], [np.nan, 1.0], [-1e9, 1e9], list(np.arange(3_000.0))):
        assert "NaN" not in curve(range(len(values)), values, label="x")
        assert "nan" not in curve(range(len(values)), values, label="x")
    assert curve([0], [np.nan], label="x") == ""
