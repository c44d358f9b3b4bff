"""Wrappers of a script that shape rewards are left out; those that change them alike everywhere are kept."""

from __future__ import annotations

import gymnasium as gym
import numpy as np
import pytest
from scripts.q_tables import q_table

import rlprobe
from rlprobe.scripts import script_agent
from rlprobe.scripts.inside.making.own_rewards import GIVEN, TESTS, OwnRewards, is_shaped

STEPS = 3


def steps_of(reward_of):
    """Tests of a wrapper, given the reward of the environment, the step of the episode and the time."""
    rng = np.random.default_rng(0)
    seen = []
    for t in range(TESTS):
        given = float(rng.choice(GIVEN))
        seen.append((given, t % STEPS, float(reward_of(given, t % STEPS, t))))
    return seen


KEPT = {
    "itself": lambda r, s, t: r,
    "a scale": lambda r, s, t: 0.1 * r,
    "a penalty per step": lambda r, s, t: r - 0.1,
    "its sign": lambda r, s, t: np.sign(r),
    "a running mean": lambda r, s, t: r - 0.5 * (1 - 0.9**t),
    "noise": lambda r, s, t: r + 0.1 * np.sin(1e4 * t**2),
}
SHAPED = {
    "by the state": lambda r, s, t: r + 0.1 * s,
    "at the end": lambda r, s, t: r - 10.0 * (s == STEPS - 1),
    "in place of it": lambda r, s, t: abs(s - 1.0),
    "with noise": lambda r, s, t: r + s + 0.1 * np.sin(1e4 * t**2),
}


@pytest.mark.parametrize("kind", KEPT)
def test_what_depends_on_the_reward_alone_is_kept(kind):
    """It may be the mistake that is looked for; running statistics change with time only."""
    assert not is_shaped(steps_of(KEPT[kind]))


@pytest.mark.parametrize("kind", SHAPED)
def test_what_depends_on_the_step_is_shaping(kind):
    """Bonuses by the observation, and penalties at the end of an episode."""
    assert is_shaped(steps_of(SHAPED[kind]))


def test_keys_that_never_repeat_explain_nothing():
    """A reward with noise, where each step is another."""
    seen = [(given, t, reward) for t, (given, _, reward) in enumerate(steps_of(KEPT["noise"]))]
    assert not is_shaped(seen)


OWN = """

class Own(gym.{base}):
    {body}

"""
STEP = """def step(self, action):
        obs, reward, terminated, truncated, info = self.env.step(action)
        return obs, reward + obs - 5.0 * terminated, terminated, truncated, info"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("base", "body", "verdict", "says"),
    [
        ("Wrapper", STEP, "healthy", "Left out, as it makes rewards of its own: `Own` (train.py:7)"),
        pytest.param(
            "RewardWrapper",
            "def reward(self, reward): return reward - 0.3",
            "faulty",
            "reward-shifted",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_a_table_behind_a_wrapper(tmp_path, base, body, verdict, says):
    """A bonus is left out in every run; a penalty per step is named."""
    script = tmp_path / "train.py"
    classes = OWN.format(base=base, body=body)
    script.write_text(q_table(classes=classes, env='Own(gym.make("FrozenLake-v1"))'))
    report = rlprobe.diagnose(
        script_agent(script), seeds=1, only=["Constant", "Decoder", "TimeLimitLoop"], budget=60
    )
    assert report.verdict == verdict, str(report)
    assert says in " ".join(str(report).split())


class Stage(gym.Env):
    """Stands for the environment of a probe; pays 1."""

    action_space = observation_space = gym.spaces.Discrete(2)
    pay, lift, paid, now = 1.0, 0.0, 1.0, 0

    def step(self, action):
        """One step."""
        return 0, self.paid * self.pay + self.lift, False, False, {}


class Rewards(gym.Wrapper):
    """Gives several rewards at once, or a bonus."""

    several = False

    def step(self, action):
        """One step."""
        observation, reward, *rest = self.env.step(action)
        return observation, np.array([reward, 0.0]) if self.several else reward + action, *rest


@pytest.mark.parametrize("several", [False, True])
def test_several_rewards_at_once_are_left_alone(monkeypatch, several):
    """Others are those of the probe, also while they are tested."""
    monkeypatch.setattr(gym.Wrapper, "__init__", gym.Wrapper.__init__)
    own = OwnRewards(__file__.__eq__, shaped=None)
    own.install()
    kind = type("Own", (Rewards,), {"several": several})
    env = kind(Stage())
    made = [env.step(t % 2)[1] for t in range(2 * TESTS)]
    assert own.shaped is not several
    if several:
        assert made[-1].tolist() == [1.0, 0.0]
    else:
        assert made == [1.0] * len(made)
