"""Environments that return the same dict or buffer every time, or something of an odd type."""

from __future__ import annotations

from fractions import Fraction

import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces
from gymnasium.vector import AsyncVectorEnv, AutoresetMode, SyncVectorEnv

import rlprobe
from rlprobe import FrameSkip, NormalizeAll, RewardScale
from rlprobe.wrappers import vector

BOX = spaces.Box(0, 99, (1,), np.float32)


class Counting(gym.Env):
    """Shows the time; everything it returns can be exchanged."""

    metadata = {"render_modes": ["rgb_array"], "render_fps": 30}  # noqa: RUF012

    def __init__(
        self, *, space=BOX, look=None, length=10, reward=1.0, info=None, flags=None, render_mode=None
    ):
        self.observation_space, self.action_space = space, spaces.Discrete(2)
        self.look = look or (lambda t: np.array([t], np.float32))
        self.length, self.reward, self.flags, self.render_mode = length, reward, flags, render_mode
        self.info = (dict) if info is None else info
        self.screen = np.zeros((2, 2, 3), np.uint8)

    def reset(self, *, seed=None, options=None):
        """Start at 0."""
        super().reset(seed=seed)
        self.t = 0
        return self.look(0), self.info()

    def step(self, action):
        """Go on."""
        self.t += 1
        flags = self.flags or (self.t >= self.length, False)
        return self.look(self.t), self.reward, *flags, self.info()

    def render(self):
        """The time, in a buffer that is reused."""
        self.screen[:] = self.t
        return self.screen


def one_dict():
    """A function that returns the same dict every time."""
    same = {"mine": 1}
    return lambda: same


def test_frames_are_those_of_this_step_though_the_info_dict_is_reused():
    """Nothing is read back from a dict that the environment keeps, and nothing is written into it."""
    info = one_dict()
    env = NormalizeAll(RewardScale(FrameSkip(Counting(length=99, info=info), 4)), keep_raw=True)
    env.reset(seed=0)
    told = [env.step(0)[4] for _ in range(5)]
    assert [t["rlprobe"]["frames"] for t in told] == [4] * 5
    assert [t["rlprobe"]["raw_reward"] for t in told] == [4.0] * 5
    assert [t["rlprobe"]["raw_observation"].item() for t in told] == [4, 8, 12, 16, 20]
    assert "rlprobe" not in env.reset(seed=0)[1] or set(env.reset(seed=0)[1]["rlprobe"]) == {
        "raw_observation"
    }
    assert info() == {"mine": 1}


@pytest.mark.parametrize("info", [None, one_dict()])
@pytest.mark.parametrize(("inner", "outer"), [(2, 2), (3, 2), (1, 5), (4, 4)])
@pytest.mark.parametrize("length", [1, 3, 7, 16])
@pytest.mark.filterwarnings("ignore:FrameSkip around")
def test_frames_of_nested_skips_are_the_steps_of_the_environment(info, inner, outer, length):
    """Nested skips count every step of the bare environment once, wherever the episode ends."""
    env = FrameSkip(FrameSkip(Counting(length=length, info=info), inner), outer)
    env.reset()
    frames, done = 0, False
    while not done:
        _, _, done, _, told = env.step(0)
        frames += told["rlprobe"]["frames"]
        assert frames == env.unwrapped.t


@pytest.mark.parametrize("mode", list(AutoresetMode))
@pytest.mark.filterwarnings("ignore:FrameSkip around")
def test_frames_of_a_vector_skip_over_single_ones(mode):
    """The vector face counts the frames of skips inside its environments, in every autoreset mode."""
    makers = [lambda n=n: FrameSkip(Counting(length=n), 2) for n in (3, 50)]
    envs = vector.FrameSkip(SyncVectorEnv(makers, autoreset_mode=mode), 2)
    envs.reset(seed=0)
    assert envs.step(np.zeros(2, int))[4]["rlprobe"]["frames"].tolist() == [3, 4]


def nest(buffer):
    """A space with the buffer deep inside."""
    space = spaces.Dict(a=spaces.Tuple([BOX, spaces.Dict(b=spaces.Dict(c=BOX))]))

    def look(t):
        buffer[:] = t
        return {"a": (buffer, {"b": {"c": buffer}})}

    return space, look


def test_inner_observations_and_frames_of_a_skip_are_copies():
    """Nests of any depth and rendered pictures survive an environment that reuses its buffers."""
    space, look = nest(np.zeros(1, np.float32))
    env = FrameSkip(Counting(space=space, look=look, render_mode="rgb_array"), 3, record_inner=True)
    env.reset()
    ours = env.step(0)[4]["rlprobe"]
    assert [o["a"][0].item() for o in ours["inner_observations"]] == [1, 2, 3]
    assert [o["a"][1]["b"]["c"].item() for o in ours["inner_observations"]] == [1, 2, 3]
    assert [frame.max() for frame in ours["inner_frames"]] == [1, 2, 3]


def test_raw_observations_are_copies():
    """keep_raw keeps what was there at the step, also of nests."""
    space, look = nest(np.zeros(1, np.float32))
    env = NormalizeAll(Counting(space=space, look=look), keep_raw=True)
    first = env.reset()[1]["rlprobe"]["raw_observation"]
    raw = [first, *(env.step(0)[4]["rlprobe"]["raw_observation"] for _ in range(3))]
    assert [r["a"][1]["b"]["c"].item() for r in raw] == [0, 1, 2, 3]


def test_raw_observations_of_workers_that_share_memory_are_copies():
    """AsyncVectorEnv(copy=False) writes every step into one array; keep_raw still keeps each."""
    envs = vector.NormalizeAll(AsyncVectorEnv([Counting, Counting], copy=False), keep_raw=True)
    envs.reset()
    raw = [envs.step(np.zeros(2, int))[4]["rlprobe"]["raw_observation"] for _ in range(3)]
    envs.close()
    assert [r[:, 0].tolist() for r in raw] == [[1, 1], [2, 2], [3, 3]]


def test_a_skip_ends_where_autoreset_resets():
    """Around gymnasium.wrappers.Autoreset, the reset is a step of its own, of 0 frames."""
    env = FrameSkip(gym.wrappers.Autoreset(Counting(length=6)), 4)
    env.reset(seed=0)
    seen = [(o.item(), r, e, i["rlprobe"]["frames"]) for o, r, e, _, i in (env.step(0) for _ in range(5))]
    assert seen == [
        (4, 4.0, False, 4),
        (6, 2.0, True, 2),
        (0, 0.0, False, 0),
        (4, 4.0, False, 4),
        (6, 2.0, True, 2),
    ]
    env.reset()
    assert env.step(0)[0] == 4
    many = vector.FrameSkip(SyncVectorEnv([lambda: Counting(length=6)]), 4)
    many.reset(seed=0)
    steps = [many.step(np.zeros(1, int)) for _ in range(5)]
    assert seen == [(o.item(), r.item(), e.item(), i["rlprobe"]["frames"].item()) for o, r, e, _, i in steps]


@pytest.mark.filterwarnings("ignore:FrameSkip around")
def test_nested_skips_end_where_autoreset_resets():
    """Two skips around Autoreset: no frame of the next episode is taken with the old action."""
    env = FrameSkip(FrameSkip(gym.wrappers.Autoreset(Counting(length=3)), 2), 2)
    env.reset()
    seen = [(o.item(), i["rlprobe"]["frames"]) for o, *_, i in (env.step(0) for _ in range(3))]
    assert seen == [(3, 3), (0, 0), (3, 3)]


def test_one_reward_in_an_array_counts_and_is_said():
    """A reward of shape (1,) is taken as its number, with a warning that names the shape."""
    for wrapper in (RewardScale, FrameSkip):
        env = wrapper(Counting(reward=np.ones(1)))
        env.reset()
        with pytest.warns(UserWarning, match=r"ndarray of shape \(1,\)"):
            assert env.step(0)[1] == (1.0 if wrapper is RewardScale else 4.0)


@pytest.mark.parametrize(
    "reward", [2, True, np.float32(2), np.array(2.0), np.int64(2), Fraction(2), np.bool_(1)]
)
def test_numbers_of_any_type_are_rewards(reward):
    """Whole numbers, flags, NumPy scalars, arrays without axes: taken as they are, without a word."""
    env = RewardScale(Counting(reward=reward))
    env.reset()
    assert env.step(0)[1] == float(reward)


@pytest.mark.parametrize(
    ("reward", "match"),
    [
        (np.array([2.0, 1.0]), r"ndarray of shape \(2,\): several rewards.*TransformReward"),
        ([1.0, 2.0, 3.0], r"list of shape \(3,\)"),
        (None, "expected a number as reward, got NoneType"),
        ("1", "got str: '1'"),
        ({"a": 1.0}, "got dict"),
        (1j, "got complex"),
        (np.zeros(0), r"shape \(0,\)"),
    ],
)
@pytest.mark.parametrize("wrapper", [RewardScale, FrameSkip])
def test_a_reward_that_is_no_number_is_an_error_that_names_it(wrapper, reward, match):
    """Several rewards, text, None: an error with type, shape and what to do, not NumPy's."""
    env = wrapper(Counting(reward=reward))
    env.reset()
    with pytest.raises(TypeError, match=match):
        env.step(0)


@pytest.mark.parametrize("wrapper", [RewardScale, FrameSkip])
@pytest.mark.parametrize(
    ("flags", "match"),
    [
        ((np.array([True, False]), False), r"terminated as True or False, got ndarray of shape \(2,\)"),
        ((False, "False"), "truncated as True or False, got str: 'False'"),
        ((None, False), "terminated as True or False, got NoneType"),
    ],
)
def test_a_flag_that_is_none_is_an_error_that_names_it(wrapper, flags, match):
    """Flags may be NumPy's or 0 and 1; arrays of several, text and None are refused by name."""
    env = wrapper(Counting(flags=flags))
    env.reset()
    with pytest.raises(TypeError, match=match):
        env.step(0)
    for fine in ((np.bool_(1), False), (0, 1), (np.array([False]), np.bool_(1))):
        env = wrapper(Counting(flags=fine))
        env.reset()
        env.step(0)


@pytest.mark.parametrize("info", [lambda: None, list, lambda: "nothing"])
def test_an_info_that_is_no_dict_is_an_error_that_names_it(info):
    """None, lists and text as info are refused by name."""
    for env in (RewardScale(Counting(info=info)), FrameSkip(Counting(info=info))):
        env.reset()
        with pytest.raises(TypeError, match="expected info as a dict, got"):
            env.step(0)


@pytest.mark.parametrize("period", [2, 3, 4])
def test_max_all_sees_what_flickers_with_any_period(period):
    """A sprite drawn in every fourth frame is seen by max-all of four frames; max of two misses it."""

    def look(t):
        return np.array([float(t % period == 1)], np.float32)

    def seen(pool):
        env = FrameSkip(Counting(length=99, look=look), 4, pool=pool)
        many = vector.FrameSkip(SyncVectorEnv([lambda: Counting(length=99, look=look)]), 4, pool=pool)
        env.reset()
        many.reset()
        single = [env.step(0)[0].item() for _ in range(6)]
        assert [many.step(np.zeros(1, int))[0].item() for _ in range(6)] == single
        return single

    assert seen("max-all") == [1.0] * 6
    assert seen("max") != [1.0] * 6 or period == 2


@pytest.mark.parametrize("length", range(1, 10))
@pytest.mark.parametrize("mode", list(AutoresetMode))
def test_max_all_pools_only_the_frames_of_this_skip(length, mode):
    """Wherever the episode ends, the maximum is over the frames that this action took."""

    def look(t):
        return np.array([99.0 - t], np.float32)  # the largest is the first frame of a skip

    envs = vector.FrameSkip(
        SyncVectorEnv([lambda: Counting(length=length, look=look)], autoreset_mode=mode), 4, pool="max-all"
    )
    env = FrameSkip(Counting(length=length, look=look), 4, pool="max-all")
    envs.reset()
    env.reset()
    for start in range(0, length, 4):
        observation, _, ended, _, infos = envs.step(np.zeros(1, int))
        assert env.step(0)[0].item() == 99 - (start + 1)
        if ended[0] and mode == AutoresetMode.SAME_STEP:
            assert infos["final_obs"][0].item() == 99 - (start + 1)
        else:
            assert observation.item() == 99 - (start + 1)


def test_a_missing_key_is_named():
    """An observation without a declared key says which, and which there are, also within a nest."""
    space = spaces.Dict(a=BOX, b=spaces.Dict(c=BOX))
    for look, match in (
        (
            lambda t: {"a": np.zeros(1, np.float32)},
            r"declares the key 'b', but the observation has none.*\['a'\]",
        ),
        (lambda t: {"a": np.zeros(1, np.float32), "b": {}}, "declares the key 'c' within 'b'"),
        (lambda t: np.zeros(1, np.float32), "declares the key 'a'.*ndarray"),
    ):
        with pytest.raises(ValueError, match=match):
            NormalizeAll(Counting(space=space, look=look)).reset()


def test_the_stack_tells_everything_together():
    """Frames, raw reward and raw observation stand beside what the environment itself tells."""
    env = rlprobe.NormalizeAll(RewardScale(FrameSkip(Counting(info=one_dict()), 2)), keep_raw=True)
    env.reset()
    info = env.step(0)[4]
    assert info["mine"] == 1
    assert set(info["rlprobe"]) == {"frames", "raw_reward", "raw_observation"}
