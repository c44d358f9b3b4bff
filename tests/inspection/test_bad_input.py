"""Whatever an environment does, the report says so and covers the rest."""

from __future__ import annotations

import time

import gymnasium as gym
import numpy as np
import pytest

import rlprobe
from rlprobe.cli import main
from rlprobe.inspection.defects.determinism import kept


def test_hang_is_reported_and_the_rest_covered(planted, inspected):
    """A step that does not return is harmful, its place is named, and what was played is reported."""
    report = inspected(planted.Hangs(), timeout=0.6)
    assert (
        "The environment hung for 0.6 s while playing after seed 0, step 6" in report.flag("hangs").sentence
    )
    assert report.steps == 6
    assert report.scale.components[0].count == 7
    assert report.exit_code == 1


def test_hang_of_a_factory_is_replaced(planted, inspected):
    """With a function that makes the environment, further sections are tried on a new one."""
    report = inspected(planted.Hangs, timeout=0.6)
    hangs = [flag for flag in report.flags if flag.id == "hangs"]
    assert len(hangs) == 3
    assert any("frame skip" in flag.sentence for flag in hangs)


def test_never_ending_episode_is_looked_at(planted, inspected):
    """Without any end there are no returns, and everything else is there."""
    report = inspected(planted.NeverEnds())
    assert report.life.episodes == 0
    assert report.timestep is not None
    assert len(str(report).splitlines()) <= 40


def test_custom_space_is_named(planted, inspected):
    """A space that holds no numbers is named as left out; rewards are still looked at."""
    report = inspected(planted.CustomSpace())
    assert "observation (OwnSpace)" in report.flag("left-out").sentence
    assert report.life.episodes == 15


def test_slow_environment_keeps_to_its_time(planted, inspected):
    """An environment of 60 ms a step or more is played for the time given and no longer."""
    report = inspected(planted.Slow(), steps=None, seconds=1.0)
    assert 1 <= report.steps <= 20
    assert report.flag("slow").sentence.startswith("A step takes ")


def test_no_render_mode_still_has_a_picture(planted, inspected):
    """Without a picture of its own, the environment is shown as the agent sees it."""
    pytest.importorskip("cv2")
    env = planted.NoRender()
    env.limit = 30
    report = inspected(env, pictures=True, steps=100)
    assert not report.picture.camera
    assert all(row.stills[0].image.startswith(b"\x89PNG") for row in report.picture.rows)


def test_running_statistics_are_no_randomness(planted, inspected):
    """Wrappers with running statistics do not make an environment look nondeterministic."""
    env = rlprobe.NormalizeAll(rlprobe.RewardScale(planted.limited(planted.Healthy())))
    report = inspected(env)
    assert report.harmful == ()
    assert report.contract.checks["determinism"] == "ok"


def test_nested_spaces_have_names(inspected, planted):
    """Every number in a nested space is a component of its own."""

    class Nested(planted.Healthy):
        def __init__(self):
            super().__init__()
            arm = gym.spaces.Tuple([gym.spaces.Box(-1, 1, (2,), np.float32), gym.spaces.Discrete(3)])
            self.observation_space = gym.spaces.Dict(arm=arm, flag=gym.spaces.MultiBinary(1))

        def observe(self):
            values = self.place.astype(np.float32)
            return {"arm": (values[:2], 2), "flag": np.ones(1, np.int8)}

    report = inspected(Nested())
    assert [c.name for c in report.scale.components] == ["arm/0[0]", "arm/0[1]", "arm/1", "flag[0]"]
    assert report.scale.components[2].mean == 2.0


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["inspect"], "expected one environment"),
        (["inspect", "CartPole-v1", "--env", "a:b"], "expected one environment"),
        (["inspect", "NoSuchEnv-v0"], "cannot make the environment 'NoSuchEnv-v0'"),
        (["inspect", "CartPole-v1", "--gamma", "1.5"], "expected gamma above 0 and at most 1"),
        (["inspect", "CartPole-v1", "--steps", "0"], "expected steps above 0"),
        (["inspect", "--env", "no_such_module:make"], "no module named"),
        (["inspect", "CartPole-v1", "--json", "/no/such/folder/x.json"], "cannot be written"),
    ],
)
def test_wrong_usage_is_one_line(capsys, words, error):
    """Wrong usage ends with exit code 2 and one line that says what was expected."""
    assert main([*words, "--no-progress"]) == 2
    said = capsys.readouterr().err.strip().splitlines()
    assert len(said) == 1
    assert error in said[0]


def test_interrupt_reports_what_was_played(inspected):
    """After Ctrl-C the report covers what was played, says so, and the exit code is 130."""
    presses = iter([KeyboardInterrupt])

    def press(done, total, what):
        if "1," in what or "2," in what:
            raise next(presses)

    report = inspected("CartPole-v1", steps=10**7, progress=press)
    assert report.interrupted
    assert report.exit_code == 130
    assert 0 < report.steps < 10**7
    assert "(interrupted)" in str(report).splitlines()[0]


def test_slow_steps_of_a_checker_are_no_hang(planted, inspected):
    """Another library's checker may take many slow steps; each of them is a sign of life."""

    class Slowly(planted.Healthy):
        limit = 20

        def step(self, action):
            time.sleep(0.05)
            return super().step(action)

    report = inspected(Slowly(), steps=5, seconds=1.0, timeout=0.4, checkers=True)
    assert report.flag("hangs") is None
    assert report.contract.checks["gymnasium"] == "ok"


def test_what_ends_the_program_is_an_error_of_the_environment(planted, inspected):
    """An environment that calls ``sys.exit`` is reported, and does not end the inspection."""

    class Exits(planted.Healthy):
        def step(self, action):
            if self.time == 6:
                raise SystemExit("no licence")
            return super().step(action)

    flag = inspected(Exits()).flag("raises")
    assert "step() raised SystemExit: no licence after seed 0, step 6" in flag.sentence


def test_reward_that_is_none_is_named(planted, inspected):
    """A reward that is no number is harmful, with what was expected; observations are still looked at."""

    class Unpaid(planted.Healthy):
        def reward(self, action):
            return None

    report = inspected(Unpaid())
    assert "expected a number as reward, got NoneType" in report.flag("wrong-type").sentence
    assert report.scale.components[0].count > 1000


def test_reward_in_an_array_is_read(planted, inspected):
    """A reward in an array of one element counts as that number in every section."""

    class Boxed(planted.Healthy):
        def reward(self, action):
            return np.array([2.0])

    report = inspected(planted.limited(Boxed()))
    assert report.life.returns.median == 200.0
    assert report.missing == ()
    assert report.timestep is not None


def test_environment_without_spaces_is_refused():
    """Without an action space nothing can be played: that is said at once."""

    class Nothing(gym.Env):
        observation_space = gym.spaces.Box(-1, 1, (2,))

    with pytest.raises(TypeError, match="action_space to be a"):
        rlprobe.inspect(Nothing())


def test_vector_environment_is_refused_with_what_to_do():
    """A vector environment is refused, and the message says what to give instead."""
    with pytest.raises(TypeError, match="expected one environment, got CartPoleVectorEnv"):
        rlprobe.inspect(gym.make_vec("CartPole-v1", 2))


def test_large_observations_are_compared_by_hash():
    """For determinism large observations are kept as a hash, which tells the same from another."""
    picture = np.zeros((100, 100, 3), np.uint8)
    other = picture.copy()
    other[50, 50, 1] = 1
    assert kept({"a": picture}) == kept({"a": picture.copy()})
    assert kept({"a": picture}) != kept({"a": other})
    assert len(kept(picture)) < 100


@pytest.mark.parametrize("space", ["Graph", "Sequence", "OneOf", "Text"])
def test_every_space_is_survived(planted, inspected, space):
    """A space without fixed numbers is left out by name, and everything else is there."""
    box = gym.spaces.Box(-1, 1, (2,))
    made = {
        "Graph": gym.spaces.Graph(box, gym.spaces.Discrete(3)),
        "Sequence": gym.spaces.Sequence(box),
        "OneOf": gym.spaces.OneOf([box, gym.spaces.Discrete(3)]),
        "Text": gym.spaces.Text(8),
    }[space]
    made.seed(0)
    value = made.sample()

    class Odd(planted.Healthy):
        def __init__(self):
            super().__init__()
            self.observation_space = made

        def observe(self):
            return value

    report = inspected(planted.limited(Odd()))
    assert f"observation ({space})" in report.flag("left-out").sentence
    assert report.harmful == ()
    assert report.life.episodes == 15


@pytest.mark.parametrize(("own_noise", "outcome"), [(False, "ok"), (True, "failed")])
def test_determinism_of_pictures(planted, inspected, own_noise, outcome):
    """Pictures too large to be kept are compared over whole episodes all the same."""
    noise = np.random.default_rng(0)

    class Camera(planted.Healthy):
        def __init__(self):
            super().__init__()
            self.observation_space = gym.spaces.Box(0, 255, (64, 64, 3), np.uint8)

        def observe(self):
            picture = np.full((64, 64, 3), int(abs(self.place[0]) * 255), np.uint8)
            picture[5, 5, 0] += int(own_noise and self.time > 20 and noise.integers(2))
            return picture

    report = inspected(planted.limited(Camera()), steps=400)
    assert report.contract.checks["determinism"] == outcome
    assert {f.id for f in report.harmful} == ({"not-deterministic"} if own_noise else set())


@pytest.mark.slow
def test_very_slow_environment_is_spared_long_checks(planted, inspected):
    """Where a step takes half a second, the report says so and leaves out what takes many steps."""

    class VerySlow(planted.Healthy):
        def step(self, action):
            time.sleep(0.52)
            return super().step(action)

    env = VerySlow()
    env.limit = 3
    report = inspected(env, steps=2, seconds=0.5, checkers=True)
    assert "left out" in report.contract.checks["gymnasium"]
    assert any("trying frame skips" in words for words in report.missing)
    assert report.flag("hangs") is None
