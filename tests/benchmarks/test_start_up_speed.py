"""How long the command and the import take. Run with: pytest tests/benchmarks/test_start_up_speed.py."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time


def python(*words):
    """Run Python and wait for it."""
    subprocess.run([sys.executable, *words], check=True, capture_output=True, stdin=subprocess.DEVNULL)


def seconds(*words):
    """How long Python takes."""
    start = time.perf_counter()
    python(*words)
    return time.perf_counter() - start


def test_import():
    """``import rlprobe`` costs at most 1.15 times ``import gymnasium``: medians of 15 interleaved rounds."""
    modules = ("gymnasium", "rlprobe")
    rounds = [[seconds("-c", f"import {module}") for module in modules] for _ in range(16)][1:]
    theirs, ours = (statistics.median(column) for column in zip(*rounds, strict=True))
    assert ours <= 1.15 * theirs, f"{1000 * ours:.0f} against {1000 * theirs:.0f} ms"


def test_help(benchmark):
    """``rlprobe --help`` takes under 0.6 s."""
    benchmark.pedantic(python, ("-m", "rlprobe", "--help"), rounds=15, warmup_rounds=2)
    assert benchmark.stats["median"] < 0.6
