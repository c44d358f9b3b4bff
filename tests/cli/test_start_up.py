"""The command starts fast because nothing heavy is imported before it is used."""

from __future__ import annotations

import subprocess
import sys

import pytest

from rlprobe.cli import COMMANDS, GROUPS

HEAVY = (
    "torch",
    "numba",
    "cv2",
    "pygame",
    "matplotlib",
    "rich",
    "stable_baselines3",
    "scipy",
    "jinja2",
    "moviepy",
)
SAY = f"; import sys; print(*[m for m in {HEAVY!r} if m in sys.modules])"


def heavy_after(code):
    """The heavy modules that are loaded after ``code`` has run in a new interpreter."""
    words = [sys.executable, "-c", code + SAY]
    done = subprocess.run(words, capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL)
    return done.stdout.splitlines()[-1].split()


def test_importing_the_package_imports_nothing_heavy():
    """``import rlprobe`` loads none of the optional packages, nor do its wrappers."""
    assert heavy_after("import rlprobe, probe_envs; rlprobe.NormalizeAll; rlprobe.diagnose") == []


def test_the_check_sees_what_is_imported():
    """The check above is not blind: a heavy module that is imported is named."""
    assert heavy_after("import rich") == ["rich"]


HELP = """
import contextlib
from rlprobe.cli import main
with contextlib.suppress(SystemExit):
    main({words!r})
pass"""


@pytest.mark.parametrize(
    "words",
    [
        ["--help"],
        ["diagnose", "--help"],
        ["list", "--help"],
        ["demo", "--help"],
        ["compare", "--help"],
        ["battery", "--help"],
    ],
)
def test_help_imports_nothing_heavy(words):
    """Asking for help loads none of the optional packages."""
    assert heavy_after(HELP.format(words=words)) == []


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(rlprobe, command):
    """``rlprobe COMMAND --help`` exits 0 and shows a command that can be copied."""
    got = rlprobe(command, "--help")
    assert (got.code, got.err) == (0, "")
    assert f"rlprobe {command} " in got.out.split("options:")[1] or f"rlprobe {command}\n" in got.out
    assert max(map(len, got.out.splitlines())) <= 80


def test_the_version_is_that_of_the_package(rlprobe):
    """``rlprobe --version`` prints the version the package has."""
    import rlprobe as package

    assert rlprobe("--version").out == f"rlprobe {package.__version__}\n"


def test_the_overview_names_every_command_once(rlprobe):
    """``rlprobe --help`` groups the commands by what people want, in 80 columns."""
    shown = rlprobe("--help").out
    assert sorted(name for names in GROUPS.values() for name in names) == sorted(COMMANDS)
    assert all(shown.count(f"\n  {name} ") == 1 for name in COMMANDS)
    assert max(map(len, shown.splitlines())) <= 80
