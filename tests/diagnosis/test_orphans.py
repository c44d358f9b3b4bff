"""A run whose diagnosis was killed cleans up on its way out."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

OWNER = """
import pathlib, sys, time
from rlprobe.diagnosis.trial import Trial
from rlprobe.diagnosis.workers.forked import Forked
from rlprobe.diagnosis.workers.task import Task

class Waits:
    def run(self, trial, seed, *, until):
        pathlib.Path(sys.argv[1], "begun").touch()
        try:
            time.sleep(60)
        finally:
            pathlib.Path(sys.argv[1], "cleaned").touch()

list(Forked(Waits(), 1).run([Task(0, Trial(name="Decoder"), 0)], time.perf_counter() + 60))
"""


def _appears(path, seconds=30.0):
    until = time.monotonic() + seconds
    while not path.exists() and time.monotonic() < until:
        time.sleep(0.05)
    assert path.exists()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="processes are forked on Linux only")
def test_a_run_cleans_up_when_its_owner_is_killed(tmp_path):
    """The process that ran it leaves nothing behind, and says nothing."""
    begun, cleaned = tmp_path / "begun", tmp_path / "cleaned"
    with subprocess.Popen([sys.executable, "-c", OWNER, str(tmp_path)], stderr=subprocess.PIPE) as owner:
        _appears(begun)
        owner.kill()
        _appears(cleaned)
        assert owner.communicate()[1] == b""  # once the run has ended, too


CHILD = """
import multiprocessing, sys, time
from rlprobe.diagnosis.trial import Trial
from rlprobe.diagnosis.workers.forked import Forked
from rlprobe.diagnosis.workers.task import Task

class HasChildren:
    def run(self, trial, seed, *, until):
        child = multiprocessing.get_context("fork").Process(target=time.sleep, args=(60,))
        child.start()
        time.sleep(0.5)
        child.terminate()
        child.join()
        return child.exitcode

[(_, code)] = Forked(HasChildren(), 1).run([Task(0, Trial(name="Decoder"), 0)], time.perf_counter() + 60)
print(code)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="processes are forked on Linux only")
def test_processes_of_an_agent_end_as_usual_when_they_are_terminated():
    """By the signal, and without a traceback: vector environments end theirs so."""
    command = [sys.executable, "-c", CHILD]
    ran = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert (ran.stdout.strip(), ran.stderr) == ("-15", "")


HANGS = """
import pathlib, sys, time
from rlprobe.diagnosis.trial import Trial
from rlprobe.diagnosis.workers.forked import Forked
from rlprobe.diagnosis.workers.task import Task
from rlprobe.scripts.scratch import new_folder

class CleansUpSlowly:
    def run(self, trial, seed, *, until):
        folder = new_folder()
        pathlib.Path(sys.argv[1], "folder").write_text(str(folder))
        pathlib.Path(sys.argv[1], "begun").touch()
        try:
            {waits}
        finally:
            {cleans}

list(Forked(CleansUpSlowly(), 1).run([Task(0, Trial(name="Decoder"), 0)], time.perf_counter() + 60))
"""
WAYS = {
    "it never comes to its end": ("time.sleep(60)", "time.sleep(60)"),
    "it is interrupted": ("pass", "time.sleep(60)"),
}


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="processes are forked on Linux only")
@pytest.mark.parametrize("way", WAYS)
def test_the_folder_of_a_run_goes_even_if_its_own_cleaning_does_not_end(tmp_path, way):
    """The owner may be killed in the moment in which a run cleans up."""
    waits, cleans = WAYS[way]
    code = HANGS.format(waits=waits, cleans=cleans)
    with subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stderr=subprocess.PIPE) as owner:
        _appears(tmp_path / "begun")
        folder = Path((tmp_path / "folder").read_text())
        assert folder.is_dir()
        owner.kill()
        assert owner.communicate()[1] == b""
        assert not folder.exists()
