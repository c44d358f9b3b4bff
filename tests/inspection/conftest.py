"""The planted environments, and a quick inspection of them."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

import rlprobe


def _loaded(name, file):
    """The module in ``file``, under ``name``, so that classes in it can be found again."""
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(file))
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return vars(sys.modules[name])


DEFECTS = _loaded("rlprobe_planted_environments", "planted.py")
MISBEHAVING = _loaded("rlprobe_misbehaving_environments", "misbehaving.py")


@pytest.fixture(scope="session")
def planted():
    """The healthy environment, its defects, and environments that misbehave."""
    return SimpleNamespace(**(DEFECTS | MISBEHAVING))


@pytest.fixture
def inspected():
    """A function that inspects quickly: few steps, no foreign checkers, no pictures."""

    def inspected(env, **options):
        quick = {"steps": 1500, "checkers": False, "pictures": False, "timeout": 20.0}
        return rlprobe.inspect(env, **(quick | options))

    return inspected
