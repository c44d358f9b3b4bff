"""``rlprobe run``: a script as it is, whatever it does."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytest.importorskip("torch")
WRITTEN = Path(__file__).parent / "written"
RUN = [sys.executable, "-m", "rlprobe", "run"]


def run(tmp_path, source, *words, options=()):
    """Run a script of the given text; the process, and its verdict."""
    path = tmp_path / "train.py"
    path.write_text(source)
    out = tmp_path / "out"
    done = subprocess.run(
        [*RUN, "--out", str(out), *options, str(path), *words],
        capture_output=True, text=True, check=False, cwd=tmp_path,
    )  # fmt: skip
    verdict = out / "verdict.json"
    return done, json.loads(verdict.read_text()) if verdict.exists() else None


LOOP = """
import sys, gymnasium as gym
env = gym.make("CartPole-v1")
env.reset(seed=0)
for t in range(1500):
    _, _, terminated, truncated, _ = env.step(t % 2)
    if terminated or truncated:
        env.reset()
"""


def test_a_loop_without_torch(tmp_path):
    """The environment side alone is judged; arguments and name of the script are its own."""
    done, verdict = run(tmp_path, LOOP + "print(sys.argv[1:], __name__)", "--out", "x")
    assert done.returncode == 0
    assert done.stdout == "['--out', 'x'] __main__\n"
    assert (verdict["schema"], verdict["steps"], verdict["verdict"]) == (1, 1500, "healthy")
    assert max(map(len, done.stderr.splitlines())) <= 80


@pytest.mark.parametrize(
    ("last", "code", "said"),
    [
        ("sys.exit(7)", 7, ""),
        ("sys.exit('no luck')", 1, "no luck"),
        ("sys.exit()", 0, ""),
        ("raise RuntimeError('boom')", 1, "RuntimeError: boom"),
        ("raise KeyboardInterrupt", 130, "KeyboardInterrupt"),
        ("import os; os._exit(5)", 5, ""),
    ],
)
def test_the_exit_code_stays(tmp_path, last, code, said):
    """However a script ends, its exit code is kept, its traceback shown, and what is known is written."""
    done, verdict = run(tmp_path, LOOP + last)
    assert done.returncode == code
    assert said in done.stderr
    assert "rlprobe/commands" not in done.stderr
    if "_exit" not in last:
        assert verdict["steps"] == 1500


def test_a_script_with_a_syntax_error(tmp_path):
    """It is shown as Python shows it, with exit code 1."""
    done, verdict = run(tmp_path, "for x in")
    assert done.returncode == 1
    assert "SyntaxError" in done.stderr
    assert verdict["verdict"] == "too early"


def test_no_such_script(tmp_path):
    """Wrong usage is one line and exit code 2, and no folder is made."""
    words = [*RUN, "--out", str(tmp_path / "out"), "nowhere.py"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == "rlprobe: nowhere.py: no such file\n"
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_written(tmp_path):
    """It is told before the script runs, in one line, with exit code 2."""
    (tmp_path / "out").write_text("a file")
    done, verdict = run(tmp_path, "print('ran')")
    assert (done.returncode, done.stdout, verdict) == (2, "", None)
    assert "expected a folder that can be written to" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_threads_and_forks(tmp_path):
    """Threads that go on after the last line are waited for; a forked copy writes nothing."""
    source = (
        LOOP
        + """
import os, threading, time
if os.fork() == 0:
    for _ in range(50): env.reset(); env.step(0)
    os._exit(0)
os.wait()
def more():
    time.sleep(0.3)
    env.reset()
    for _ in range(5): env.step(0)
    print("done")
threading.Thread(target=more).start()
"""
    )
    done, verdict = run(tmp_path, source)
    assert done.returncode == 0
    assert done.stdout == "done\n"
    assert verdict["steps"] == 1500


@pytest.mark.slow
def test_a_run_that_is_killed_leaves_what_was_known(tmp_path):
    """The verdict is written while the run goes on."""
    path = tmp_path / "train.py"
    path.write_text(LOOP.replace("range(1500)", "iter(int, 1)").replace("t % 2", "0"))
    process = subprocess.Popen([*RUN, "--out", str(tmp_path / "out"), str(path)], stderr=subprocess.DEVNULL)
    verdict = tmp_path / "out" / "verdict.json"
    until = time.monotonic() + 60
    while not verdict.exists() and time.monotonic() < until:
        time.sleep(0.2)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert json.loads(verdict.read_text())["steps"] > 0


@pytest.mark.slow
def test_planted_faults_of_a_script(tmp_path):
    """A head that no optimizer holds is named; the exit code is changed by --fail-on only."""
    words = [str(WRITTEN / "reinforce.py"), "--episodes", "80", "--fault", "head-not-held"]
    out = tmp_path / "out"
    done = subprocess.run(
        [*RUN, "--out", str(out), "--fail-on", "broken", *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    (finding,) = [
        f for f in json.loads((out / "verdict.json").read_text())["findings"] if f["severity"] == "broken"
    ]
    assert finding["id"] == "parameters-without-optimizer"
    assert "policy.out" in finding["evidence"]
    assert finding["since_step"] < 100
    assert done.stderr.count("broken: parameters-without-optimizer since") == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("ppo.py --fault dropout-in-training-mode --total-timesteps 5120", "first-ratio-not-one"),
        ("ppo.py --fault detached-critic --total-timesteps 5120", "no-gradient"),
        ("dqn.py --fault memory-of-zeros --total-timesteps 2500", "memory-of-zeros"),
    ],
)
def test_planted_mistakes_are_named(tmp_path, words, name):
    """Mistakes as people make them are named, in scripts that know nothing of us."""
    script, *more = words.split()
    command = [*RUN, "--out", str(tmp_path), str(WRITTEN / script), *more]
    subprocess.run(command, capture_output=True, check=True)
    said = json.loads((tmp_path / "verdict.json").read_text())
    assert name in {one["id"] for one in said["findings"]}
    assert said["verdict"] in {"broken", "look here"}
    assert "problems" not in said
