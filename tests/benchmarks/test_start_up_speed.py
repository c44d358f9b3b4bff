"""How long the command and the import take. Run with: pytest tests/benchmarks/test_start_up_speed.py."""

from __future__ import annotations

import subprocess
import sys

import pytest


def python(*words):
    """Run Python and wait for it."""
    subprocess.run([sys.executable, *words], check=True, capture_output=True, stdin=subprocess.DEVNULL)


@pytest.mark.parametrize("module", ["gymnasium", "rlprobe"])
def test_import(benchmark, module):
    """``import rlprobe`` costs at most 1.15 times ``import gymnasium``."""
    benchmark.pedantic(python, ("-c", f"import {module}"), rounds=15, warmup_rounds=2)


def test_help(benchmark):
    """``rlprobe --help`` takes under 0.6 s."""
    benchmark.pedantic(python, ("-m", "rlprobe", "--help"), rounds=15, warmup_rounds=2)
    assert benchmark.stats["median"] < 0.6
