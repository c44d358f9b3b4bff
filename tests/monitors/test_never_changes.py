"""A run is the same with and without being watched, and nothing is left behind."""

from __future__ import annotations

import contextlib
import random
import subprocess
import sys
from pathlib import Path

import gymnasium as gym
import numpy as np
import pytest

import rlprobe
from rlprobe.monitors.networks.twin import undisturbed

torch = pytest.importorskip("torch")
WRITTEN = Path(__file__).parent / "written"


def script(*words, watched=None, code=0):
    """The output of a script, run plainly or under the monitors."""
    own = [str(WRITTEN / words[0]), *words[1:]]
    start = [sys.executable, "-m", "rlprobe", "run", "--out", str(watched)] if watched else [sys.executable]
    done = subprocess.run([*start, *own], capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stderr
    return done


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [
        ("reinforce.py", "--episodes", "40"),
        ("ppo.py", "--total-timesteps", "1536"),
        ("td3.py", "--total-timesteps", "1500"),
    ],
    ids=lambda words: words[0],
)
def test_returns_and_weights_are_bit_equal(tmp_path, words):
    """A single-file script prints the same sums with and without."""
    plain, watched = script(*words), script(*words, watched=tmp_path)
    assert plain.stdout == watched.stdout
    assert {path.name for path in tmp_path.iterdir()} == {"verdict.json", "run.jsonl", "report.html"}


def methods():
    """What could be replaced: the methods of environments and of torch that are listened to."""
    owners = (gym.Env, gym.Wrapper, gym.vector.VectorEnv, gym.vector.SyncVectorEnv, torch.Tensor, torch)
    owners += (torch.distributions.Categorical, torch.distributions.Normal, torch.nn.utils)
    names = (
        "step",
        "reset",
        "__init_subclass__",
        "exp",
        "sample",
        "rsample",
        "clip_grad_norm_",
        "backward",
        "entropy",
    )
    return {(owner, name): vars(owner).get(name) for owner in owners for name in names}


def test_everything_is_put_back():
    """After the block, methods, finders and global hooks are what they were before."""
    from torch.optim import optimizer as module

    before, finders = methods(), list(sys.meta_path)
    hooks = len(module._global_optimizer_pre_hooks)
    seen = rlprobe.watch()
    with seen:
        assert methods() != before
    assert methods() == before
    with contextlib.suppress(RuntimeError), rlprobe.watch():
        raise RuntimeError
    assert methods() == before
    assert sys.meta_path == finders
    assert len(module._global_optimizer_pre_hooks) == hooks


def test_global_random_state_is_untouched():
    """No number is drawn from the generators of random, numpy or torch."""
    random.seed(1)
    np.random.seed(1)  # noqa: NPY002 - the global generator is meant
    torch.manual_seed(1)
    before = random.getstate(), np.random.get_state()[1].tolist(), torch.get_rng_state()  # noqa: NPY002
    with rlprobe.watch():
        net = torch.nn.Linear(2, 2)
        optimizer = torch.optim.Adam(net.parameters())
        state = torch.get_rng_state()
        for _ in range(30):
            optimizer.zero_grad()
            net(torch.ones(3, 2)).sum().backward()
            optimizer.step()
        assert torch.equal(state, torch.get_rng_state())
    assert random.getstate() == before[0]
    assert np.random.get_state()[1].tolist() == before[1]  # noqa: NPY002


def test_a_normal_number_that_numpy_keeps_for_later():
    """NumPy draws normal numbers in pairs: asking a network in between leaves the second one there."""
    np.random.seed(1)  # noqa: NPY002 - the global generator is meant
    expected = np.random.normal(size=4).tolist()  # noqa: NPY002
    np.random.seed(1)  # noqa: NPY002
    drawn = []
    for _ in expected:
        drawn.append(np.random.normal())  # noqa: NPY002
        with undisturbed(torch):
            np.random.normal(size=3)  # noqa: NPY002
    assert drawn == expected


def test_two_watches_do_not_disturb_each_other():
    """A watch inside a watched script sees the same steps, and the outer one goes on."""
    before = methods()
    with rlprobe.watch() as outer:
        env = gym.make("CartPole-v1")
        env.reset(seed=0)
        env.step(0)
        with rlprobe.watch() as inner:
            env.step(0)
        env.step(0)
    assert (outer.steps, inner.steps) == (3, 1)
    assert methods() == before


def test_an_error_of_ours_is_not_the_run_s(monkeypatch):
    """If something cannot be followed, the run goes on and the report says so."""
    monkeypatch.delenv("RLPROBE_DEBUG", raising=False)
    with rlprobe.watch() as watch:
        monkeypatch.setattr(watch.places, "stepped", lambda *_: 1 / 0)
        env = gym.make("CartPole-v1")
        env.reset(seed=0)
        env.step(0)
    assert watch.problems == ["not everything was watched (ZeroDivisionError: division by zero)"]
