"""What cannot be right is refused at once, in a sentence that names the place and the remedy."""

from __future__ import annotations

import gymnasium as gym
import numpy as np
import pytest

from probe_envs import ActionError, ProbeEnv, ProbeVectorEnv, probe

ARMS = {"discrete": {}, "from two": {"start": 2}, "continuous": {"continuous": True}}
BAD_ACTIONS = {
    "discrete": [
        5,
        -1,
        2.0,
        True,
        None,
        "1",
        [0],
        (0,),
        np.array([0]),
        np.bool_(1),
        np.float64(1),
        np.nan,
        10**30,
    ],
    "from two": [0, 1, 7, np.int64(1), np.uint8(255)],
    "continuous": [
        0,
        0.5,
        True,
        None,
        "x",
        [0.5],
        np.array(0.5),
        np.array([0.5, 0.5]),
        np.array([[0.5]]),
        np.array([1.01]),
        np.array([np.nan]),
        np.array([-np.inf]),
        np.array([1]),
        np.array([True]),
        np.array(["a"]),
    ],
}
ONE_BY_ONE = [(space, action) for space, actions in BAD_ACTIONS.items() for action in actions]


@pytest.mark.parametrize(("space", "action"), ONE_BY_ONE, ids=lambda x: x if isinstance(x, str) else repr(x))
def test_an_action_outside_the_space_is_refused(space, action):
    """Wrong value, shape, type or NaN: an error that names the space and what came, and no step is taken."""
    env = ProbeEnv(probe("ActionOrder").mdp(**ARMS[space]))
    env.reset(seed=0)
    with pytest.raises(ActionError, match=r"action: expected .* in (Discrete|Box)\(.*, got "):
        env.step(action)
    assert env.step(env.action_space.sample())[2] is True


BAD_BATCHES = {
    "discrete": [
        None,
        1,
        [0, 1],
        [0, 1, 2, 3],
        [[0], [1], [2]],
        [0, 1, 5],
        [-1, 0, 0],
        [0.0, 1.0, 2.0],
        [True, False, True],
        [0, None, 1],
        ["a", "b", "c"],
        [[0], [1, 2], [3]],
        [np.nan, 0, 0],
        np.array([0, 1, 2**63], np.uint64),
    ],
    "from two": [[0, 2, 3], [2, 3, 7]],
    "continuous": [
        None,
        [0.1, 0.2, 0.3],
        np.zeros((3, 2)),
        np.zeros((2, 1)),
        np.array([[0], [1], [0]]),
        np.array([[0.0], [1.01], [0.0]]),
        np.array([[np.nan], [0.0], [0.0]]),
        np.full((3, 1), np.inf),
    ],
}
BATCHES = [(space, actions) for space, rows in BAD_BATCHES.items() for actions in rows]


@pytest.mark.parametrize("mode", ["NextStep", "SameStep", "Disabled"])
@pytest.mark.parametrize(("space", "actions"), BATCHES, ids=lambda x: x if isinstance(x, str) else repr(x))
def test_actions_outside_the_space_are_refused(space, actions, mode):
    """The error names the environment or the shape, and no environment has moved."""
    envs = ProbeVectorEnv(probe("ActionOrder").mdp(**ARMS[space]), num_envs=3, autoreset_mode=mode)
    envs.reset(seed=0)
    with pytest.raises(ActionError, match=r"actions(\[\d\])?: expected"):
        envs.step(actions)
    assert envs.step(envs.action_space.sample())[2].all()


def test_the_first_bad_action_is_named():
    """Of many actions the error names the place of the one that is wrong."""
    envs = ProbeVectorEnv(probe("ActionOrder").mdp(), num_envs=100)
    envs.reset(seed=0)
    actions = np.zeros(100, np.int64)
    actions[42] = 9
    with pytest.raises(ActionError, match=r"actions\[42\]: expected an integer in Discrete\(5\), got .*9"):
        envs.step(actions)


def test_vector_actions_may_be_of_any_integer_type():
    """Lists and small or unsigned integers are actions too."""
    envs = ProbeVectorEnv(probe("ActionOrder").mdp(start=2), num_envs=3, autoreset_mode="SameStep")
    envs.reset(seed=0)
    for actions in ([2, 3, 6], (2, 3, 6), np.array([2, 3, 6], np.uint8), np.array([2, 3, 6], np.int32)):
        assert envs.step(actions)[1].tolist() == [0.1, 0.7, 0.4]


def test_an_environment_says_what_must_come_first():
    """Step and render before reset, after the end, and after close each say what to do."""
    env = ProbeEnv(probe("Constant").mdp(), render_mode="ansi")
    for act in (lambda: env.step(0), env.render, lambda: env.state):
        with pytest.raises(ValueError, match=r"before reset\(\).*call reset"):
            act()
    env.reset()
    env.step(0)
    with pytest.raises(ValueError, match=r"after the end of the episode; call reset\(\)"):
        env.step(0)
    env.close()
    env.close()
    for act in (lambda: env.step(0), env.reset):
        with pytest.raises(ValueError, match=r"after close\(\); make a new environment"):
            act()


@pytest.mark.parametrize("mode", ["NextStep", "SameStep", "Disabled"])
def test_a_vector_environment_says_what_must_come_first(mode):
    """Step and render before reset and after close each say what to do."""
    envs = ProbeVectorEnv(probe("Constant").mdp(), num_envs=2, autoreset_mode=mode, render_mode="ansi")
    for act in (lambda: envs.step([0, 0]), envs.render):
        with pytest.raises(ValueError, match=r"before reset\(\).*call reset"):
            act()
    envs.reset()
    envs.close()
    with pytest.raises(ValueError, match="after close"):
        envs.step([0, 0])
    with pytest.raises(ValueError, match="make a new environment"):
        envs.reset()


def test_ended_environments_are_not_stepped():
    """With autoreset disabled, the error names the ended environments and the call that resets them."""
    envs = ProbeVectorEnv(probe("TruncBoot").mdp(), num_envs=16, autoreset_mode="Disabled")
    envs.reset(seed=0)
    ended = envs.step(np.zeros(16, np.int64))[2]
    assert 0 < ended.sum() < 16
    with pytest.raises(ValueError, match=rf"environments \[{np.flatnonzero(ended)[0]}.*reset_mask"):
        envs.step(np.zeros(16, np.int64))


MASKS = [np.ones(2, bool), np.zeros(3, bool), np.ones(3, int), np.ones((3, 1), bool), "yes", [1, 0, 0]]


@pytest.mark.parametrize("mask", MASKS, ids=repr)
def test_a_wrong_mask_is_refused(mask):
    """A reset mask has one bool per environment, at least one of them true."""
    envs = ProbeVectorEnv(probe("Constant").mdp(), num_envs=3, autoreset_mode="Disabled")
    envs.reset()
    with pytest.raises(ValueError, match=r"reset_mask: expected \(3,\) booleans, at least one of them true"):
        envs.reset(options={"reset_mask": mask})


def test_the_first_reset_is_of_all():
    """There is nothing to go on with before the first reset."""
    envs = ProbeVectorEnv(probe("Constant").mdp(), num_envs=2, autoreset_mode="Disabled")
    with pytest.raises(ValueError, match="first reset must start every environment"):
        envs.reset(options={"reset_mask": np.array([True, False])})


@pytest.mark.parametrize("seed", [[1], [1, 2, 3, 4], "abc", 1.5, {"a": 1}])
def test_wrong_seeds_are_refused(seed):
    """Seeds are None, one number, or one per environment."""
    with pytest.raises(ValueError, match=r"seed: expected None, a number, or 3 seeds"):
        ProbeVectorEnv(probe("Constant").mdp(), num_envs=3).reset(seed=seed)


@pytest.mark.parametrize("count", [0, -1, 1.5, "2", None, True])
def test_a_wrong_number_of_environments_is_refused(count):
    """There is at least one environment."""
    with pytest.raises(ValueError, match=r"num_envs: expected a whole number of at least 1"):
        gym.make_vec("probe/Constant-v0", num_envs=count)


def test_wrong_modes_are_refused_with_the_right_ones():
    """Errors on modes list what there is."""
    mdp = probe("Constant").mdp()
    with pytest.raises(
        ValueError, match=r"autoreset_mode: .*'NextStep', 'SameStep', 'Disabled', got 'Never'"
    ):
        ProbeVectorEnv(mdp, autoreset_mode="Never")
    for face in (ProbeEnv, ProbeVectorEnv):
        with pytest.raises(
            ValueError, match="render_mode: expected 'rgb_array', 'ansi' or None, got 'human'"
        ):
            face(mdp, render_mode="human")
        env = face(mdp)
        env.reset()
        with pytest.raises(ValueError, match=r"render\(\) needs a render mode"):
            env.render()


def test_an_unknown_probe_is_answered_with_near_names():
    """A slip of the pen finds the name; nonsense gets the whole list."""
    with pytest.raises(ValueError, match=r"no probe is called 'TruncBot': did you mean TruncBoot"):
        probe("TruncBot")
    with pytest.raises(ValueError, match="there are Constant, ObservationSign"):
        probe("zzzzz")


BAD_OPTIONS = [
    ("Chain", {"lenght": 3}, "probe/Chain-v0 has no option 'lenght'; it has length, encoding"),
    ("Chain", {"length": 0}, "length: expected a whole number of at least 1, got 0"),
    ("Lock", {"size": 2.0}, "size: expected a whole number"),
    ("DeepSea", {"size": True}, "size: expected a whole number"),
    ("TMaze", {"size": -1}, "size: expected a whole number of at least 0"),
    ("DelayedCredit", {"delay": 0}, "delay: expected a whole number of at least 1"),
    ("RandomExit", {"exit_chance": 0}, "exit_chance: expected a chance above 0"),
    ("WillToLive", {"exit_chance": float("nan")}, "exit_chance: expected a chance"),
    ("Decoder", {"rewards": ()}, "rewards: expected a tuple of numbers"),
    ("RewardSet", {"rewards": (1.0, float("inf"))}, "rewards: expected a finite number, got inf"),
    ("ActionOrder", {"rewards": 3}, "rewards: expected a tuple"),
    ("ScaledReward", {"scale": 0.0}, "scale: expected a number above 0"),
    ("BoxTarget", {"target": 7}, "target: expected a number from -2 to 6"),
    ("TimeLimitLoop", {"time_limit": 1}, "time_limit: expected None or at least 2 steps, got 1"),
    ("TimeLimitLoop", {"time_limit": 2.5}, "time_limit: expected None or at least 2 steps, got 2.5"),
    ("Decoder", {"encoding": "sound"}, "encoding: expected one of index, image, dict, got 'sound'"),
    ("Decoder", {"reward_scale": "big"}, "reward_scale: expected a finite number, got 'big'"),
]


@pytest.mark.parametrize(
    ("name", "options", "message"), BAD_OPTIONS, ids=[str(row[:2]) for row in BAD_OPTIONS]
)
def test_wrong_options_are_refused_when_the_environment_is_made(name, options, message):
    """The error names the option, what it must be, and what came; also through gym.make."""
    for make in (probe(name).mdp, lambda **kw: gym.make(f"probe/{name}-v0", **kw)):
        with pytest.raises(ValueError) as error:
            make(**options)
        assert message in str(error.value)


def test_a_truncated_episode_can_go_on():
    """In the state where the limit stopped it, as an environment does whose truncation is ignored."""
    env = ProbeEnv(probe("TimeLimitLoop").mdp())
    env.reset(seed=0)
    flags = []
    for _ in range(25):
        _, _, terminated, truncated, _ = env.step(0)
        flags.append((terminated, truncated))
        assert env.go_on() == truncated
    assert flags == ([(False, False)] * 4 + [(False, True)]) * 5


def test_a_terminated_episode_cannot_go_on():
    """There is no state to go on in."""
    env = ProbeEnv(probe("Constant").mdp())
    env.reset(seed=0)
    env.step(0)
    assert not env.go_on()
    with pytest.raises(ValueError, match="after the end of the episode"):
        env.step(0)
