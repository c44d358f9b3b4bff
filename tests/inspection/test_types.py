"""Types, limits, planes and checkers: what an environment returns at every step, and what it is taken for."""

from __future__ import annotations

import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces
from gymnasium.wrappers import TimeLimit

from rlprobe import FrameSkip, NormalizeAll


class Odd(gym.Env):
    """Episodes of ten steps; everything returned can be exchanged, by a function of the step."""

    def __init__(self, space=None, look=None, reward=None, flags=None, info=None, actions=None, length=10):
        self.observation_space = space or spaces.Box(-1, 1, (2,), np.float32)
        self.action_space = actions or spaces.Discrete(2)
        self.look = look or (lambda s: s.np_random.uniform(-1, 1, 2).astype(np.float32))
        self.reward, self.flags, self.info = reward or (lambda s: float(s.t % 3)), flags, info
        self.length, self.t = length, 0

    def reset(self, *, seed=None, options=None):
        """Start."""
        super().reset(seed=seed)
        self.t = 0
        return self.look(self), {}

    def step(self, action):
        """Go on."""
        self.t += 1
        flags = self.flags(self) if self.flags else (self.t >= self.length, False)
        return self.look(self), self.reward(self), *flags, self.info(self) if self.info else {}


def near(s):
    """Two numbers."""
    return s.np_random.uniform(-1, 1, 2)


@pytest.mark.parametrize(
    ("later", "declared", "words"),
    [
        (np.float64, np.float32, "turns float64 from seed 0, step 3 on, where the space declares float32"),
        (np.float32, np.float64, "turns float32 from seed 0, step 3 on"),
        (np.float16, np.float32, "turns float16"),
        (np.int64, np.float32, "turns int64"),
        (list, np.float32, "turns list"),
    ],
)
def test_a_dtype_that_drifts_is_found_at_its_step(inspected, later, declared, words):
    """Right at first and another type later is harmful; the first place is named, and how often it was."""

    def look(s):
        x = near(s).astype(declared)
        return x if s.t < 3 else x.tolist() if later is list else x.astype(later)

    report = inspected(Odd(spaces.Box(-1, 1, (2,), declared), look), steps=150)
    flag = report.flag("type-drift")
    assert flag.severity == "harmful"
    assert words in flag.sentence
    assert f"np.{np.dtype(declared).name}" in flag.advice


def test_a_dtype_that_is_never_right_is_worth_a_look(inspected):
    """Another precision from the first reset on is said as such; another kind of number is harmful."""
    flag = inspected(Odd(look=near), steps=150).flag("type-drift")
    assert flag.severity == "look"
    assert "is float64 from the first reset on" in flag.sentence
    whole = inspected(Odd(spaces.Box(-9, 9, (2,), np.int64), near), steps=150)
    assert whole.flag("type-drift").severity == "harmful"


def test_a_drift_in_one_leaf_and_at_resets_only(inspected):
    """One array of a Dict, and a reset that returns another type than steps, are found."""
    space = spaces.Dict(a=spaces.Box(-1, 1, (2,), np.float32), b=spaces.Box(0, 5, (1,), np.int32))

    def look(s):
        return {"a": near(s).astype(np.float32), "b": np.array([s.t % 5], np.int64 if s.t == 7 else np.int32)}

    flag = inspected(Odd(space, look), steps=150).flag("type-drift")
    assert flag.components == ("b",)
    assert "turns int64 from seed 0, step 7 on" in flag.sentence
    assert "(15 times)" in flag.sentence
    at_reset = Odd(look=lambda s: near(s).astype(np.float64 if s.t == 0 else np.float32))
    assert "from the first reset on" in inspected(at_reset, steps=150).flag("type-drift").sentence


def test_right_types_raise_no_flag(inspected):
    """Discrete ids of any integer type, NumPy rewards and flags are fine."""
    plain = Odd(
        spaces.Dict(x=spaces.Box(-1, 1, (2,), np.float32), id=spaces.Discrete(3)),
        lambda s: {"x": near(s).astype(np.float32), "id": int(s.t % 3)},
        reward=lambda s: np.float32(s.t),
        flags=lambda s: (np.bool_(s.t >= 10), np.bool_(0)),
    )
    ids = {flag.id for flag in inspected(plain, steps=150).flags}
    assert not ids & {"type-drift", "reward-no-number", "wrong-type", "raises"}


@pytest.mark.parametrize(
    ("reward", "severity", "words"),
    [
        (
            lambda s: np.array([2.0, 1.0]),
            "harmful",
            r"ndarray of shape (2,) from the first step on, not a number",
        ),
        (lambda s: [1.0, 2.0, 3.0], "harmful", "list of shape (3,)"),
        (lambda s: np.ones((1, 2)), "harmful", "shape (1, 2)"),
        (lambda s: np.array([float(s.t)]), "look", "ndarray of shape (1,)"),
        (lambda s: np.ones(2) if s.t > 4 else 1.0, "harmful", "shape (2,) from seed 0, step 5 on"),
    ],
)
def test_a_reward_that_is_an_array_is_found(inspected, reward, severity, words):
    """Several rewards at once are harmful, one in an array is worth a look; the first place is named."""
    flag = inspected(Odd(reward=reward), steps=150).flag("reward-no-number")
    assert flag.severity == severity
    assert words in flag.sentence


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"reward": lambda s: "1"}, "expected a number as reward, got str"),
        (
            {"flags": lambda s: (np.zeros(2, bool), False)},
            "expected terminated as True or False, got ndarray",
        ),
        ({"flags": lambda s: (False, "no")}, "expected truncated as True or False, got str"),
        (
            {"info": lambda s: None if s.t > 2 else {}},
            "step() after seed 0, step 2 (3 times): expected info as a dict",
        ),
        ({"info": lambda s: []}, "expected info as a dict, got list"),
        ({"look": lambda s: np.zeros(3 if s.t == 4 else 2, np.float32)}, "observation has shape (3,)"),
    ],
)
def test_what_means_nothing_is_named(inspected, options, words):
    """Rewards of text, flags of arrays, infos that are no dict, drifting shapes: no raw NumPy error."""
    flag = inspected(Odd(**options), steps=150).flag("wrong-type")
    assert flag.severity == "harmful"
    assert words in flag.sentence
    assert "truth value" not in flag.sentence


def test_a_missing_key_is_named(inspected):
    """An observation without a declared key says so, not KeyError."""
    space = spaces.Dict(a=spaces.Box(-1, 1, (1,)), b=spaces.Box(-1, 1, (1,)))
    flag = inspected(Odd(space, lambda s: {"a": np.zeros(1, np.float32)}), steps=50).flag("wrong-type")
    assert "the space declares 'b', the observation has only ['a']" in flag.sentence


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (
            lambda: TimeLimit(gym.make("Pendulum-v1"), 1000),
            "An inner TimeLimit(200) ends it before your 1000. gym.make(..., max_episode_steps=1000)",
        ),
        (
            lambda: TimeLimit(FrameSkip(gym.make("Pendulum-v1"), 4), 300),
            "TimeLimit(200) ends it before your 300 (steps of the environment: 50 actions). gym.make(...",
        ),
        (
            lambda: TimeLimit(TimeLimit(Odd(length=10**9), 30), 40),
            "An inner TimeLimit(30) ends it before your 40.",
        ),
        (
            lambda: TimeLimit(TimeLimit(TimeLimit(Odd(length=10**9), 50), 20), 40),
            "An inner TimeLimit(20) ends it before your 40.",
        ),
    ],
)
def test_an_inner_limit_that_comes_first_is_named(inspected, make, words):
    """Stacked limits: which one ends it, which one was meant, and the call that sets it; no contradiction."""
    report = inspected(make(), steps=1200)
    flag = report.flag("limit-hidden")
    for part in words.split(". "):
        assert part.rstrip(".") in f"{flag.sentence} {flag.advice}"
    assert flag.severity == "look"
    assert "truncated-elsewhere" not in {f.id for f in report.flags}


@pytest.mark.parametrize(
    ("make", "steps"),
    [
        (lambda: TimeLimit(gym.make("Pendulum-v1"), 100), 500),
        (lambda: TimeLimit(FrameSkip(gym.make("Pendulum-v1"), 4), 50), 250),
        (lambda: FrameSkip(gym.make("Pendulum-v1"), 4), 250),
        (lambda: gym.make("Pendulum-v1", max_episode_steps=1000), 1500),
    ],
)
def test_limits_that_work_as_written_raise_no_flag(inspected, make, steps):
    """An outer limit that comes first, equal ones, a limit under a skip: nothing to say."""
    ids = {flag.id for flag in inspected(make(), steps=steps).flags}
    assert not ids & {"limit-hidden", "truncated-elsewhere", "limit-ignored", "undeclared-limit"}


def grid(shape, high, values, dtype=np.uint8):
    """An environment of whole numbers up to ``values`` in a box up to ``high``."""
    return Odd(
        spaces.Box(0, high, shape, dtype), lambda s: s.np_random.integers(0, values + 1, shape).astype(dtype)
    )


@pytest.mark.parametrize(
    ("env", "words"),
    [
        (
            grid((7, 7, 3), 255, 10),
            "11 different values from 0 to 10 of the declared 0 to 255: that looks like ids",
        ),
        (grid((20, 9, 9), 255, 1), "planes of 0 and 1, not brightness. It was taken as planes CHW"),
        (grid((64, 64), 255, 5), "looks like ids"),
        (grid((10, 10), 1000, 8, np.int32), "from 0 to 8 of the declared 0 to 1000"),
    ],
)
def test_ids_in_a_picture_are_worth_a_look(inspected, env, words):
    """Whole numbers that use a small part of their range are named, and what they were taken for."""
    flag = inspected(env, steps=150).flag("ids-in-picture")
    assert flag.severity == "look"
    assert words in flag.sentence
    assert "tiny input" in flag.advice


@pytest.mark.parametrize(
    "env", [grid((16, 16, 3), 255, 255), grid((9, 9, 4), 1, 1), grid((40, 40), 255, 200)]
)
def test_brightness_and_declared_planes_are_no_ids(inspected, env):
    """Pictures that use their range, and planes that declare it, raise no flag."""
    assert not {f.id for f in inspected(env, steps=150).flags} & {"ids-in-picture", "constant-channel"}


def test_a_channel_that_never_changes_is_named(inspected):
    """A channel that is always 0, or always 255, is worth a look, wherever the channels lie."""

    def look(s):
        x = s.np_random.integers(0, 256, (3, 20, 20)).astype(np.uint8)
        x[1] = 0
        return x

    flag = inspected(Odd(spaces.Box(0, 255, (3, 20, 20), np.uint8), look), steps=150).flag("constant-channel")
    assert flag.sentence == "observation: channel 1 of 3 is always 0."
    planes = grid((8, 8, 6), 1, 1)
    draw = planes.look
    planes.look = lambda s: draw(s) * np.array([1, 0, 1, 0, 1, 1], np.uint8)
    assert "planes 1, 3 of 6 are always 0" in inspected(planes, steps=150).flag("constant-channel").sentence


def test_what_a_picture_was_taken_for_is_said(inspected):
    """The summary names kind and layout, all channels are shown, and a guess is said as one."""
    report = inspected(grid((16, 16, 3), 255, 255), steps=150)
    (line,) = [line for line in str(report).splitlines() if "(16, 16, 3)" in line]
    text = " ".join(str(report).split())
    assert "picture HWC, channels:" in text
    assert text.split("channels:")[1].split("Horizon")[0].count("+-") == 3
    assert all(len(line) <= 80 for line in str(report).splitlines())
    guessed = inspected(grid((10, 8, 20), 255, 255), steps=150).flag("layout-guessed")
    assert "taken as planes HWC" in guessed.sentence
    assert "layout='CHW'" in guessed.advice
    del line


def test_a_picture_that_a_wrapper_makes_floats_is_named(inspected):
    """NormalizeAll over a camera in a Dict costs the convolutions, and the report says how to keep them."""
    space = spaces.Dict(
        camera=spaces.Box(0, 255, (16, 16, 3), np.uint8), x=spaces.Box(-1, 1, (2,), np.float32)
    )
    env = Odd(space, lambda s: space.sample())
    flag = inspected(NormalizeAll(env, images="channel"), steps=200).flag("picture-as-floats")
    assert "flatten" in flag.sentence
    assert "keys=['x']" in flag.advice
    kept = inspected(NormalizeAll(env, images="leave"), steps=200)
    assert "picture-as-floats" not in {f.id for f in kept.flags}


def test_what_other_checkers_warn_about_is_a_flag(inspected):
    """Discrete(start=-1), not supported by Stable-Baselines3, is worth a look, in its checker's words."""
    pytest.importorskip("stable_baselines3")
    report = inspected(Odd(actions=spaces.Discrete(3, start=-1)), checkers=True, steps=150)
    assert any("start" in f.sentence for f in report.flags if f.id == "checker-warns")
    assert "stable-baselines3 warned" in str(report)
    assert {f.severity for f in report.flags if f.id == "checker-warns"} == {"look"}


def test_the_recommended_range_of_actions_is_said_once(inspected):
    """Both checkers recommend actions in [-1, 1]; the report says so in one flag, with the wrapper for it."""
    pytest.importorskip("stable_baselines3")
    report = inspected(Odd(actions=spaces.Box(-2.0, 2.0, (1,), np.float32)), checkers=True, steps=150)
    found = [flag for flag in report.flags if "[-1, 1]" in flag.sentence]
    assert len(found) == 1
    assert "RescaleAction" in found[0].remedy


def test_a_switch_is_no_angle(inspected):
    """A signal of 0 and 1, standardised or sampled by a frame skip, jumps from end to end and is no angle."""

    def look(s):
        s.phase = getattr(s, "phase", 0) + 1
        return np.array([(s.phase // 7) % 2, s.np_random.uniform(-1, 1)], np.float32)

    for wrapped in (
        NormalizeAll(FrameSkip(Odd(look=look, length=200), 4)),
        NormalizeAll(Odd(look=look, length=200)),
    ):
        assert "angle-wrap" not in {f.id for f in inspected(wrapped, steps=1500).flags}


def test_noise_gives_no_advice_on_frame_skips(inspected):
    """Where two components explain little, or no skip is clearly wider, none is recommended."""
    wide = spaces.Box(-9, 9, (60,), np.float32)
    report = inspected(
        Odd(wide, lambda s: s.np_random.normal(size=60).clip(-9, 9).astype(np.float32)), steps=2000
    )
    assert not report.timestep.telling
    assert report.timestep.widest == 1
    assert "of the variance, too little to compare" in " ".join(str(report).split())
    flat = inspected(Odd(length=50), steps=2000)
    assert flat.timestep.widest == 1
    assert "no skip explores clearly more" in str(flat)
    assert "frame-skip" not in {f.id for f in (*report.flags, *flat.flags)}


def test_every_finding_has_its_remedy_on_the_terminal(inspected):
    """Below every flag stands what to do, from the flag or from the catalogue, notes included."""
    report = inspected(
        Odd(spaces.Box(-1, 1, (2,)), near, reward=lambda s: np.ones(2), actions=spaces.Discrete(3, start=-1)),
        checkers=True,
        steps=600,
    )
    assert len(report.flags) >= 5
    text = " ".join(str(report).split())
    for flag in report.flags:
        assert flag.remedy
        assert " ".join(flag.remedy.replace("`", "").split())[:40] in text
    assert all(len(line) <= 80 for line in str(report).splitlines())


@pytest.mark.parametrize("seconds", [3.0, 5.0, 30.0, 120.0])
def test_the_parts_of_an_inspection_fit_into_its_seconds(seconds):
    """What --seconds says is the whole: play, every check, every frame skip and the pictures together."""
    from rlprobe.inspection.settings import Settings

    asked = Settings(seconds=seconds)
    checks, skips = 6, 5
    assert asked.playing + checks * asked.check + skips * asked.skip + asked.pictures_seconds <= seconds


def test_play_ends_in_its_share(inspected):
    """A time instead of steps is kept to: the play takes its share and no more than a moment longer."""
    report = inspected(Odd(), steps=None, seconds=1.0)
    assert report.playing < 0.7
    assert report.steps > 0
