"""Compiled statistics are used where they can be had, and nothing is said where they cannot."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys

import numpy as np
import pytest

from rlprobe.stats import Moments
from rlprobe.stats.kernels import loops
from rlprobe.stats.kernels.compiled import SWITCH, compiled
from rlprobe.stats.kernels.kernel import Kernel

SETTINGS = {"epsilon": 1e-8, "clip": 10.0, "skip_nonfinite": False}
KERNEL = """
import sys, numpy as np
from rlprobe.stats import Moments
from rlprobe.stats.kernels.kernel import Kernel
kernel = Kernel(Moments((3,)), "float32", epsilon=1e-8, clip=10.0, skip_nonfinite=False)
for _ in range(2):
    kernel.count(np.zeros(3, np.float32))
print("NumPy" if kernel.loop is None else "compiled", "numba" in sys.modules)
"""
STEP = """
import gymnasium as gym, sys
from rlprobe import NormalizeAll, RewardScale
env = NormalizeAll(RewardScale(gym.make("CartPole-v1")))
env.reset(seed=0)
env.step(0)
print("NumPy" if env._kernels[0].loop is None else "compiled", "numba" in sys.modules)
"""


def run(code, **variables):
    """What ``code`` prints in a new interpreter, and what it says on the error stream."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | variables,
    )
    return done.stdout.strip(), done.stderr.strip()


def test_the_package_does_not_import_numba():
    """``import rlprobe`` and its wrappers do not load numba: only wrapping an environment does."""
    code = "import sys, rlprobe; rlprobe.NormalizeAll; from rlprobe.wrappers import vector; "
    assert run(code + "print('numba' in sys.modules)") == ("False", "")


def test_the_variable_switches_it_off():
    """With RLPROBE_FAST=0, NumPy does it and numba is not loaded."""
    assert run(KERNEL, **{SWITCH: "0"}) == ("NumPy False", "")


def test_a_numba_that_cannot_be_imported(tmp_path):
    """Where numba does not fit its NumPy, NumPy does it, and nothing is printed."""
    (tmp_path / "numba.py").write_text("raise ImportError('Numba needs NumPy 2.3 or less. Got NumPy 9.9.')")
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    assert run(KERNEL, PYTHONPATH=path, **{SWITCH: "1"}) == ("NumPy False", "")


def test_a_step_is_compiled():
    """Where numba is installed, wrapping and stepping an environment uses it."""
    pytest.importorskip("numba")
    assert run(STEP, **{SWITCH: "1"})[0] == "compiled True"


def test_no_folder_for_the_cache():
    """Where compiled code cannot be kept, nobody waits for it at every start: NumPy does it, silently."""
    pytest.importorskip("numba")
    nowhere = "from numba.core import caching; caching.CompileResultCacheImpl._locator_classes = []\n"
    assert run(nowhere + KERNEL, **{SWITCH: "1"}) == ("NumPy True", "")


def test_a_first_compilation_says_that_it_takes_time(tmp_path):
    """With an empty cache, one line on the terminal says what is going on, and only if it takes long."""
    pytest.importorskip("numba")
    code = "from rlprobe.stats.kernels.compiled import compiled, loops; "
    code += "print(compiled(loops.rewards, 'float64') is not None)"
    first = run(code, NUMBA_CACHE_DIR=str(tmp_path), **{SWITCH: "1"})
    assert first[0] == "True"
    assert first[1] in ("", "rlprobe: preparing compiled statistics, which takes long only once ...")
    assert any(tmp_path.rglob("*.nbi"))


@pytest.mark.parametrize("dtype", ["float32", "float64", "uint8", "int32", "float16", "int64"])
@pytest.mark.usefixtures("arithmetic")
def test_every_type_of_number(dtype):
    """Samples and batches of each type count as the same numbers in float64 do."""
    rng = np.random.default_rng(0)
    stream = rng.integers(0, 200, (60, 5)).astype(dtype)
    kernel = Kernel(Moments((5,)), dtype, **SETTINGS)
    for x in stream[:30]:
        z = kernel.count(x)
    z = kernel.count(stream[30:])
    seen = stream.astype(np.float64)
    np.testing.assert_allclose(kernel.moments.std, seen.std(0), rtol=1e-13)
    np.testing.assert_allclose(z, (seen[30:] - seen.mean(0)) / seen.std(0), atol=1e-6)
    np.testing.assert_allclose(kernel.frozen(stream[-1]), z[-1], atol=1e-6)


@pytest.mark.usefixtures("arithmetic")
def test_arrays_that_are_not_contiguous_or_read_only():
    """Every second number of an array, a transposed one and a read-only one count as their copies do."""
    rng = np.random.default_rng(1)
    kernel, plain = (Kernel(Moments((4,)), "float64", **SETTINGS) for _ in range(2))
    for _ in range(5):
        wide, tall = rng.normal(size=8), rng.normal(size=(4, 6))
        wide.flags.writeable = False
        np.testing.assert_array_equal(kernel.count(wide[::2]), plain.count(wide[::2].copy()))
        np.testing.assert_allclose(kernel.count(tall.T), plain.count(tall.T.copy()), atol=1e-6)
    np.testing.assert_allclose(kernel.moments.std, plain.moments.std, rtol=1e-13)


def test_both_ways_agree(monkeypatch):
    """One stream through NumPy and through the compiled loop: the same statistics to rounding."""
    pytest.importorskip("numba")
    rng = np.random.default_rng(2)
    kernels = []
    for switch in ("0", "1"):
        monkeypatch.setenv(SWITCH, switch)
        kernels.append(Kernel(Moments((7,)), "float32", **SETTINGS))
    assert [kernel.loop is None for kernel in kernels] == [True, False]
    for n in (1, 1, 2, 3, 64, 1, 700, 1):
        rows = rng.normal(1e4, 1.0, (n, 7)).astype(np.float32)
        first, second = (kernel.count(rows) for kernel in kernels)
        np.testing.assert_allclose(first, second, atol=1e-6)
    first, second = (kernel.moments for kernel in kernels)
    np.testing.assert_allclose(first.mean, second.mean, rtol=1e-15)
    np.testing.assert_allclose(first.std, second.std, rtol=1e-13)


def test_a_pickled_kernel_finds_its_loop_or_does_without(monkeypatch):
    """A kernel that is sent to a process without numba goes on with NumPy, and comes back compiled."""
    pytest.importorskip("numba")
    monkeypatch.setenv(SWITCH, "1")
    kernel = Kernel(Moments((3,)), "float64", **SETTINGS)
    kernel.count(np.arange(12.0).reshape(4, 3))
    kernel.clipped = 5
    sent = pickle.dumps(kernel)
    monkeypatch.setenv(SWITCH, "0")
    there = pickle.loads(sent)
    assert there.loop is None
    assert (there.clipped, there.moments.count) == (5, 4)
    monkeypatch.setenv(SWITCH, "1")
    assert pickle.loads(sent).loop is not None


def test_loops_are_looked_up_once(monkeypatch):
    """The same compiled loop serves all wrappers of a process."""
    pytest.importorskip("numba")
    monkeypatch.setenv(SWITCH, "1")
    for loop, dtype in ((loops.observations, "float32"), (loops.rewards, "float64")):
        assert compiled(loop, dtype) is compiled(loop, dtype)
