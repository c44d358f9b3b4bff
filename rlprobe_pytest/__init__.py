"""What pytest loads of rlprobe at every start: an option and two fixtures, and nothing that imports rlprobe.

It stands outside the package ``rlprobe``, because importing anything of that package imports Gymnasium.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

PLUGIN = "rlprobe-probes"


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options; they change nothing unless given."""
    group = parser.getgroup("rlprobe", "find out why an agent does not learn")
    group.addoption(
        "--rlprobe",
        metavar="TARGET",
        help="diagnose an agent: one test for each probe. package.module:make_agent, file.py:make_agent, "
        "sb3:PPO, or a training script train.py",
    )
    group.addoption(
        "--rlprobe-budget", type=float, default=110.0, metavar="SECONDS", help="wall time (default 110)"
    )
    group.addoption("--rlprobe-seeds", type=int, default=3, metavar="N", help="seeds per probe (default 3)")


def pytest_configure(config: pytest.Config) -> None:
    """Load what runs the probes, if it was asked for."""
    if config.getoption("--rlprobe"):
        import rlprobe.pytest_plugin as plugin

        config.pluginmanager.register(plugin.Probes(config), PLUGIN)


@pytest.fixture
def rlprobe_diagnose() -> Callable[..., Any]:
    """``rlprobe.diagnose``, which fails the test with the whole report unless the agent is healthy."""
    from rlprobe.testing import assert_healthy

    return assert_healthy


@pytest.fixture
def rlprobe_inspect() -> Callable[..., Any]:
    """``rlprobe.inspect``, which fails the test with the report if something harmful is found."""
    from rlprobe.testing import assert_env_ready

    return assert_env_ready
