"""FrameSkip on one environment, against the frames of a scripted stream."""

from __future__ import annotations

import pickle

import gymnasium as gym
import numpy as np
import pytest

from rlprobe import FrameSkip, NormalizeAll
from rlprobe.environments.layers import step_accounting


def counting(scripted, n, ending="terminated", render_mode=None):
    """One episode of ``n`` steps whose observation and reward are the time."""
    values = [np.array([float(t), -float(t)]) for t in range(n + 1)]
    episode = scripted.Episode(values, [float(t) for t in range(1, n + 1)], ending)
    return scripted.Env(scripted.box(2), [episode], render_mode)


@pytest.mark.parametrize("pool", ["last", "max"])
@pytest.mark.parametrize("skip", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("ending", ["terminated", "truncated"])
@pytest.mark.parametrize("length", [1, 2, 3, 4, 5, 6, 7, 8, 9])
def test_last_observation_for_every_ending_position(scripted, length, ending, skip, pool):
    """Wherever in a skip the episode ends, observation and rewards are of these frames."""
    env = FrameSkip(counting(scripted, length, ending), skip, pool=pool)
    env.reset()
    time, done = 0, False
    while not done:
        observation, reward, terminated, truncated, info = env.step(0)
        frames = min(skip, length - time)
        time += frames
        done = terminated or truncated
        assert info["rlprobe"]["frames"] == frames
        assert reward == sum(range(time - frames + 1, time + 1))
        low = time - 1 if pool == "max" and frames > 1 else time
        assert observation.tolist() == [time, -low]
    assert time == length
    assert (terminated, truncated) == (ending == "terminated", ending == "truncated")


def test_gymnasium_returns_a_stale_terminal_observation():
    """Gymnasium's skip misses the failing state in most CartPole episodes; ours never does."""

    def failing(env):
        missed = 0
        for seed in range(40):
            env.reset(seed=seed)
            terminated = False
            while not terminated:
                observation, _, terminated, _, _ = env.step(seed % 2)
            missed += not (abs(observation[0]) > 2.4 or abs(observation[2]) > 12 * 2 * np.pi / 360)
        return missed

    assert failing(FrameSkip(gym.make("CartPole-v1"), 4)) == 0
    assert failing(gym.wrappers.MaxAndSkipObservation(gym.make("CartPole-v1"), skip=4)) > 20


def test_rates_are_divided(scripted):
    """render_fps and control_hz are the environment's rate over the skip; its own metadata stay."""
    inner = counting(scripted, 9)
    env = FrameSkip(inner, 4)
    assert env.metadata["render_fps"] == env.control_hz == 10.0
    assert inner.metadata["render_fps"] == 40
    assert FrameSkip(inner, (3, 5)).control_hz == 10.0
    inner.metadata = {}
    assert FrameSkip(inner, 4).control_hz is None


def test_inner_frames_on_request(scripted):
    """record_inner=True hands over every skipped observation, reward and picture; on_frame sees each one."""
    env = FrameSkip(counting(scripted, 6, render_mode="rgb_array"), 4, record_inner=True)
    seen = []
    env.on_frame = lambda wrapper: seen.append(wrapper.unwrapped.time)
    env.reset()
    ours = env.step(0)[4]["rlprobe"]
    assert [o[0] for o in ours["inner_observations"]] == [1, 2, 3, 4]
    assert ours["inner_rewards"] == [1.0, 2.0, 3.0, 4.0]
    assert [frame[0, 0, 0] for frame in ours["inner_frames"]] == [1, 2, 3, 4]
    assert len(env.step(0)[4]["rlprobe"]["inner_rewards"]) == 2
    assert seen == [1, 2, 3, 4, 5, 6]
    silent = FrameSkip(counting(scripted, 6), 4, record_inner=True)
    silent.reset()
    assert "inner_frames" not in silent.step(0)[4]["rlprobe"]
    plain = FrameSkip(counting(scripted, 6), 4)
    plain.reset()
    assert plain.step(0)[4]["rlprobe"] == {"frames": 4}


def test_inner_observations_survive_a_reused_buffer(scripted):
    """An environment that writes into one buffer still gives distinct inner observations."""

    class Reusing(gym.ObservationWrapper):
        buffer = np.zeros(2)

        def observation(self, observation):
            self.buffer[:] = observation
            return self.buffer

    env = FrameSkip(Reusing(counting(scripted, 4)), 4, record_inner=True, pool="max")
    env.reset()
    observation, *_, info = env.step(0)
    assert [o[0] for o in info["rlprobe"]["inner_observations"]] == [1, 2, 3, 4]
    assert observation.tolist() == [4, -3]


def test_random_skip_comes_from_the_environments_generator(scripted):
    """skip=(2, 5) draws every number from 2 to 5, the same for the same seed, not from the global state."""

    def drawn(seed):
        env = FrameSkip(scripted.stream(np.zeros((2000, 1))), (2, 5))
        env.reset(seed=seed)
        return [env.step(0)[4]["rlprobe"]["frames"] for _ in range(200)]

    before = np.random.get_state()[1].copy()  # noqa: NPY002
    assert set(drawn(1)) == {2, 3, 4, 5}
    assert drawn(1) == drawn(1) != drawn(2)
    assert (np.random.get_state()[1] == before).all()  # noqa: NPY002


def test_nesting_is_detected(scripted):
    """A skip around a skip, ours or a peer's, warns with the number of steps that an action then lasts."""
    with pytest.warns(UserWarning, match=r"skips multiply, each action lasts 12 steps.*4 x 3"):
        FrameSkip(NormalizeAll(FrameSkip(counting(scripted, 9), 3)), 4)
    with pytest.warns(UserWarning, match="each action lasts 8 to 20 steps"):
        FrameSkip(FrameSkip(counting(scripted, 9), 4), (2, 5))
    with pytest.warns(UserWarning, match="MaxAndSkipObservation.*each action lasts 8 steps"):
        FrameSkip(gym.wrappers.MaxAndSkipObservation(counting(scripted, 9), skip=2), 4)


def test_frames_of_nested_skips_add_up(scripted):
    """info["rlprobe"]["frames"] counts steps of the bare environment, also through two skips."""
    inner = FrameSkip(counting(scripted, 20), 3)
    with pytest.warns(UserWarning, match="skips multiply"):
        env = FrameSkip(inner, 2)
    env.reset()
    assert env.step(0)[4]["rlprobe"]["frames"] == 6
    for _ in range(2):
        env.step(0)
    assert env.step(0)[4]["rlprobe"]["frames"] == 2


def test_time_limits_are_told_in_physics_steps():
    """step_accounting says what a time limit means above and beneath a skip; the environments agree."""
    above = gym.wrappers.TimeLimit(FrameSkip(gym.make("Pendulum-v1", max_episode_steps=1000), 4), 30)
    text = step_accounting(above)
    assert "TimeLimit(30) counts actions of 4 steps: 120 steps of the environment, 30 actions" in text
    assert "TimeLimit(1000) counts actions of 1 steps: 1000 steps of the environment, 250 actions" in text
    below = FrameSkip(gym.make("Pendulum-v1", max_episode_steps=30), 4)
    for env, actions in ((above, 30), (below, 8)):
        env.reset(seed=0)
        ends = [env.step(np.zeros(1, dtype=np.float32))[3] for _ in range(actions)]
        assert ends == [False] * (actions - 1) + [True]


@pytest.mark.parametrize(
    ("arguments", "error", "match"),
    [
        ({"skip": 0}, ValueError, "1 or more"),
        ({"skip": 2.0}, TypeError, "integer"),
        ({"skip": True}, TypeError, "integer"),
        ({"skip": (3, 2)}, ValueError, "low <= high"),
        ({"skip": (0, 2)}, ValueError, "1 or more"),
        ({"skip": (1, 2, 3)}, TypeError, "pair"),
        ({"pool": "mean"}, ValueError, "'last', 'max', 'max-all'.*got 'mean'"),
    ],
)
def test_bad_arguments_are_refused(scripted, arguments, error, match):
    """Every argument out of range is refused at construction."""
    with pytest.raises(error, match=match):
        FrameSkip(counting(scripted, 3), **arguments)


def test_bad_environments_are_refused(scripted):
    """A maximum of ids, vector environments and closed ones are refused by name."""
    with pytest.raises(ValueError, match="pool='max'"):
        FrameSkip(gym.make("FrozenLake-v1"), pool="max")
    vector = gym.make_vec("CartPole-v1", num_envs=2, vectorization_mode="sync")
    with pytest.raises(TypeError, match=r"use rlprobe\.wrappers\.vector\.FrameSkip"):
        FrameSkip(vector)
    vector.close()
    env = FrameSkip(counting(scripted, 3))
    env.close()
    with pytest.raises(gym.error.ClosedEnvironmentError, match="FrameSkip was closed"):
        env.reset()


def test_pickle_and_spec():
    """The wrapper pickles with its state and is rebuilt from the spec with its arguments."""
    env = FrameSkip(gym.make("CartPole-v1"), (2, 3), pool="max")
    env.reset(seed=0)
    twin = pickle.loads(pickle.dumps(env))
    assert [env.step(0)[1] for _ in range(3)] == [twin.step(0)[1] for _ in range(3)]
    again = gym.make(gym.envs.registration.EnvSpec.from_json(env.spec.to_json()))
    assert (tuple(again.skip), again.pool) == ((2, 3), "max")
