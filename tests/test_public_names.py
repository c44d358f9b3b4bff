"""Every public name is listed, typed, and in the reference."""

import importlib
from pathlib import Path

import pytest

import rlprobe

PAGES = sorted((Path(__file__).parents[1] / "docs" / "reference").glob("*.md"))
REFERENCE = "\n".join(page.read_text() for page in PAGES)
ROOMS = (
    "rlprobe", "probe_envs", "rlprobe.wrappers", "rlprobe.wrappers.vector", "rlprobe.stats", "rlprobe.view",
    "rlprobe.inspection", "rlprobe.player", "rlprobe.recorder", "rlprobe.diagnosis", "rlprobe.faults",
    "rlprobe.adapters.sb3", "rlprobe.scripts", "rlprobe.comparison", "rlprobe.baselines",
    "rlprobe.check", "rlprobe.testing",
    "rlprobe.maps", "rlprobe.ladder", "rlprobe.agents",
)  # fmt: skip
FOREIGN = {"A2C", "DDPG", "DQN", "PPO", "SAC", "TD3"}
"""Classes of Stable-Baselines3 that are passed on."""


@pytest.mark.parametrize("room", ROOMS)
def test_the_reference_shows_every_public_name(room):
    """A name is described under its own path, or under the shorter one that `rlprobe` gives it."""
    names = set(importlib.import_module(room).__all__) - FOREIGN
    shown = {name for name in names if f"::: {room}.{name}\n" in REFERENCE or f"`{name}`" in REFERENCE}
    shorter = {name for name in names & set(rlprobe.__all__) if f"::: rlprobe.{name}\n" in REFERENCE}
    assert names - shown - shorter == set()


def test_what_the_reference_shows_is_there():
    """Each path in the reference can be imported."""
    for line in REFERENCE.splitlines():
        if line.startswith("::: "):
            module, _, name = line.removeprefix("::: ").rpartition(".")
            assert hasattr(importlib.import_module(module), name), line


def test_all_lists_every_public_name():
    """What `rlprobe` finds on first use is what `__all__` lists."""
    assert sorted([*rlprobe._HOME, *rlprobe._MODULES]) == rlprobe.__all__
    for name in rlprobe.__all__:
        assert getattr(rlprobe, name) is not None
