"""Vector environments of torch tensors: the same numbers as with arrays, as tensors, on their device."""

from __future__ import annotations

import copy
import pickle

import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

from rlprobe import NormalizeAll
from rlprobe.stats import NonFiniteError
from rlprobe.wrappers import vector

torch = pytest.importorskip("torch")
N = 3
MODES = [AutoresetMode.NEXT_STEP, AutoresetMode.SAME_STEP, AutoresetMode.DISABLED]
NEST = spaces.Dict({"arm": spaces.Box(-9, 9, (2,)), "camera": spaces.Box(0, 255, (2, 4, 4), np.uint8)})


def tensors(nested):
    """Every array of a nest as a tensor."""
    if isinstance(nested, dict):
        return {key: tensors(item) for key, item in nested.items()}
    if isinstance(nested, np.ndarray) and nested.dtype != object:
        return torch.from_numpy(nested.copy())
    return nested


def arrays(nested):
    """Every tensor of a nest as an array."""
    if isinstance(nested, dict):
        return {key: arrays(item) for key, item in nested.items()}
    return nested.numpy() if torch.is_tensor(nested) else nested


class Scripted(VectorEnv):
    """Random observations, rewards and endings from a seed, as arrays or as tensors."""

    def __init__(self, mode, space=None, convert=tensors):
        self.metadata = {"autoreset_mode": mode}
        self.num_envs, self.convert, self.mode = N, convert, mode
        self.single_observation_space = space or spaces.Box(-9, 9, (2,), np.float32)
        self.observation_space = batch_space(self.single_observation_space, N)
        self.single_action_space = spaces.Discrete(2)
        self.action_space = batch_space(self.single_action_space, N)
        self.rng = np.random.default_rng(0)
        self.last = self.draw()

    def draw(self):
        """A batch of observations."""
        if isinstance(self.single_observation_space, spaces.Dict):
            camera = self.rng.integers(0, 256, (N, 2, 4, 4)).astype(np.uint8)
            return {"arm": self.rng.normal(3.0, 2.0, (N, 2)).astype(np.float32), "camera": camera}
        return self.rng.normal(3.0, 2.0, (N, 2)).astype(np.float32)

    def reset(self, *, seed=None, options=None):
        """New observations for those that the mask names."""
        new = self.draw()
        mask = (options or {}).get("reset_mask")
        if mask is not None and not isinstance(new, dict):
            new[~np.asarray(mask)] = self.last[~np.asarray(mask)]
        self.last = new
        return self.convert(new), {}

    def step(self, actions):
        """New observations; each environment ends now and then."""
        self.last = self.draw()
        ended, cut = self.rng.random((2, N)) < 0.15
        infos = {}
        if self.mode == AutoresetMode.SAME_STEP and (ended | cut).any():
            infos = {"final_obs": self.convert(self.draw()), "_final_obs": self.convert(ended | cut)}
        rewards = self.rng.normal(1.0, 2.0, N)
        return self.convert(self.last), *map(self.convert, (rewards, ended, cut)), infos


def pair(mode, space=None, convert=tensors, **options):
    """Both normalisers around a scripted environment."""
    return vector.NormalizeAll(vector.RewardScale(Scripted(mode, space, convert)), **options)


def close(a, b, **tolerance):
    """Compare two nests."""
    if isinstance(a, dict):
        assert a.keys() == b.keys()
        for key in a:
            close(a[key], b[key], **tolerance)
    else:
        np.testing.assert_allclose(np.asarray(a, dtype=float), np.asarray(b, dtype=float), **tolerance)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("space", [None, NEST], ids=["flat", "nest"])
def test_tensors_come_out_as_arrays_do(mode, space):
    """What comes out, terminal observations too, and statistics equal those of arrays of the same numbers."""
    options = {} if space is None else {"keys": ("arm", "camera")}
    ours, plain = pair(mode, space, **options), pair(mode, space, convert=lambda x: x, **options)
    close(arrays(ours.reset()[0]), plain.reset()[0], atol=1e-6)
    for _ in range(60):
        got, wanted = ours.step(None), plain.step(None)
        assert all(torch.is_tensor(x) for x in got[1:4])
        close(arrays(got[0]), wanted[0], atol=2e-5)
        close(arrays(got[1]), wanted[1], rtol=1e-12)
        assert ("final_obs" in got[4]) == ("final_obs" in wanted[4])
        if "final_obs" in wanted[4]:
            close(arrays(got[4]["final_obs"]), wanted[4]["final_obs"], atol=2e-5)
        close(arrays(got[4]["rlprobe"]["raw_reward"]), wanted[4]["rlprobe"]["raw_reward"], rtol=1e-15)
        ended = (got[2] | got[3]).numpy()
        if mode == AutoresetMode.DISABLED and ended.any() and space is None:
            options = {"reset_mask": ended}
            close(arrays(ours.reset(options=options)[0]), plain.reset(options=options)[0], atol=2e-5)
    close(ours.stats.count, plain.stats.count)
    close(ours.stats.std, plain.stats.std, rtol=1e-12)
    assert ours.env.stats.count == plain.env.stats.count
    assert float(ours.env.stats.std) == pytest.approx(float(plain.env.stats.std), rel=1e-12)
    assert ours.clipped == plain.clipped


def test_a_far_mean_costs_no_digits():
    """Mean 1e8 and std 1 in float64 tensors: exact, as with arrays."""
    env = Scripted(AutoresetMode.NEXT_STEP, spaces.Box(-np.inf, np.inf, (2,), np.float64))
    drawn = []
    env.draw = lambda: drawn.append(env.rng.normal(1e8, 1.0, (N, 2))) or drawn[-1]
    wrapped = vector.NormalizeAll(env)
    wrapped.reset()
    for _ in range(200):
        wrapped.step(None)
    np.testing.assert_allclose(wrapped.stats.std, np.concatenate(drawn[:]).std(0), rtol=1e-9)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_refused_with_its_place(bad):
    """The error names environment, component and step; the statistics are as before."""
    env = Scripted(AutoresetMode.NEXT_STEP)
    wrapped = vector.NormalizeAll(env)
    wrapped.reset()
    wrapped.step(None)
    before = wrapped.stats.state_dict()
    draw = env.draw

    def broken():
        batch = draw()
        batch[1, 0] = bad
        return batch

    env.draw = broken
    with pytest.raises(NonFiniteError, match=r"observation\[0\].*environment 1 at step 2"):
        wrapped.step(None)
    for name, part in wrapped.stats.state_dict().items():
        np.testing.assert_array_equal(part, before[name])
    skipping = vector.NormalizeAll(env, stats=wrapped.stats, on_nonfinite="skip")
    z = skipping.step(None)[0]
    assert not torch.isfinite(z[1, 0])
    assert torch.isfinite(z[[0, 2]]).all()
    assert wrapped.stats.component_count.tolist() == [8, 9]


def test_rewards_that_are_not_finite():
    """A NaN reward is refused by its environment; with "skip" it is passed on and left out."""
    for on_nonfinite in ("raise", "skip"):
        env = Scripted(AutoresetMode.DISABLED)
        wrapped = vector.RewardScale(env, on_nonfinite=on_nonfinite)
        wrapped.reset()
        wrapped.step(None)
        step = env.step

        def broken(actions, step=step):
            result = step(actions)
            result[1][2] = np.nan
            return result

        env.step = broken
        if on_nonfinite == "raise":
            with pytest.raises(NonFiniteError, match="environment 2 at step 2"):
                wrapped.step(None)
            assert wrapped.stats.count == 3
        else:
            scaled = wrapped.step(None)[1]
            assert torch.isnan(scaled).tolist() == [False, False, True]
            assert wrapped.stats.count == 5


def test_statistics_are_read_saved_shared_and_copied(tmp_path):
    """What is counted on a device is there for whoever reads, saves, shares or copies it, and goes on."""
    ours = pair(AutoresetMode.NEXT_STEP)
    ours.reset()
    ours.step(None)
    stats = ours.stats
    assert stats.count == 2 * N
    ours.step(None)
    assert stats.count == 3 * N
    evaluation = vector.NormalizeAll(
        Scripted(AutoresetMode.NEXT_STEP, convert=lambda x: x), stats=stats, update=False
    )
    x = np.full((N, 2), 4.0, dtype=np.float32)
    first = evaluation.normalize(x)
    ours.step(None)
    assert (evaluation.normalize(x) != first).any()
    stats.update(np.zeros((4, 2)))
    ours.step(None)
    assert stats.count == 5 * N + 4
    twin = pickle.loads(pickle.dumps(copy.deepcopy(stats)))
    assert twin.count == stats.count
    ours.save(tmp_path / "observations.npz")
    ours.env.save(tmp_path / "rewards.npz")
    resumed = pair(AutoresetMode.NEXT_STEP)
    resumed.load(tmp_path / "observations.npz")
    resumed.env.load(tmp_path / "rewards.npz")
    resumed.unwrapped.rng = copy.deepcopy(ours.unwrapped.rng)
    for _ in range(3):
        a, b = ours.step(None), resumed.step(None)
        torch.testing.assert_close(a[0], b[0], rtol=0, atol=0)
        torch.testing.assert_close(a[1], b[1], rtol=0, atol=0)


def test_frozen_tensors_are_a_pure_function():
    """Frozen, the same tensors give the same result, nothing is counted, and NaN is refused."""
    ours = pair(AutoresetMode.NEXT_STEP)
    ours.reset()
    for _ in range(5):
        ours.step(None)
    x = torch.full((N, 2), 2.0)
    with ours.frozen():
        first, second = ours._standardise(x), ours._standardise(x)
        with pytest.raises(NonFiniteError):
            ours._standardise(torch.full((N, 2), float("nan")))
    assert torch.equal(first, second)
    assert ours.stats.count == 6 * N


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("pool", ["last", "max", "max-all"])
def test_frame_skip_of_tensors(mode, pool):
    """Observations, rewards and endings of a skip equal those of the same numbers as arrays."""
    ours, plain = (vector.FrameSkip(Scripted(mode, convert=c), 3, pool=pool) for c in (tensors, lambda x: x))
    ours.reset()
    plain.reset()
    for _ in range(30):
        got, wanted = ours.step(None), plain.step(None)
        assert all(torch.is_tensor(x) for x in got[:4])
        for a, b in zip(got[:4], wanted[:4], strict=True):
            np.testing.assert_allclose(a.numpy(), b, rtol=1e-6)
        ended = (got[2] | got[3]).numpy()
        if mode == AutoresetMode.DISABLED and ended.any():
            ours.reset(options={"reset_mask": ended})
            plain.reset(options={"reset_mask": ended})


def test_wrong_tensors_are_refused_by_shape():
    """A tensor of another shape, and tensors beside arrays, name the wrapper and what to do."""
    wrapped = vector.NormalizeAll(Scripted(AutoresetMode.NEXT_STEP, NEST), keys=("arm", "camera"))
    batch = tensors(wrapped.env.draw())
    with pytest.raises(ValueError, match=r"vector.NormalizeAll.*'arm'.*\(3, 5\)"):
        wrapped._standardise(batch | {"arm": torch.zeros(3, 5)})
    with pytest.raises(ValueError, match="tensors for all observations, or for none"):
        wrapped._standardise(batch | {"arm": np.zeros((3, 2), np.float32)})


def test_a_single_environment_of_tensors_names_the_conversion():
    """NormalizeAll of a single environment says how to turn its tensors into arrays."""

    class Single(gym.Env):
        observation_space, action_space = spaces.Box(-1, 1, (2,)), spaces.Discrete(2)

        def reset(self, *, seed=None, options=None):
            return torch.zeros(2), {}

    with pytest.raises(ValueError, match="ArrayConversion"):
        NormalizeAll(Single()).reset()


def test_torch_is_not_imported_without_tensors():
    """An environment of arrays does not make the wrappers load torch."""
    import os
    import subprocess
    import sys

    code = (
        "import sys, gymnasium as gym; from rlprobe.wrappers import vector;"
        "e = vector.NormalizeAll(vector.RewardScale(gym.make_vec('CartPole-v1', 2)));"
        "e.reset(); e.step(e.action_space.sample()); print('torch' in sys.modules)"
    )
    env = os.environ | {"RLPROBE_FAST": "0"}  # numba would take a second, and is none of this test's business
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=env)
    assert done.stdout == "False\n"
