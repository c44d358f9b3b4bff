"""NormalizeAll on one environment, against NumPy over the stored stream."""

from __future__ import annotations

import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces

from rlprobe import NormalizeAll
from rlprobe.stats import NonFiniteError

pytestmark = pytest.mark.usefixtures("arithmetic")


def expected(stream, clip=10.0, epsilon=1e-8):
    """Standardised with mean and std over everything up to each sample: the plain definition."""
    out = []
    for n in range(1, len(stream) + 1):
        seen = np.asarray(stream[:n], dtype=np.longdouble)
        z = (seen[-1] - seen.mean(0)) / np.maximum(seen.std(0), epsilon)
        out.append(np.clip(z, -clip, clip).astype(np.float64))
    return np.array(out)


@pytest.mark.parametrize("size", [1, 4, 12, 13, 40])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64])
def test_outputs_equal_the_definition(scripted, size, dtype):
    """Outputs are (x - mean) / std of everything so far, for few and many components and every dtype."""
    values = np.random.default_rng(0).normal(100.0, 7.0, (60, size)).astype(dtype)
    env = scripted.stream(values, dtype=dtype)
    env.observation_space = spaces.Box(-1000, 1000, (size,), dtype)
    env = NormalizeAll(env)
    out = scripted.run(env, 59)
    np.testing.assert_allclose(out, expected(values), atol=1e-5)
    assert out[0].dtype == np.float32
    assert all(z in env.observation_space for z in out)
    assert env.stats.count == 60


def test_statistics_start_from_the_first_sample(scripted):
    """At mean 1e8 and std 1, 1000 float64 samples give the exact std: there is no prior at mean 0."""
    values = np.random.default_rng(0).normal(1e8, 1.0, (1000, 1))
    env = NormalizeAll(scripted.stream(values))
    scripted.run(env, 999)
    reference = values.astype(np.longdouble)
    assert env.stats.std[0] == pytest.approx(float(reference.std()), rel=1e-9)
    assert env.stats.mean[0] == pytest.approx(float(reference.mean()), rel=1e-15)


def test_gymnasium_is_off_where_ours_is_exact(scripted):
    """The same stream gives Gymnasium's wrapper a std more than 30 000 times too large."""
    values = np.random.default_rng(0).normal(1e8, 1.0, (1000, 1))
    peer = gym.wrappers.NormalizeObservation(scripted.stream(values))
    scripted.run(peer, 999)
    assert np.sqrt(peer.obs_rms.var[0]) > 30_000


def test_pressure_in_float32(scripted):
    """Pressure around 101 325 Pa in float32: mean and std as exact as float64 sums give them."""
    values = np.random.default_rng(1).normal(101_325, 144, (5000, 1)).astype(np.float32)
    env = NormalizeAll(scripted.stream(values, dtype=np.float32))
    out = scripted.run(env, 4999)
    reference = values.astype(np.longdouble)
    assert env.stats.mean[0] == pytest.approx(float(reference.mean()), rel=1e-12)
    assert env.stats.std[0] == pytest.approx(float(reference.std()), rel=1e-9)
    z = (reference[-1] - reference.mean()) / reference.std()
    assert float(out[-1][0]) == pytest.approx(float(z[0]), abs=1e-6)


def test_first_observation_is_zero_and_a_late_flag_is_clipped(scripted):
    """Nothing comes out before two samples deviate; a flag after 10 000 zeros is 10, counted as clipped."""
    values = np.zeros((10_002, 2))
    values[:, 1] = 5.0
    values[-1] = [1.0, 5.0]
    env = NormalizeAll(scripted.stream(values))
    out = scripted.run(env, 10_001)
    assert not np.any(out[:-1])
    assert out[-1].tolist() == [10.0, 0.0]
    assert env.clipped == 1
    unlimited = NormalizeAll(scripted.stream(values), clip=None)
    assert scripted.run(unlimited, 10_001)[-1][0] == pytest.approx(100.0, rel=1e-3)
    assert unlimited.observation_space.high[0] == np.inf


def test_terminal_observations_count(scripted):
    """Count == resets + steps, and mean and std include every terminal observation."""
    rng = np.random.default_rng(2)
    episodes = scripted.random_episodes(rng, scripted.box(3))
    env = NormalizeAll(scripted.Env(scripted.box(3), episodes))
    seen = []
    for episode in episodes:
        env.reset()
        seen.append(episode.observations[0])
        for t in range(len(episode.rewards)):
            env.step(0)
            seen.append(episode.observations[t + 1])
    assert env.stats.count == len(seen)
    np.testing.assert_allclose(env.stats.mean, np.mean(seen, 0), rtol=1e-13)
    np.testing.assert_allclose(env.stats.std, np.std(seen, 0), rtol=1e-13)


NEST = spaces.Dict(
    {
        "arm": spaces.Tuple([spaces.Box(-np.inf, np.inf, (2,)), spaces.Discrete(7)]),
        "flags": spaces.MultiBinary(3),
        "inner": spaces.Dict({"speed": spaces.Box(-np.inf, np.inf, (), np.float64), "note": spaces.Text(5)}),
        "wheels": spaces.Box(0, 50, (2, 2), np.int64),
    }
)


def nested(rng):
    """One observation of ``NEST``."""
    return {
        "arm": (rng.normal(3, 2, 2).astype(np.float32), np.int64(rng.integers(7))),
        "flags": rng.integers(0, 2, 3).astype(np.int8),
        "inner": {"speed": np.array(rng.normal(1e5, 1.0)), "note": "abc"},
        "wheels": rng.integers(0, 50, (2, 2)),
    }


def test_any_nesting(scripted):
    """Boxes at every depth are standardised; Discrete, MultiBinary and Text come out the same objects."""
    rng = np.random.default_rng(3)
    stream = [nested(rng) for _ in range(40)]
    env = NormalizeAll(scripted.Env(NEST, [scripted.Episode(stream, [0.0] * 39)]))
    out = scripted.run(env, 39)
    np.testing.assert_allclose([o["arm"][0] for o in out], expected([s["arm"][0] for s in stream]), atol=1e-5)
    np.testing.assert_allclose(
        [o["inner"]["speed"] for o in out], expected([s["inner"]["speed"] for s in stream]), atol=1e-5
    )
    np.testing.assert_allclose([o["wheels"] for o in out], expected([s["wheels"] for s in stream]), atol=1e-5)
    assert all(
        o["arm"][1] is s["arm"][1] and o["flags"] is s["flags"] for o, s in zip(out, stream, strict=True)
    )
    assert all(o in env.observation_space for o in out)
    assert env.stats.count["inner"] == {"speed": 40, "note": None}
    assert env.stats.mean["arm"][1] is None
    np.testing.assert_allclose(env.stats.mean["arm"][0], np.mean([s["arm"][0] for s in stream], 0), rtol=1e-6)
    np.testing.assert_allclose(env.denormalize(out[-1])["wheels"], stream[-1]["wheels"], rtol=1e-5)


def test_keys_choose_and_unknown_keys_are_refused(scripted):
    """Only the named arrays change; a key that does not exist is answered with those that do."""
    rng = np.random.default_rng(4)
    stream = [nested(rng) for _ in range(5)]
    env = NormalizeAll(scripted.Env(NEST, [scripted.Episode(stream, [0.0] * 4)]), keys=["inner", "arm/0"])
    out = scripted.run(env, 4)
    assert out[-1]["wheels"] is stream[-1]["wheels"]
    assert out[-1]["arm"][0].dtype == np.float32
    assert env.observation_space["wheels"] == NEST["wheels"]
    with pytest.raises(ValueError, match=r"'arm/0', 'inner/speed', 'wheels'.*got 'leg'"):
        NormalizeAll(scripted.Env(NEST, []), keys=["leg"])


def test_ids_are_left_alone():
    """Taxi's Discrete(500) state comes through untouched; Gymnasium's wrapper z-scores it."""
    env = NormalizeAll(gym.make("Taxi-v4" if "Taxi-v4" in gym.registry else "Taxi-v3"))
    observation, _ = env.reset(seed=0)
    assert env.observation_space == spaces.Discrete(500)
    assert observation == env.unwrapped.s


def picture_env(scripted, shape, n=6, seed=5):
    """A stream of uint8 pictures and their environment."""
    rng = np.random.default_rng(seed)
    pictures = [rng.integers(0, 200, shape).astype(np.uint8) for _ in range(n)]
    space = spaces.Box(0, 255, shape, np.uint8)
    return np.array(pictures), scripted.Env(space, [scripted.Episode(pictures, [0.0] * (n - 1))])


@pytest.mark.parametrize(
    ("shape", "axes"), [((12, 10, 3), (0, 1, 2)), ((4, 12, 10), (0, 2, 3)), ((8, 8), (0, 1, 2))]
)
def test_images_per_channel(scripted, shape, axes):
    """Pictures get one statistic per channel, first or last, exact; the count is of pictures."""
    stream, env = picture_env(scripted, shape)
    env = NormalizeAll(env)
    out = scripted.run(env, len(stream) - 1)
    mean, std = stream.mean(axes, keepdims=True), stream.std(axes, keepdims=True)
    np.testing.assert_allclose(out[-1], ((stream - mean) / std)[-1], atol=1e-5)
    np.testing.assert_allclose(env.stats.mean, mean.squeeze(), rtol=1e-12)
    np.testing.assert_allclose(env.stats.std, std.squeeze(), rtol=1e-12)
    assert env.stats.count == len(stream)
    assert out[-1].shape == shape
    np.testing.assert_allclose(env.denormalize(out[-1]), stream[-1], atol=1e-3)


def test_images_per_pixel_and_fixed(scripted):
    """images="pixel" standardises each pixel; images="fixed" divides by 255 and keeps no statistics."""
    stream, env = picture_env(scripted, (9, 9, 3))
    out = scripted.run(NormalizeAll(env, images="pixel"), len(stream) - 1)
    np.testing.assert_allclose(out[-1], expected(stream)[-1], atol=1e-5)
    stream, env = picture_env(scripted, (9, 9, 3))
    fixed = NormalizeAll(env, images="fixed")
    out = scripted.run(fixed, len(stream) - 1)
    np.testing.assert_array_equal(out[-1], stream[-1].astype(np.float32) / np.float32(255))
    assert out[-1].dtype == np.float32
    assert (fixed.observation_space.high == 1).all()
    np.testing.assert_allclose(fixed.denormalize(out[-1]), stream[-1], atol=1e-4)


@pytest.mark.parametrize("size", [3, 20])
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_nonfinite_raises_and_leaves_the_statistics(scripted, size, bad):
    """A NaN or infinity is an error that names wrapper, component and step; statistics keep their bits."""
    values = np.random.default_rng(6).normal(size=(10, size))
    values[7, 2] = bad
    env = NormalizeAll(scripted.stream(values))
    scripted.run(env, 6)
    before = env.stats.state_dict()
    with pytest.raises(NonFiniteError, match=rf"NormalizeAll: observation\[2\] is {bad} at step 7"):
        env.step(0)
    assert all((before[k] == v).all() for k, v in env.stats.state_dict().items())
    np.testing.assert_allclose(env.step(0)[0], expected(np.delete(values, 7, 0))[7], atol=1e-5)


@pytest.mark.parametrize("size", [3, 20])
def test_nonfinite_skip_leaves_it_out_and_passes_it_on(scripted, size):
    """on_nonfinite="skip": NaN and infinities come out as they are; the statistics are of the rest."""
    values = np.random.default_rng(7).normal(size=(12, size))
    values[5, 1], values[6, 0], values[7, 2] = np.nan, np.inf, -np.inf
    env = NormalizeAll(scripted.stream(values), on_nonfinite="skip")
    out = scripted.run(env, 11)
    kept = np.where(np.isfinite(values), values, np.nan)
    np.testing.assert_allclose(env.stats.mean, np.nanmean(kept, 0), rtol=1e-12)
    np.testing.assert_allclose(env.stats.std, np.nanstd(kept, 0), rtol=1e-12)
    assert np.isnan(out[5][1])
    assert (out[6][0], out[7][2]) == (np.inf, -np.inf)
    assert np.isfinite(np.delete(out, [5, 6, 7], 0)).all()
    assert env.stats.component_count.tolist()[:3] == [11, 11, 11]
    assert env.clipped == 0


def test_a_bad_leaf_takes_nothing_from_the_others(scripted):
    """In a nest, one non-finite leaf leaves the statistics of all the others uncounted too."""
    rng = np.random.default_rng(8)
    stream = [nested(rng) for _ in range(4)]
    stream[3]["inner"]["speed"] = np.array(np.nan)
    env = NormalizeAll(scripted.Env(NEST, [scripted.Episode(stream, [0.0] * 3)]))
    scripted.run(env, 2)
    with pytest.raises(NonFiniteError, match="inner/speed is nan at step 3"):
        env.step(0)
    assert [m.count for m in env.stats.moments] == [3, 3, 3]


def test_frozen_is_pure(scripted):
    """While frozen the state keeps its bits, outputs depend on the input alone, and normalize() agrees."""
    values = np.random.default_rng(9).normal(5, 2, (30, 4))
    env = NormalizeAll(scripted.stream(values))
    scripted.run(env, 9)
    before = env.stats.state_dict()
    with env.frozen():
        out = [env.step(0)[0] for _ in range(10)]
    assert env.updating
    assert all((before[k] == v).all() for k, v in env.stats.state_dict().items())
    seen = values[:10]
    np.testing.assert_allclose(out, (values[10:20] - seen.mean(0)) / seen.std(0), atol=1e-5)
    assert (env.normalize(values[10:20]) == np.array(out)).all()
    np.testing.assert_allclose(env.denormalize(env.normalize(values[:5])), values[:5], rtol=1e-5)
    env.freeze()
    with env.frozen():
        pass
    assert not env.updating
    env.unfreeze()
    env.step(0)
    assert env.stats.count == 11


def test_frozen_constant_component_stays_silent(scripted):
    """A component that never varied in training is 0 in evaluation, not a clipped spike."""
    train = NormalizeAll(scripted.stream(np.full((20, 1), 3.0)))
    scripted.run(train, 19)
    evaluation = NormalizeAll(scripted.stream(np.full((5, 1), 4.0)), stats=train.stats, update=False)
    assert not np.any(scripted.run(evaluation, 4))


def test_frozen_without_data_warns(scripted):
    """Frozen before any observation was counted, the wrapper says that its outputs are all 0."""
    env = NormalizeAll(scripted.stream(np.ones((5, 1))), update=False)
    with pytest.warns(UserWarning, match="counted no observation"):
        env.reset()


def test_raw_observation_on_request(scripted):
    """keep_raw=True puts the observation as it was into info, at reset and step."""
    values = np.random.default_rng(13).normal(size=(3, 2))
    env = NormalizeAll(scripted.stream(values), keep_raw=True)
    assert (env.reset()[1]["rlprobe"]["raw_observation"] == values[0]).all()
    assert (env.step(0)[4]["rlprobe"]["raw_observation"] == values[1]).all()
    assert "rlprobe" not in NormalizeAll(scripted.stream(values)).reset()[1]


def test_input_is_never_written(scripted):
    """The environment's own array keeps its values, even if the environment hands out its buffer."""
    values = np.random.default_rng(14).normal(size=(6, 20))
    kept = values.copy()
    env = NormalizeAll(scripted.stream(values))
    scripted.run(env, 5)
    with env.frozen():
        env.reset()
    assert (values == kept).all()


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"clip": 0}, "clip above 0"),
        ({"clip": np.nan}, "clip above 0"),
        ({"clip": "10"}, "clip above 0"),
        ({"epsilon": 0}, "epsilon above 0"),
        ({"epsilon": -1e-8}, "epsilon above 0"),
        ({"on_nonfinite": "ignore"}, "'raise' or 'skip', got 'ignore'"),
        ({"images": "rgb"}, "got 'rgb'"),
        ({"names": ["a"]}, "expected 2 different names"),
        ({"names": ["a", "a"]}, "expected 2 different names"),
    ],
)
def test_bad_arguments_are_refused(scripted, arguments, match):
    """Every argument out of range is refused at construction."""
    with pytest.raises(ValueError, match=match):
        NormalizeAll(scripted.stream(np.ones((3, 2))), **arguments)


def test_bad_environments_are_refused(scripted):
    """Vector environments, non-environments, empty arrays and normalising twice are refused by name."""
    vector = gym.make_vec("CartPole-v1", num_envs=2, vectorization_mode="sync")
    with pytest.raises(TypeError, match=r"use rlprobe.wrappers.vector.NormalizeAll"):
        NormalizeAll(vector)
    with pytest.raises(TypeError, match="got str"):
        NormalizeAll("CartPole-v1")
    with pytest.raises(ValueError, match="another NormalizeAll"):
        NormalizeAll(gym.wrappers.TimeAwareObservation(NormalizeAll(gym.make("CartPole-v1"))))
    with pytest.raises(ValueError, match="NormalizeObservation is already there"):
        NormalizeAll(gym.wrappers.NormalizeObservation(gym.make("CartPole-v1")))
    with pytest.raises(ValueError, match=r"'observation' has the shape \(0,\)"):
        NormalizeAll(scripted.Env(scripted.box(0), []))
    vector.close()


@pytest.mark.parametrize(
    ("wrong", "match"),
    [
        (np.zeros(3), r"shape \(3,\) and dtype float64"),
        (np.array(["a", "b"]), r"shape \(2,\) and dtype <U1"),
        ([0.0, [1.0]], "class 'list'"),
    ],
)
def test_observations_that_are_not_as_declared_are_refused(scripted, wrong, match):
    """Another shape, dtype or type than the space declares is an error naming both, and counts nothing."""
    env = NormalizeAll(scripted.Env(scripted.box(2), [scripted.Episode([np.zeros(2), wrong], [0.0])]))
    env.reset()
    with pytest.raises(ValueError, match=match):
        env.step(0)
    assert env.stats.count == 1


def test_closed_environment_is_refused(scripted):
    """After close() both reset and step say so."""
    env = NormalizeAll(scripted.stream(np.ones((3, 2))))
    env.reset()
    env.close()
    for use in (env.reset, lambda: env.step(0)):
        with pytest.raises(gym.error.ClosedEnvironmentError, match="NormalizeAll was closed"):
            use()


def test_torch_tensors_are_accepted_by_stats(scripted):
    """stats.update takes torch tensors, also those that ask for a gradient."""
    torch = pytest.importorskip("torch")
    env = NormalizeAll(scripted.stream(np.ones((3, 2))))
    env.stats.update(torch.tensor([[1.0, 2.0], [3.0, 6.0]], requires_grad=True))
    assert env.stats.mean.tolist() == [2.0, 4.0]
    assert env.normalize(torch.tensor([3.0, 6.0])).tolist() == [1.0, 1.0]


def test_global_random_state_is_untouched(scripted):
    """Wrapping and stepping never draw from NumPy's global generator."""
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    scripted.run(NormalizeAll(scripted.stream(np.ones((9, 2)))), 8)
    assert (np.random.get_state()[1] == before).all()  # noqa: NPY002


@pytest.mark.parametrize("axes", ["HW", "CHW", "HWC"])
def test_depth_in_floats_shares_a_statistic_over_the_picture(scripted, axes):
    """Depth pictures in float32 are counted pixel by pixel into one statistic per channel; NaN is refused."""
    shape = {"HW": (6, 5), "CHW": (2, 6, 5), "HWC": (6, 5, 2)}[axes]
    over = {"HW": (0, 1, 2), "CHW": (0, 2, 3), "HWC": (0, 1, 2)}[axes]
    stream = np.random.default_rng(3).normal(40.0, 0.5, (31, *shape)).astype(np.float32)
    stream[30, 0, 0] = np.nan
    env = NormalizeAll(scripted.stream(stream, dtype=np.float32), kind="depth", layout=axes)
    z = scripted.run(env, 29)[-1]
    counted = stream[:30].astype(np.float64)
    mean, std = counted.mean(over), counted.std(over)
    np.testing.assert_allclose(env.stats.std, std, rtol=1e-12)
    back = (slice(None), None, None) if axes == "CHW" else ...
    np.testing.assert_allclose(z, (stream[29] - mean[back]) / std[back], atol=1e-5)
    with pytest.raises(NonFiniteError, match=r"\[0, 0.*nan"):
        env.step(0)
    np.testing.assert_allclose(env.stats.std, std, rtol=1e-12)
