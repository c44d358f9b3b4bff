"""The vector face of FrameSkip, against what each episode must look like frame by frame."""

from __future__ import annotations

import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces
from gymnasium.vector import AutoresetMode, SyncVectorEnv

import rlprobe
from rlprobe.wrappers import vector

MODES = list(AutoresetMode)


class Clock(gym.Env):
    """Episodes of given lengths; the observation is (episode, time), the reward the time."""

    def __init__(self, lengths, endings=("terminated",)):
        self.observation_space = spaces.Box(-np.inf, np.inf, (2,), np.float64)
        self.action_space = spaces.Discrete(2)
        self.lengths, self.endings = lengths, endings
        self.episode, self.time = -1, 0

    def reset(self, *, seed=None, options=None):  # noqa: D102
        super().reset(seed=seed)
        self.episode += 1
        self.time = 0
        return np.array([self.episode, 0.0]), {"time": 0}

    def step(self, action):  # noqa: D102
        self.time += 1
        end = self.time == self.lengths[self.episode % len(self.lengths)]
        terminated = end and self.endings[self.episode % len(self.endings)] == "terminated"
        return (
            np.array([self.episode, self.time], dtype=np.float64),
            float(self.time),
            terminated,
            end and not terminated,
            {"time": self.time},
        )


def follow(env, skip, actions):
    """What the agent must see of one Clock: a list of (time, reward, ended) with resets as (0, 0, False)."""
    length, out, time, ended = env.lengths[0], [], 0, False
    for _ in range(actions):
        if ended:
            out.append((0.0, 0.0, False))
            time, ended = 0, False
            continue
        frames = min(skip, length - time)
        reward = float(sum(range(time + 1, time + frames + 1)))
        time += frames
        ended = time == length
        out.append((float(time), reward, ended))
    return out


@pytest.mark.parametrize("skip", [1, 2, 3, 4])
def test_next_step_mode_shows_every_first_and_last_observation(skip):
    """Environments of unlike lengths: terminal observation, then a pure reset, then the first action."""
    lengths = [1, 2, 3, 5, 7]
    envs = vector.FrameSkip(SyncVectorEnv([lambda n=n: Clock([n]) for n in lengths]), skip)
    envs.reset(seed=0)
    plans = [follow(Clock([n]), skip, 12) for n in lengths]
    for t in range(12):
        observations, rewards, terminations, _, infos = envs.step(np.zeros(5, dtype=np.int64))
        for i, plan in enumerate(plans):
            assert (observations[i, 1], rewards[i], bool(terminations[i])) == plan[t]
            assert infos["time"][i] == plan[t][0]
            assert (infos["rlprobe"]["frames"][i] == 0) == (plan[t][1] == 0.0)


@pytest.mark.parametrize("skip", [1, 2, 3, 4])
@pytest.mark.parametrize("mode", [AutoresetMode.SAME_STEP, AutoresetMode.DISABLED])
def test_other_modes_show_every_first_and_last_observation(mode, skip):
    """Under SAME_STEP the terminal observation is in final_obs; DISABLED waits for a mask."""
    lengths = [1, 2, 3, 5, 7]
    makers = [lambda n=n: Clock([n], ("terminated", "truncated")) for n in lengths]
    envs = vector.FrameSkip(SyncVectorEnv(makers, autoreset_mode=mode), skip)
    envs.reset(seed=0)
    times = np.zeros(5, dtype=int)
    for _ in range(15):
        observations, rewards, terminations, truncations, infos = envs.step(np.zeros(5, dtype=np.int64))
        frames = np.minimum(skip, np.array(lengths) - times)
        wanted = [sum(range(t + 1, t + f + 1)) for t, f in zip(times, frames, strict=True)]
        times = times + frames
        ended = times == lengths
        assert rewards.tolist() == wanted
        assert (terminations | truncations).tolist() == ended.tolist()
        assert infos["rlprobe"]["frames"].tolist() == frames.tolist()
        if mode == AutoresetMode.SAME_STEP:
            for i in np.flatnonzero(ended):
                assert infos["final_obs"][i][1] == times[i]
                assert infos["final_info"]["time"][i] == times[i]
            assert np.flatnonzero(infos.get("_final_obs", [])).tolist() == np.flatnonzero(ended).tolist()
        else:
            assert observations[:, 1].tolist() == times.tolist()
        times = np.where(ended, 0, times)
        if mode == AutoresetMode.SAME_STEP:
            assert observations[:, 1].tolist() == times.tolist()
        elif ended.any():
            observations, _ = envs.reset(options={"reset_mask": ended})
            assert observations[:, 1].tolist() == times.tolist()


@pytest.mark.parametrize("pool", ["last", "max"])
def test_agrees_with_the_single_face(pool):
    """One environment gives through the vector face what it gives through the single one."""
    many = vector.FrameSkip(
        SyncVectorEnv([lambda: Clock([5, 6, 7, 8])], autoreset_mode=AutoresetMode.DISABLED), 4, pool=pool
    )
    single = rlprobe.FrameSkip(Clock([5, 6, 7, 8]), 4, pool=pool)
    many.reset()
    single.reset()
    for _ in range(20):
        a, b = many.step(np.zeros(1, dtype=np.int64)), single.step(0)
        assert a[0][0].tolist() == b[0].tolist()
        assert (a[1][0], a[2][0], a[3][0]) == b[1:4]
        assert a[4]["rlprobe"]["frames"][0] == b[4]["rlprobe"]["frames"]
        if b[2]:
            many.reset(options={"reset_mask": np.array([True])})
            single.reset()


@pytest.mark.parametrize("mode", MODES)
def test_statistics_on_top_count_what_the_agent_sees(mode):
    """NormalizeAll over RewardScale over FrameSkip count the observations and rewards that come out."""
    makers = [lambda n=n: Clock([n]) for n in (1, 2, 3, 5, 7)]
    envs = vector.NormalizeAll(
        vector.RewardScale(vector.FrameSkip(SyncVectorEnv(makers, autoreset_mode=mode), 3))
    )
    envs.reset(seed=0)
    count, rewards, waiting = 5, 0, np.zeros(5, dtype=np.bool_)
    for _ in range(12):
        _, _, terminations, truncations, infos = envs.step(np.zeros(5, dtype=np.int64))
        ended = terminations | truncations
        rewards += int(infos["rlprobe"]["_raw_reward"].sum())
        count += 5 + (int(ended.sum()) if mode != AutoresetMode.NEXT_STEP else 0)
        assert (infos["rlprobe"]["frames"] == 0).tolist() == waiting.tolist()
        if mode == AutoresetMode.DISABLED and ended.any():
            envs.reset(options={"reset_mask": ended})
        waiting = ended if mode == AutoresetMode.NEXT_STEP else waiting
    assert envs.stats.count == count
    assert envs.env.stats.count == rewards


@pytest.mark.parametrize("mode", MODES)
def test_native_vector_environments(mode):
    """Native probe environments honour the mask and run under the skip in every mode."""
    envs = vector.FrameSkip(gym.make_vec("probe_envs:probe/TruncBoot-v0", num_envs=5, autoreset_mode=mode), 3)
    envs.reset(seed=0)
    for _ in range(20):
        _, _, terminations, truncations, infos = envs.step(envs.action_space.sample() * 0)
        ended = terminations | truncations
        assert ((infos["rlprobe"]["frames"] >= 0) & (infos["rlprobe"]["frames"] <= 3)).all()
        if mode == AutoresetMode.DISABLED and ended.any():
            envs.reset(options={"reset_mask": ended})


def test_environment_that_ignores_the_mask_is_refused():
    """If a partial reset also resets others, the step is an error instead of silently broken episodes."""

    class Ignoring(SyncVectorEnv):
        def reset(self, *, seed=None, options=None):
            return super().reset(seed=seed)

    envs = vector.FrameSkip(Ignoring([lambda n=n: Clock([n]) for n in (1, 9)], autoreset_mode="SameStep"), 4)
    envs.reset(seed=0)
    with pytest.raises(RuntimeError, match="honours options"):
        envs.step(np.zeros(2, dtype=np.int64))


def test_missing_reset_wrong_kinds_and_random_skip():
    """A forgotten reset and a single environment are refused; a range is drawn from the seed."""
    envs = vector.FrameSkip(SyncVectorEnv([lambda: Clock([1])], autoreset_mode=AutoresetMode.DISABLED), 2)
    envs.reset()
    envs.step(np.zeros(1, dtype=np.int64))
    with pytest.raises(RuntimeError, match=r"environments \[0\] have ended"):
        envs.step(np.zeros(1, dtype=np.int64))
    with pytest.raises(TypeError, match=r"use rlprobe\.FrameSkip"):
        vector.FrameSkip(Clock([1]))
    envs = vector.FrameSkip(SyncVectorEnv([lambda: Clock([1000])]), (2, 4))
    drawn = []
    for _ in range(2):
        envs.reset(seed=3)
        drawn.append(
            [int(envs.step(np.zeros(1, dtype=np.int64))[4]["rlprobe"]["frames"][0]) for _ in range(30)]
        )
    assert drawn[0] == drawn[1]
    assert set(drawn[0]) == {2, 3, 4}
