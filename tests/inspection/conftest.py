"""The planted environments, and a quick inspection of them."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

import rlprobe


@pytest.fixture(scope="session")
def planted():
    """The module with the healthy environment and its defects."""
    name = "rlprobe_planted_environments"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name("planted.py"))
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


@pytest.fixture
def inspected():
    """A function that inspects quickly: few steps, no foreign checkers, no pictures."""

    def inspected(env, **options):
        quick = {"steps": 1500, "checkers": False, "pictures": False, "timeout": 20.0}
        return rlprobe.inspect(env, **(quick | options))

    return inspected
