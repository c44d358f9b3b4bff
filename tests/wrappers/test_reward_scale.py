"""RewardScale on one environment, against the definition over the stored rewards."""

from __future__ import annotations

import copy
import pickle

import gymnasium as gym
import numpy as np
import pytest

from rlprobe import NormalizeAll, RewardScale
from rlprobe.stats import LayoutError, NonFiniteError

pytestmark = pytest.mark.usefixtures("arithmetic")


def returns_of(episodes, gamma):
    """Every forward discounted return of ``episodes``, lists of rewards, each starting from 0."""
    out = []
    for rewards in episodes:
        total = 0.0
        for reward in rewards:
            total = total * gamma + reward
            out.append(total)
    return out


def expected(episodes, gamma=0.99, clip=10.0, by="return"):
    """Each reward divided by the standard deviation of all values up to its own; 1 where none deviates."""
    flat = [reward for rewards in episodes for reward in rewards]
    values = returns_of(episodes, gamma) if by == "return" else flat
    out = []
    for n, reward in enumerate(flat, start=1):
        std = float(np.std(np.array(values[:n], dtype=np.longdouble)))
        out.append(float(np.clip(reward / std if len(set(values[:n])) > 1 else reward, -clip, clip)))
    return out


def play(env, episodes):
    """Play every episode of a scripted environment; rewards that came out and raw ones from info."""
    out, raw = [], []
    for episode in episodes:
        env.reset()
        for _ in range(len(episode.rewards)):
            _, reward, _, _, info = env.step(0)
            out.append(reward)
            raw.append(info["rlprobe"]["raw_reward"])
    return out, raw


def scripted_episodes(scripted, rewards, ending):
    """Episodes with the given rewards and no interesting observations."""
    return [scripted.Episode([np.zeros(1)] * (len(r) + 1), r, ending) for r in rewards]


@pytest.mark.parametrize("ending", ["terminated", "truncated", "running"])
@pytest.mark.parametrize("gamma", [0.0, 0.5, 0.99, 1.0])
def test_rewards_equal_the_definition_for_every_ending(scripted, ending, gamma):
    """Terminated, truncated or cut off by a manual reset: every episode's return starts from 0."""
    rng = np.random.default_rng(0)
    rewards = [rng.normal(1.0, 2.0, rng.integers(1, 12)).tolist() for _ in range(20)]
    episodes = scripted_episodes(scripted, rewards, ending)
    env = RewardScale(scripted.Env(scripted.box(1), episodes), gamma=gamma)
    out, raw = play(env, episodes)
    np.testing.assert_allclose(out, expected(rewards, gamma), rtol=1e-9)
    assert raw == [r for episode in rewards for r in episode]
    assert env.stats.std == pytest.approx(np.std(returns_of(rewards, gamma)), rel=1e-12)
    assert env.stats.count == len(raw)


def test_gymnasium_is_off_where_episodes_are_truncated(scripted):
    """On truncated episodes Gymnasium's divisor is wrong by more than a half; ours is the exact one."""
    rewards = [[1.0] * 20] * 30
    episodes = scripted_episodes(scripted, rewards, "truncated")
    exact = np.std(returns_of(rewards, 0.99))
    peer = gym.wrappers.NormalizeReward(scripted.Env(scripted.box(1), episodes))
    for _ in episodes:
        peer.reset()
        for _ in range(20):
            peer.step(0)
    assert abs(np.sqrt(peer.return_rms.var) / exact - 1) > 0.5
    env = RewardScale(scripted.Env(scripted.box(1), episodes))
    play(env, episodes)
    assert env.scale == pytest.approx(exact, rel=1e-12)


def test_terminal_only_reward(scripted):
    """A single +100 at the end of each episode is divided by the exact deviation."""
    rewards = [[0.0] * 9 + [100.0]] * 40
    episodes = scripted_episodes(scripted, rewards, "terminated")
    out, _ = play(RewardScale(scripted.Env(scripted.box(1), episodes), clip=None), episodes)
    assert out[-1] == pytest.approx(100 / np.std(returns_of(rewards, 0.99)), rel=1e-12)


def test_first_rewards_are_bounded(scripted):
    """The first reward comes through undivided, and until two returns differ; 1e6 is clipped and counted."""
    rewards = [[1.0], [1.0], [1e6]]
    episodes = scripted_episodes(scripted, rewards, "terminated")
    env = RewardScale(scripted.Env(scripted.box(1), episodes))
    out, _ = play(env, episodes)
    assert out == [1.0, 1.0, pytest.approx(1e6 / np.std([1, 1, 1e6]))]
    first = RewardScale(scripted.Env(scripted.box(1), scripted_episodes(scripted, [[1e6]], "terminated")))
    first.reset()
    assert first.step(0)[1] == 10.0
    assert first.clipped == 1


def test_sign_and_order_never_change(scripted):
    """-1 a step stays negative, and a zero reward stays zero."""
    rng = np.random.default_rng(1)
    rewards = [rng.choice([-1.0, -1.1, 0.0], 30).tolist() for _ in range(10)]
    episodes = scripted_episodes(scripted, rewards, "terminated")
    out, raw = play(RewardScale(scripted.Env(scripted.box(1), episodes)), episodes)
    assert np.sign(out).tolist() == np.sign(raw).tolist()


def test_by_reward_and_fixed_scale(scripted):
    """by="reward" divides by the deviation of the reward itself; scale= by a constant, without statistics."""
    rng = np.random.default_rng(2)
    rewards = [rng.normal(-3.0, 2.0, 15).tolist() for _ in range(4)]
    episodes = scripted_episodes(scripted, rewards, "truncated")
    out, raw = play(RewardScale(scripted.Env(scripted.box(1), episodes), by="reward"), episodes)
    np.testing.assert_allclose(out, expected(rewards, by="reward"), rtol=1e-9)
    env = RewardScale(scripted.Env(scripted.box(1), episodes), scale=4)
    out, raw = play(env, episodes)
    assert out == [r / 4 for r in raw]
    assert env.stats.count == 0
    assert env.scale == 4.0


def test_gamma_one_in_an_endless_task_warns(scripted):
    """With gamma=1 and no end in sight a warning names the cause, once; with a time limit there is none."""
    endless = scripted.stream(np.zeros((3000, 1)), rewards=[1.0] * 2999)
    env = RewardScale(endless, gamma=1.0)
    env.reset()
    for _ in range(1000):
        env.step(0)
    with pytest.warns(UserWarning, match="gamma=1 and an episode longer than 1000 steps"):
        env.step(0)
    for _ in range(1000):
        env.step(0)
    limited = RewardScale(gym.make("Pendulum-v1", max_episode_steps=1500), gamma=1.0)
    limited.reset(seed=0)
    for _ in range(1400):
        limited.step(np.zeros(1, dtype=np.float32))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e200])
@pytest.mark.parametrize("at", [0, 3])
def test_nonfinite_reward(scripted, bad, at):
    """NaN and infinity raise, naming the step, change nothing; "skip" passes them on and counts the rest."""
    rewards = [1.0, 2.0, 4.0, 8.0, 1.0]
    rewards[at] = bad
    episodes = scripted_episodes(scripted, [rewards], "terminated")
    env = RewardScale(scripted.Env(scripted.box(1), episodes))
    env.reset()
    for _ in range(at):
        env.step(0)
    before = env.stats.state_dict()
    with pytest.raises(NonFiniteError, match=rf"RewardScale: the reward is .* at step {at + 1}"):
        env.step(0)
    assert all((before[k] == v).all() for k, v in env.stats.state_dict().items())
    env = RewardScale(scripted.Env(scripted.box(1), episodes), on_nonfinite="skip", clip=None)
    out, _ = play(env, episodes)
    if not np.isfinite(bad):
        assert str(out[at]) == str(bad)
    total, kept = 0.0, []
    for t, reward in enumerate(rewards):
        total *= 0.99
        if t != at:
            total += reward
            kept.append(total)
    assert env.stats.count == 4
    assert env.stats.std == pytest.approx(np.std(kept), rel=1e-12)


def test_frozen_is_pure(scripted):
    """Frozen, nothing is counted and rewards are divided by the constant; afterwards counting goes on."""
    rewards = [[1.0, 2.0, 5.0], [3.0, 3.0, 3.0], [4.0, 2.0]]
    episodes = scripted_episodes(scripted, rewards, "terminated")
    env = RewardScale(scripted.Env(scripted.box(1), episodes))
    first, _ = play(env, episodes[:1])
    before, scale = env.stats.state_dict(), env.scale
    with env.frozen():
        out, raw = play(env, episodes[1:2])
    assert out == [r / scale for r in raw]
    assert all((before[k] == v).all() for k, v in env.stats.state_dict().items())
    play(env, episodes[2:])
    assert env.stats.std == pytest.approx(np.std(returns_of([rewards[0], rewards[2]], 0.99)), rel=1e-12)
    assert len(first) == 3


def test_return_goes_on_while_frozen(scripted):
    """Unfreezing in the middle of an episode counts the return of the whole episode so far."""
    episodes = scripted_episodes(scripted, [[1.0, 2.0, 4.0]], "terminated")
    env = RewardScale(scripted.Env(scripted.box(1), episodes), gamma=0.5, update=False)
    env.reset()
    env.step(0)
    env.unfreeze()
    env.step(0)
    assert env.stats.mean == 2.5


def test_autoreset_wrapper_below(scripted):
    """Above gymnasium.wrappers.Autoreset the step that resets is not counted as a reward."""
    rewards = [[1.0, 2.0], [3.0], [5.0, 1.0, 1.0]]
    episodes = scripted_episodes(scripted, rewards, "truncated")
    env = RewardScale(gym.wrappers.Autoreset(scripted.Env(scripted.box(1), episodes)), gamma=0.9)
    env.reset()
    for _ in range(2 + 1 + 1 + 1 + 3):
        env.step(0)
    assert env.stats.count == 6
    assert env.stats.std == pytest.approx(np.std(returns_of(rewards, 0.9)), rel=1e-12)


def test_save_load_continue_is_bit_identical(scripted, tmp_path):
    """Saved in the middle of an episode and loaded, the rewards that follow have the same bits."""
    rewards = [np.random.default_rng(3).normal(1e5, 2.0, 30).tolist()]
    episodes = scripted_episodes(scripted, rewards, "terminated")
    env = RewardScale(scripted.Env(scripted.box(1), episodes))
    env.reset()
    for _ in range(11):
        env.step(0)
    env.save(tmp_path / "r.npz")
    resumed = RewardScale(copy.deepcopy(env.env))
    resumed.load(tmp_path / "r.npz")
    for _ in range(19):
        assert env.step(0)[1] == resumed.step(0)[1]
    assert env.stats.var.tobytes() == resumed.stats.var.tobytes()


def test_statistics_of_another_quantity_are_refused(scripted, tmp_path):
    """Another gamma, rewards instead of returns, and observations are refused with both named."""
    env = RewardScale(scripted.stream(np.ones((3, 1))))
    env.save(tmp_path / "r.npz")
    with pytest.raises(LayoutError, match=r"gamma=0\.9'.*gamma=0\.99'"):
        RewardScale(scripted.stream(np.ones((3, 1))), gamma=0.9).load(tmp_path / "r.npz")
    with pytest.raises(LayoutError, match="'reward'"):
        RewardScale(scripted.stream(np.ones((3, 1))), by="reward", stats=env.stats)
    with pytest.raises(LayoutError, match="'observation'"):
        NormalizeAll(scripted.stream(np.ones((3, 1)))).load(tmp_path / "r.npz")


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"gamma": 1.1}, "gamma between 0 and 1"),
        ({"gamma": -0.1}, "gamma between 0 and 1"),
        ({"gamma": np.nan}, "gamma between 0 and 1"),
        ({"gamma": None}, "gamma between 0 and 1"),
        ({"by": "episode"}, "'return' or 'reward', got 'episode'"),
        ({"scale": 0}, "scale above 0"),
        ({"scale": -2.0}, "scale above 0"),
        ({"scale": np.inf}, "scale above 0"),
        ({"clip": 0}, "clip above 0"),
        ({"on_nonfinite": "drop"}, "'raise' or 'skip'"),
    ],
)
def test_bad_arguments_are_refused(scripted, arguments, match):
    """Every argument out of range is refused at construction."""
    with pytest.raises(ValueError, match=match):
        RewardScale(scripted.stream(np.ones((3, 1))), **arguments)


def test_bad_environments_are_refused(scripted):
    """Vector environments, non-environments and scaling twice are refused by name; closed ones at use."""
    vector = gym.make_vec("CartPole-v1", num_envs=2, vectorization_mode="sync")
    with pytest.raises(TypeError, match=r"use rlprobe.wrappers.vector.RewardScale"):
        RewardScale(vector)
    with pytest.raises(TypeError, match="got int"):
        RewardScale(3)
    with pytest.raises(ValueError, match="another RewardScale"):
        RewardScale(NormalizeAll(RewardScale(gym.make("CartPole-v1"))))
    with pytest.raises(ValueError, match="NormalizeReward is already there"):
        RewardScale(gym.wrappers.NormalizeReward(gym.make("CartPole-v1")))
    vector.close()
    env = RewardScale(scripted.stream(np.ones((3, 1))))
    env.reset()
    env.close()
    for use in (env.reset, lambda: env.step(0)):
        with pytest.raises(gym.error.ClosedEnvironmentError, match="RewardScale was closed"):
            use()


def test_pickle_spec_and_raw_reward_of_integers(scripted):
    """The wrapper pickles, travels in the spec, and takes integer and NumPy rewards without overflow."""
    env = RewardScale(gym.make("CartPole-v1"), gamma=0.9)
    env.reset(seed=0)
    env.step(0)
    twin = pickle.loads(pickle.dumps(env))
    assert twin.step(0)[1] == env.step(0)[1]
    assert gym.make(env.spec).gamma == 0.9
    rewards = [np.int8(127), np.int8(127), np.int8(127), np.uint8(3)]
    episodes = [scripted.Episode([np.zeros(1)] * 5, rewards)]
    env = RewardScale(scripted.Env(scripted.box(1), episodes))
    out, raw = play(env, episodes)
    np.testing.assert_allclose(out, expected([[127.0, 127.0, 127.0, 3.0]]), rtol=1e-12)
    assert raw == [127.0, 127.0, 127.0, 3.0]


def test_statistics_of_rewards_are_not_called_observations(scripted, tmp_path):
    """Printed or refused, they are named as what they are: the return with its gamma, or the reward."""
    env = RewardScale(scripted.stream(np.zeros((5, 1))), gamma=0.9)
    env.reset()
    env.step(0)
    assert "return with gamma=0.9 (): 1 samples" in str(env.stats)
    assert "observation" not in str(env.stats)
    assert "observation" not in str(RewardScale(scripted.stream(np.zeros((5, 1))), by="reward").stats)
    env.save(tmp_path / "rewards.npz")
    with pytest.raises(LayoutError) as refused:
        RewardScale(scripted.stream(np.zeros((5, 1))), gamma=0.5).load(tmp_path / "rewards.npz")
    assert "observation" not in str(refused.value)
