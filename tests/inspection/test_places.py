"""Every place that a report names can be played again, and the report says so."""

from __future__ import annotations

import gymnasium as gym
import numpy as np
import pytest

from rlprobe.inspection import replay
from rlprobe.inspection.measures.component import components_of, reward_of
from rlprobe.inspection.place import Place
from rlprobe.inspection.playing.collect import Collector
from rlprobe.inspection.playing.watchdog import Heartbeat


def placed(env, steps, seed=0):
    """Components of a short play."""
    collector = Collector(env, seed)
    collector.play(Heartbeat(), steps=steps, seconds=None)
    return collector


@pytest.mark.parametrize("seed", [0, 11])
def test_extremes_at_resets_in_the_middle_of_a_block(planted, seed):
    """An extreme that the reset of a later episode returned is found again, and not the end before it."""

    class AtReset(planted.Wide):
        limit = 7

        def reset(self, *, seed=None, options=None):
            observation, info = super().reset(seed=seed)
            return observation + 5.0 * np.sign(observation), info

    found = components_of(placed(AtReset(), 400, seed))
    places = [p for c in found for p in (c.low_place, c.high_place)]
    assert any(p.after_reset and p.step > 7 for p in places)
    for i, c in enumerate(found):
        for value, place in ((c.low, c.low_place), (c.high, c.high_place)):
            observation, _ = replay(AtReset(), place.seed, place.step, after_reset=place.after_reset)
            assert float(observation[i]) == value


def test_extreme_rewards_can_be_replayed():
    """The place of the largest and the smallest reward leads to that reward again, beyond the first block."""
    reward = reward_of(placed(gym.make("Pendulum-v1"), 3100))
    assert {reward.low_place.seed, reward.high_place.seed} != {0}
    for value, place in ((reward.low, reward.low_place), (reward.high, reward.high_place)):
        assert replay(gym.make("Pendulum-v1"), place.seed, place.step)[1] == value


def test_an_error_is_placed_where_it_is_raised(planted):
    """The step after the place that is named raises again; a reset that raises is placed after its step."""

    class RaisesThen(planted.Healthy):
        limit = 5

        def step(self, action):
            if self.place[0] > 0.12:
                raise RuntimeError("too far")
            return super().step(action)

    failures = placed(RaisesThen(), 2000).failures
    assert len(failures) == 3
    for failure in failures:
        replay(RaisesThen(), failure.place.seed, failure.place.step)
        with pytest.raises(RuntimeError, match="too far"):
            replay(RaisesThen(), failure.place.seed, failure.place.step + 1)


def test_a_reset_that_raises_is_placed(planted):
    """The place of an error in a reset is the step after which it was reset."""

    class LostAtThird(planted.Healthy):
        limit, resets = 10, 0

        def reset(self, *, seed=None, options=None):
            self.resets += 1
            if self.resets == 3:
                raise OSError("lost the connection")
            return super().reset(seed=seed)

    (failure,) = placed(LostAtThird(), 100).failures
    assert (failure.during, failure.place) == ("reset", Place(0, 20))


def test_an_episode_cut_by_an_error_is_no_episode(planted):
    """What an episode earned before the environment raised is not added to the next one."""

    class RaisesOnce(planted.Healthy):
        limit, steps = 10, 0

        def reward(self, action):
            return 1.0

        def step(self, action):
            self.steps += 1
            if self.steps == 25:
                raise RuntimeError("once")
            return super().step(action)

    collector = placed(RaisesOnce(), 100)
    assert collector.episodes.kept.rows[:, 0].tolist() == [10.0] * 9
    assert collector.episodes.longest == 10


def test_what_comes_again_is_said_to(planted, inspected):
    """A value that is not finite is replayed; the report says that this reproduced it."""

    class NanWhere(planted.Wide):
        def observe(self):
            values = self.place.astype(np.float32)
            values[1] = np.nan if self.place[0] > 0.2 else values[1]
            return values

    flag = inspected(NanWhere()).flag("non-finite")
    assert flag.sentence.endswith("; replaying it reproduced it.")
    assert np.isnan(replay(NanWhere(), flag.place.seed, flag.place.step)[0][1])
    assert flag.place.call in flag.advice


def test_a_reward_that_is_not_finite_has_a_place(planted, inspected):
    """A reward of NaN is reported with seed and step, and reproduced."""

    class NanReward(planted.Healthy):
        def reward(self, action):
            return float("nan") if self.place[0] > 0.2 else 1.0

    flag = inspected(NanReward()).flag("non-finite")
    assert flag.sentence.endswith("; replaying it reproduced it.")
    assert np.isnan(replay(NanReward(), flag.place.seed, flag.place.step)[1])


def test_what_does_not_come_again_is_said_not_to(planted, inspected):
    """A value that hangs on a counter outside the episode is said not to have come again."""

    class Later(planted.Nan):
        count = 4000

    flag = inspected(Later()).flag("non-finite")
    assert "replaying it did not reproduce it" in flag.sentence


def test_a_difference_is_placed_by_steps(planted, inspected):
    """Where two plays differ is named in steps, resets not counted."""

    class SecondEpisode(planted.Healthy):
        limit, own = 10, np.random.default_rng(0)

        def reset(self, *, seed=None, options=None):
            result = super().reset(seed=seed)
            if seed is None:
                self.place = type(self).own.uniform(-0.1, 0.1, 3)
                return self.observe(), {}
            return result

    flag = inspected(SecondEpisode()).flag("not-deterministic")
    assert "another observation at seed 0, the reset after step 10" in flag.sentence
