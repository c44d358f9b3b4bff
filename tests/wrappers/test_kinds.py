"""Pictures that are not pictures: planes, grids of ids, depths, channels first, pictures in a Dict."""

from __future__ import annotations

import warnings

import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces
from gymnasium.vector import SyncVectorEnv

from rlprobe import NormalizeAll
from rlprobe.environments.pictures import shown
from rlprobe.wrappers import vector


class Sampling(gym.Env):
    """Shows what a function of the generator says."""

    action_space = spaces.Discrete(2)

    def __init__(self, space, look=None):
        self.observation_space = space
        self.look = look or (lambda random: space.sample())

    def reset(self, *, seed=None, options=None):
        """Start."""
        super().reset(seed=seed)
        return self.look(self.np_random), {}

    def step(self, action):
        """Go on."""
        return self.look(self.np_random), 0.0, False, False, {}


def box(*shape, high=255, dtype=np.uint8):
    """A box of whole numbers from 0."""
    return spaces.Box(0, high, shape, dtype)


def by_plane(shape, axis):
    """Zeros and ones, one share of ones per index of ``axis``."""
    shares = np.linspace(0.05, 0.95, shape[axis])
    wide = np.moveaxis(np.broadcast_to(shares, (*np.delete(shape, axis), shape[axis])), -1, axis)
    return shares, lambda random: (random.random(shape) < wide).astype(np.uint8)


@pytest.mark.parametrize(
    ("shape", "axis"),
    [
        ((7, 7, 20), 2),
        ((20, 7, 7), 0),
        ((10, 10, 6), 2),
        ((17, 19, 19), 0),
        ((8, 8, 111), 2),
        ((3, 84, 84), 0),
        ((84, 84, 4), 2),
        ((210, 160, 3), 2),
        ((8, 36, 40), 0),
        ((5, 5, 9), 2),
        ((13, 11, 3), 2),
    ],
)
def test_each_plane_has_its_statistic(shape, axis):
    """Wherever the planes lie and however many, single and vector faces keep one statistic each."""
    shares, look = by_plane(shape, axis)

    def make():
        return Sampling(box(*shape), look)

    for env in (NormalizeAll(make()), vector.NormalizeAll(SyncVectorEnv([make]))):
        env.reset(seed=0)
        for _ in range(40):
            env.step(env.action_space.sample())
        assert env.stats.mean.shape == (shape[axis],)
        np.testing.assert_allclose(env.stats.mean, shares, atol=0.1)


@pytest.mark.parametrize(
    ("space", "said"),
    [
        (
            box(10, 8, 20),
            r"planes HWC.*20 channels.*guess from the shape.*layout='CHW'.*layout='HWC' if not",
        ),
        (box(12, 20, 24), r"picture CHW.*12 channels.*layout='HWC'"),
        (box(6, 6, 6), "guess"),
        (box(7, 7, 3, high=10), "go only up to 10: they may be ids. Say kind='ids'"),
        (box(20, 20, high=5), "may be ids"),
        (spaces.Dict(grid=box(9, 8, 9), x=box(2, dtype=np.int64)), r"layout=\{'grid': 'CHW'\}"),
        (box(10, 10, 27, high=1, dtype=np.int32), "one statistic per element.*may be planes or ids"),
        (box(64, 64, 1, high=9, dtype=np.float32), "may be a picture or a depth. Say kind='picture'"),
    ],
)
@pytest.mark.filterwarnings("ignore:.*leaves 'grid' as bytes")
def test_what_is_taken_in_doubt_is_said(space, said):
    """Where the layout or kind is a guess, construction says what was taken, why, and what to write."""
    options = {"images": "channel"} if isinstance(space, spaces.Dict) else {}
    with pytest.warns(UserWarning, match=said):
        NormalizeAll(Sampling(space), **options)


@pytest.mark.parametrize(
    ("space", "options", "shape"),
    [
        (box(10, 8, 20), {"layout": "CHW"}, (10,)),
        (box(10, 8, 20), {"layout": "hwc"}, (20,)),
        (box(4, 20, 30, 3), {"layout": "SHWC"}, (4, 3)),
        (box(7, 7, 3, high=10), {"kind": "picture"}, (3,)),
        (box(7, 7, 3, high=10), {"kind": "numbers"}, (7, 7, 3)),
        (box(48, 64, 1, high=9, dtype=np.float32), {"kind": "depth"}, (1,)),
        (box(48, 64, high=9, dtype=np.float32), {"kind": "depth"}, ()),
        (box(1, 48, 64, high=9, dtype=np.uint16), {"kind": "depth", "layout": "CHW"}, (1,)),
        (box(10, 10, 27, high=1, dtype=np.int32), {"kind": "planes"}, (27,)),
        (box(84, 84, 3), {"images": "pixel"}, (84, 84, 3)),
    ],
)
def test_what_is_said_is_done_without_a_word(space, options, shape):
    """What kind= and layout= say decides over which axes statistics are pooled, for any dtype."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        env = NormalizeAll(Sampling(space), **options)
    env.reset(seed=0)
    observation = env.step(0)[0]
    assert env.stats.mean.shape == shape
    assert (observation.shape, observation.dtype) == (space.shape, np.float32)


@pytest.mark.parametrize("kind", ["ids", "segmentation", "mask"])
def test_ids_are_left_alone(kind):
    """A grid of ids keeps its bytes and gets no statistics, also as one of several arrays."""
    env = NormalizeAll(Sampling(box(7, 7, 3, high=10)), kind=kind)
    assert env.observation_space == env.env.observation_space
    env = NormalizeAll(
        Sampling(spaces.Dict(grid=box(64, 64, high=9, dtype=np.int32), x=spaces.Box(-1, 1, (2,)))),
        kind={"grid": kind},
    )
    observation, _ = env.reset(seed=0)
    assert observation["grid"].dtype == np.int32
    assert observation["x"].tolist() == [0.0, 0.0]
    assert env.taken == {"grid": "ids HW: left as it is", "x": "numbers: one statistic per element"}


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"kind": "photo"}, "expected kind to be one of .*'planes'.*got 'photo'"),
        ({"layout": "HW"}, r"one letter per axis of the shape \(7, 7, 20\)"),
        ({"layout": "HHC"}, "one H"),
        ({"layout": "XYZ"}, "got 'XYZ'"),
        ({"layout": {"camera": "HWC"}}, r"layout for some of \['observation'\], got 'camera'"),
        ({"kind": {"camera": "ids"}}, "kind for some of"),
        ({"images": "bytes"}, "images to be one of"),
    ],
)
def test_what_cannot_be_is_refused(options, match):
    """Unknown kinds, layouts that do not fit the shape, and labels that are not there are refused by name."""
    with pytest.raises(ValueError, match=match):
        NormalizeAll(Sampling(box(7, 7, 20)), **options)


DICT = spaces.Dict(camera=box(40, 40, 3), state=spaces.Box(-1, 1, (4,), np.float32))


def test_pictures_within_a_dict_stay_bytes():
    """By default a picture beside numbers keeps its bytes, by which libraries know it, and that is said."""
    with pytest.warns(UserWarning, match=r"leaves 'camera' as bytes.*MultiInputPolicy.*keys="):
        env = NormalizeAll(Sampling(DICT))
    assert env.observation_space["camera"] == DICT["camera"]
    assert env.observation_space["state"] == spaces.Box(-10, 10, (4,), np.float32)
    with pytest.warns(UserWarning, match="leaves '1' as bytes"):
        NormalizeAll(Sampling(spaces.Tuple([spaces.Box(-1, 1, (2,)), box(36, 36, 3)])))


@pytest.mark.parametrize(
    ("options", "dtype"),
    [
        ({"images": "leave"}, np.uint8),
        ({"keys": ["state"]}, np.uint8),
        ({"images": "channel"}, np.float32),
        ({"images": "pixel"}, np.float32),
        ({"images": "fixed"}, np.float32),
        ({"keys": ["camera", "state"]}, np.float32),
        ({"kind": {"camera": "picture"}}, np.float32),
    ],
)
def test_what_is_asked_for_pictures_within_a_dict_is_done_without_a_word(options, dtype):
    """Naming the picture, or saying what becomes of pictures, decides; nothing is warned about."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        env = NormalizeAll(Sampling(DICT), **options)
    assert env.observation_space["camera"].dtype == dtype
    assert env.reset(seed=0)[0] in env.observation_space


def test_stable_baselines3_keeps_its_convolutions():
    """Behind NormalizeAll, MultiInputPolicy still builds convolutions for the camera."""
    pytest.importorskip("stable_baselines3")
    from stable_baselines3 import PPO
    from stable_baselines3.common.vec_env import DummyVecEnv

    from rlprobe.adapters.sb3 import wrap_vec_env

    def extractor(**options):
        venv = wrap_vec_env(DummyVecEnv([lambda: Sampling(DICT)]), observations=options)
        model = PPO("MultiInputPolicy", venv, n_steps=8, batch_size=8, n_epochs=1, device="cpu")
        return type(model.policy.features_extractor.extractors["camera"]).__name__

    with pytest.warns(UserWarning, match="leaves 'camera' as bytes"):
        assert extractor() == "NatureCNN"
    assert extractor(images="channel") == "Flatten"


@pytest.mark.parametrize(
    "space", [spaces.Graph(spaces.Box(-1, 1, (3,)), None), spaces.Sequence(spaces.Box(-1, 1, (2,)))]
)
def test_numbers_without_a_fixed_shape_are_left_and_said(space):
    """Graphs and sequences pass untouched, with one warning that names them."""
    with pytest.warns(UserWarning, match=f"leaves 'rest' as it is: a {type(space).__name__}"):
        env = NormalizeAll(Sampling(spaces.Dict(rest=space, x=spaces.Box(-1, 1, (2,)))))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        NormalizeAll(Sampling(env.env.observation_space), keys=["x"])


def drifting(declared, later, dtype=None, values=(1, 2)):
    """Right at first, another type from step 3 on."""
    steps = iter(range(99))

    def look(random):
        number = next(steps)
        x = np.array(values, declared) + declared(number % 2)
        return later(x) if number >= 3 else x.astype(declared)

    return Sampling(spaces.Box(-100, 100, (2,), dtype or declared), look)


@pytest.mark.parametrize(
    ("declared", "later"),
    [
        (np.float32, lambda x: x.astype(np.float64)),
        (np.float64, lambda x: x.astype(np.float32)),
        (np.float32, lambda x: x.astype(np.float16)),
        (np.float32, lambda x: x.astype(np.int64)),
        (np.int32, lambda x: x.astype(np.int64)),
        (np.float32, lambda x: x.tolist()),
        (np.float32, tuple),
    ],
)
def test_another_dtype_is_converted_with_one_warning(declared, later):
    """float64 for float32, int64 for int32, lists for arrays: training goes on, the first step is named."""
    env, exact = NormalizeAll(drifting(declared, later)), NormalizeAll(drifting(declared, lambda x: x))
    env.reset()
    exact.reset()
    with pytest.warns(UserWarning, match=r"'observation' is \w+ at step 3, and the space declares") as said:
        ours = [env.step(0)[0].tolist() for _ in range(8)]
    assert len(said) == 1
    assert ours == [exact.step(0)[0].tolist() for _ in range(8)]
    assert np.array_equal(env.stats.std, exact.stats.std)


def test_another_dtype_of_a_vector_environment_is_converted():
    """The vector face does the same for a batch, and for terminal observations."""
    envs = SyncVectorEnv([lambda: drifting(np.float32, lambda x: x)] * 2)
    real = envs.step
    envs.step = lambda actions: (real(actions)[0].astype(np.float64), *real(actions)[1:])
    env = vector.NormalizeAll(envs)
    env.reset()
    with pytest.warns(UserWarning, match="'observation' is float64 at step 1") as said:
        assert [env.step(np.zeros(2, int))[0].dtype for _ in range(3)] == [np.float32] * 3
    assert len(said) == 1


@pytest.mark.parametrize(
    "later",
    [
        lambda x: x[:1],
        lambda x: x[None],
        lambda x: x + 0.5,
        lambda x: x.astype(np.int64) * 2**40,
        lambda x: x.astype(str),
        lambda x: None,
    ],
)
def test_what_cannot_be_converted_is_refused(later):
    """Another shape, and values that the declared dtype does not hold, are errors that name the step."""
    env = NormalizeAll(drifting(np.int32, later))
    env.reset()
    env.step(0)
    env.step(0)
    with pytest.raises(ValueError, match="at step 3: correct the environment"):
        env.step(0)


def test_the_same_answer_everywhere():
    """The doctest of shown, on shapes that people have."""
    seen = {shape: str(shown(box(*shape))) for shape in ((84, 84), (4, 84, 84, 3), (4, 3, 84, 84), (6, 7, 2))}
    assert seen == {
        (84, 84): "picture HW",
        (4, 84, 84, 3): "picture SHWC",
        (4, 3, 84, 84): "picture SCHW",
        (6, 7, 2): "planes HWC",
    }


@pytest.mark.parametrize("offset", [0, 17 * 10**17, 2**62, 2**63 - 2000])
@pytest.mark.parametrize("dtype", [np.int64, np.uint64])
def test_whole_numbers_keep_all_their_digits(dtype, offset, tmp_path):
    """Time stamps and counters of 64 bits: exact near any offset, in every face, saved and frozen."""
    top = int(np.iinfo(dtype).max)
    values = np.array([[offset + 7 * k * k, top - 5 * k] for k in range(12)], dtype=dtype)
    exact = np.array([[7.0 * k * k, -5.0 * k] for k in range(12)])
    space = spaces.Box(0, top, (2,), dtype)

    def make():
        rows = iter(values)
        return Sampling(space, lambda random: next(rows))

    env, envs = NormalizeAll(make()), vector.NormalizeAll(SyncVectorEnv([make]))
    for one in (env, envs):
        one.reset()
        for _ in range(9):
            last = one.step(one.action_space.sample())[0]
        np.testing.assert_allclose(one.stats.std, exact[:10].std(0), rtol=1e-12)
        np.testing.assert_allclose(
            last.reshape(-1), (exact[9] - exact[:10].mean(0)) / exact[:10].std(0), rtol=1e-5
        )
    np.testing.assert_allclose(
        env.normalize(values[10]), (exact[10] - exact[:10].mean(0)) / exact[:10].std(0), rtol=1e-5
    )
    env.save(tmp_path / "whole.npz")
    again = NormalizeAll(Sampling(space, lambda random: values[11]), update=False)
    again.load(tmp_path / "whole.npz")
    assert np.array_equal(again.reset()[0], env.normalize(values[11]))
    again.unfreeze()
    assert again.step(0)[0].shape == (2,)
    assert int(again.stats.count) == 11


def test_whole_numbers_of_planes_and_several_environments_are_pooled():
    """Grids of int64 and batches share one exact statistic, and merge as all others do."""
    base = 2**60
    rows = np.random.default_rng(0).integers(0, 9, (40, 4, 5, 5, 3)) + base
    steps = iter(rows)
    envs = vector.NormalizeAll(
        SyncVectorEnv([lambda: Sampling(box(5, 5, 3, high=2**62, dtype=np.int64))] * 4), kind="planes"
    )
    envs.env.reset = lambda **_: (next(steps), {})
    envs.reset()
    for _ in range(5):
        envs.reset()
    small = (rows[:6] - base).reshape(-1, 3).astype(np.float64)
    np.testing.assert_allclose(envs.stats.std, small.std(0), rtol=1e-12)
    twin = envs.stats.copy().merge(envs.stats)
    np.testing.assert_allclose(twin.std, small.std(0), rtol=1e-12)
