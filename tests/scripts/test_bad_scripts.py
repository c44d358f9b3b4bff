"""A script that cannot be diagnosed is answered in one clear line, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rlprobe.cli import main

LOOP = """
while True:
    observation, reward, terminated, truncated, info = env.step(0)
    if terminated or truncated:
        env.reset()
"""
MAKE = "import gymnasium as gym\nenv = gym.make('CartPole-v1')\nenv.reset()\n"
BAD = {
    "a syntax error": ("import gymnasium as gym\nenv = gym.make('CartPole-v1'\n", 4, "was never closed"),
    "no environment": ("print('hello')\n", 2, "without making an environment"),
    "no step": (MAKE, 2, "never stepped"),
    "an exit": (MAKE + "env.step(0)\nraise SystemExit('no GPU found')\n", 4, "no GPU found"),
    "a missing file": ("open('config_missing.yaml')\n", 4, "config_missing.yaml"),
    "a question": ("input('which? ')\n", 4, "it waits for input"),
    "a killed process": (MAKE + "import os\nenv.step(0)\nos._exit(3)\n", 4, "exit code 3"),
    "too much memory": (MAKE + "env.step(0)\nbytearray(2**40)\n", 4, "third of the machine's memory"),
    "old infos": (MAKE + "env.step(0)[4]['final_observation']\n", 4, "--vector-api 0.29"),
}


@pytest.mark.parametrize("what", BAD)
def test_a_script_that_cannot_be_diagnosed_is_answered_in_one_line(tmp_path, capsys, what):
    """Each way to fail has its exit code and one line that names it."""
    text, code, says = BAD[what]
    script = tmp_path / "train.py"
    script.write_text(text)
    assert main(["diagnose", str(script), "--only", "Constant", "--jobs", "1", "--no-progress"]) == code
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert says in error


def runs(pid):
    """Whether a process runs; one that has ended and was not waited for does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    return not state.exists() or state.read_text().rpartition(")")[2].split()[0] != "Z"


def test_a_script_ends_properly_and_leaves_nothing(tmp_path, monkeypatch):
    """``finally`` and exit handlers run, its processes end, and no file is left beside it."""
    marks = tmp_path / "marks"
    marks.mkdir()
    folder = tmp_path / "scripts"
    folder.mkdir()
    script = folder / "train.py"
    body = LOOP.replace("\n", "\n    ")
    script.write_text(
        "import atexit, pathlib, subprocess\n"
        "pathlib.Path('here.txt').write_text('')\n"
        "pathlib.Path(__file__).with_name('beside.txt').write_text('')\n"
        f"process = subprocess.Popen(['sleep', '600'])\n"
        f"pathlib.Path({str(marks)!r}, str(process.pid)).write_text('pid')\n"
        f"atexit.register(pathlib.Path({str(marks)!r}, 'exit').write_text, '')\n"
        f"{MAKE}try:{body}\nfinally:\n    pathlib.Path({str(marks)!r}, 'finally').write_text('')\n"
    )
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    main(["diagnose", str(script), "--only", "Constant", "--jobs", "1", "--seeds", "1", "--no-progress"])
    assert [path.name for path in folder.iterdir()] == ["train.py"]
    assert list(here.iterdir()) == []
    assert {"exit", "finally"} <= {path.name for path in marks.iterdir()}
    assert not any(runs(int(path.name)) for path in marks.iterdir() if path.name.isdigit())


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGINT to send")
def test_ctrl_c_ends_a_script_that_takes_over_sigint(tmp_path):
    """Interrupting ends the script too, whatever it does about the signal."""
    script, mark = tmp_path / "train.py", tmp_path / "pid"
    script.write_text(
        "import os, pathlib, signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        f"pathlib.Path({str(mark)!r}).write_text(str(os.getpid()))\n{MAKE}{LOOP}"
    )
    command = [
        sys.executable,
        "-m",
        "rlprobe",
        "diagnose",
        str(script),
        "--steps",
        "10000000",
        "--no-progress",
    ]
    process = subprocess.Popen([*command, "--jobs", "1"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    until = time.monotonic() + 30
    while not mark.exists() and time.monotonic() < until:
        time.sleep(0.05)
    time.sleep(1.0)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode in {3, 130}
    assert not runs(int(mark.read_text()))


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="processes are forked on Linux only")
@pytest.mark.parametrize("jobs", [pytest.param(1, marks=pytest.mark.slow), 2])
def test_nothing_is_left_of_a_diagnosis_that_was_killed(tmp_path, jobs):
    """Its workers and scripts end by themselves, and their folders go."""
    script, marks, room = tmp_path / "train.py", tmp_path / "marks", tmp_path / "tmp"
    marks.mkdir()
    room.mkdir()
    script.write_text(
        "import os, pathlib\n"
        f"pathlib.Path({str(marks)!r}, str(os.getpid())).write_text(str(os.getppid()))\n{MAKE}{LOOP}"
    )
    command = [sys.executable, "-m", "rlprobe", "diagnose", str(script), "--jobs", str(jobs), "--no-progress"]
    process = subprocess.Popen(
        [*command, "--steps", "10000000", "--value", "observations[:, 0] * 0.0"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "TMPDIR": str(room)},
    )
    until = time.monotonic() + 60
    while len(list(marks.iterdir())) < 1 + jobs and time.monotonic() < until:
        time.sleep(0.05)
    assert len(list(marks.iterdir())) == 1 + jobs
    process.kill()
    process.wait()
    until = time.monotonic() + 20
    mine = {int(pid) for mark in marks.iterdir() for pid in (mark.name, mark.read_text())}
    while (list(room.glob("rlprobe-*")) or any(map(runs, mine))) and time.monotonic() < until:
        time.sleep(0.1)
    assert list(room.glob("rlprobe-*")) == []
    assert not any(map(runs, mine))
