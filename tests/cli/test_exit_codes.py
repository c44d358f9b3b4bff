"""The exit code says what a diagnosis came to; Ctrl-C prints what is known so far."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from tests.cli.conftest import QUICK, STRANGE

VERDICTS = {"make_knowing": (0, "healthy"), "make_idle": (1, "faulty"), "without_values": (3, "inconclusive")}


@pytest.mark.parametrize("name", VERDICTS)
def test_the_exit_code_is_the_verdict(rlprobe, strange, name):
    """0, 1 and 3 stand for healthy, faulty and inconclusive, and the first line says so."""
    code, verdict = VERDICTS[name]
    got = rlprobe("diagnose", strange(name), *QUICK)
    assert got.code == code
    assert got.err == ""
    assert got.out.splitlines()[0].startswith(f"{STRANGE}:{name}: {verdict}  (")


def test_an_agent_without_values_is_told_what_would_help(rlprobe, strange):
    """An agent that only acts is diagnosed, with a sentence on what showing values would add."""
    got = rlprobe("diagnose", strange("without_values"), *QUICK)
    assert "With a method value(observations)" in " ".join(got.out.split())


def test_an_agent_need_not_act_before_it_has_learned(rlprobe, strange):
    """An agent whose policy comes with the first ``learn`` is diagnosed like any other."""
    got = rlprobe("diagnose", strange("make_late"), *QUICK)
    assert (got.code, got.err) == (0, "")


def start(*words, start_new_session=False, **variables):
    """Start the real command in a process of its own."""
    env = {**os.environ, "COLUMNS": "80", "NO_COLOR": "1", **variables}
    listen = "signal.signal(signal.SIGINT, signal.default_int_handler)"  # background jobs ignore it
    code = f"import runpy, signal; {listen}; runpy.run_module('rlprobe', run_name='__main__')"
    command = [sys.executable, "-c", code, *words]
    return subprocess.Popen(
        command,
        env=env,
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=start_new_session,
    )


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_ctrl_c_prints_what_is_known_so_far(tmp_path, jobs):
    """SIGINT to the process group, as a terminal sends it, ends in a report and exit code 130."""
    started = tmp_path / "started"
    os.mkfifo(started)
    words = ("diagnose", f"{STRANGE}:make_slow", "--only", "Constant,Decoder", "--jobs", jobs)
    process = start(*words, start_new_session=True, SLOW_AGENT_STARTED=str(started))
    started.read_text()
    time.sleep(0.3)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "Interrupted: these are the results so far." in out
    assert "Traceback" not in out + err


def test_a_closed_pipe_is_no_error():
    """``rlprobe list | head -1`` ends silently."""
    process = start("list")
    process.stdout.close()
    assert (process.wait(timeout=20), process.stderr.read()) == (0, "")
    process.stderr.close()


def test_the_installed_command_reports_wrong_usage():
    """The command as users run it writes one line, no traceback, and exits 2."""
    process = start("diagnose", "nosuchlibrary:PPO")
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (2, "")
    assert err.startswith("rlprobe: no module named 'nosuchlibrary'")
