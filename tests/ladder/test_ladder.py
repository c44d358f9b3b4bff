"""The ladder: the missing aid is named, signs of life are no luck, bad input gets one line."""

from __future__ import annotations

import json
import time
from dataclasses import replace

import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces

from rlprobe.ladder import climb
from rlprobe.ladder.aids import NearStart, access_to, repeats, success
from rlprobe.ladder.bound import alive, tolerance_bound
from rlprobe.ladder.random_play import own_limit
from rlprobe.ladder.report import lines
from rlprobe.ladder.rungs import Tools, rungs
from rlprobe.output.terminal import text
from rlprobe.wrappers import PotentialError


class Hall(gym.Env):
    """A hall of some steps; the door at its end pays 1 and terminates. One has to walk; turning goes back."""

    observation_space = spaces.Box(-1, 1, (2,), np.float32)
    action_space = spaces.Discrete(2)

    def __init__(self, length=12, chance=False):
        self.length, self.chance = length, chance

    def reset(self, *, seed=None, options=None):
        """Start at the other end."""
        super().reset(seed=seed)
        self.x = 0
        return self.look(), {}

    def look(self):
        """The place, and a constant."""
        return np.array([self.x / self.length, 1.0], np.float32)

    def step(self, action):
        """Walk, or turn."""
        self.x = max(0, self.x + (1 if action == 1 else -2))
        if self.chance:
            self.x = int(np.random.default_rng().integers(0, self.length))
        done = self.x >= self.length
        return self.look(), float(done), done, False, {}


def hall(limit=64, **options):
    """A hall with a time limit in its specification."""
    name = "Hall-v0"
    gym.registry.pop(name, None)
    gym.register(name, entry_point=Hall, max_episode_steps=limit)
    return lambda: gym.make(name, **options)


class Walker:
    """Walks right if it has once been paid for it within an episode it played at random."""

    def __init__(self, env, setting):
        self.env, self.right = env, False
        self.random = np.random.default_rng(setting.seed)

    def learn(self, steps):
        """Play at random; remember whether a reward came."""
        self.env.reset()
        for _ in range(steps):
            _, reward, terminated, truncated, _ = self.env.step(int(self.random.integers(2)))
            self.right = self.right or reward > 0.5
            if terminated or truncated:
                self.env.reset()

    def act(self, observations):
        """All right, or all left."""
        return np.full(len(observations), int(self.right))


def test_the_tolerance_bound_needs_no_distribution():
    """Of 100 episodes the second largest or less; a single lucky one does not raise it."""
    random = np.random.default_rng(0).exponential(size=100)
    assert tolerance_bound(random) < random.max()
    assert (np.random.default_rng(1).exponential(size=10_000) < tolerance_bound(random)).mean() > 0.9
    assert not alive(float(random.mean()), random)


def test_signs_of_life_are_no_luck():
    """Random play is alive on few of 200 tries by its own mean of ten episodes."""
    random = np.random.default_rng(0)
    episodes = (random.random(100) < 0.1).astype(float)
    tries = [alive((random.random(10) < 0.1).mean(), episodes) for _ in range(200)]
    assert sum(tries) <= 10


def test_the_missing_aid_is_named():
    """An agent that learns from the first reward it meets needs help to meet one, and is told which."""
    found = climb(hall(length=14), make_agent=Walker, steps=600, minutes=1.0)
    assert found.results[0].alive
    assert not found.results[-1].alive
    assert found.results[-1].rung.removed.name in {"starts near the goal", "repeated actions"}
    assert found.verdict.startswith("what the agent needs is ")


def test_an_easy_task_is_climbed_to_the_top():
    """With every rung alive, the advice is to train longer on the task itself."""
    found = climb(hall(length=4, limit=24), make_agent=Walker, steps=1_000, minutes=1.0)
    assert all(one.alive for one in found.results), text(lines(found))
    assert found.left == ()
    assert "train longer" in found.verdict


class Stone(Walker):
    """Never learns."""

    def learn(self, steps):
        """Only play."""
        super().learn(steps)
        self.right = False


def test_an_agent_that_never_learns_fails_on_the_first_rung():
    """No aid is blamed; the agent is to be diagnosed."""
    found = climb(hall(length=10), make_agent=Stone, steps=200, minutes=1.0)
    assert len(found.results) == 1
    assert "test the agent (rlprobe diagnose)" in found.verdict


def test_every_aid_says_whether_it_keeps_the_best_policy():
    """Rungs take one aid away at a time, horizons first; each aid has its sentence."""
    ladder = rungs(Tools(phi=lambda x: 0.0, limit=200, hold=4, features=lambda x: x))
    assert [rung.removed.name if rung.removed else None for rung in ladder] == [
        None,
        "1/8 of the time limit",
        "1/4 of the time limit",
        "1/2 of the time limit",
        "repeated actions",
        "a dense reward (potential shaping)",
        "features in place of pixels",
    ]
    assert ladder[-1].name == "the task itself"
    assert all("best policy" in aid.keeps for aid in ladder[0].aids)


def test_starts_near_the_goal_replay_a_success():
    """An episode begins where the success was at that time, and the replay is proved first."""
    env = Hall(length=8)
    limited = gym.wrappers.TimeLimit(env, 60)
    known = success(limited, lambda: True)
    assert known is not None
    assert repeats(limited, known)
    near = NearStart(gym.wrappers.TimeLimit(Hall(length=8), 60), known)
    near.reset()
    assert near.unwrapped.x > 0
    assert not repeats(gym.wrappers.TimeLimit(Hall(length=8, chance=True), 60), known)


@pytest.mark.parametrize(
    ("phi", "words"),
    [
        (lambda x: float("nan"), "phi.* is nan"),
        (lambda x: x, r"got ndarray of shape \(2,\)"),
    ],
)
def test_a_potential_that_is_none_is_refused(phi, words):
    """NaN and another shape end the ladder with one line."""
    with pytest.raises(PotentialError, match=words):
        climb(hall(length=4), make_agent=Walker, phi=phi, steps=100, minutes=1.0)


def test_a_crash_of_the_agent_is_one_line_with_its_place():
    """What was raised and where; the rungs before are kept."""

    class Broken(Walker):
        def learn(self, steps):
            raise RuntimeError("no money")

    found = climb(hall(length=4), make_agent=Broken, steps=100, minutes=1.0)
    assert found.crash.startswith("RuntimeError: no money (")
    assert "test_ladder.py" in found.crash


@pytest.mark.slow
def test_a_slow_environment_is_told_in_one_line():
    """Too few random episodes in the time: a note says how long one takes."""

    class Slow(Hall):
        def step(self, action):
            time.sleep(0.2)
            return super().step(action)

    found = climb(lambda: gym.wrappers.TimeLimit(Slow(), 20), make_agent=Walker, minutes=0.05)
    assert found.results == ()
    assert "random episodes ended" in found.notes[-1]


def test_faces_are_short_and_complete():
    """80 columns, and JSON of schema 1 with every rung."""
    found = climb(hall(length=3), make_agent=Walker, steps=200, minutes=1.0)
    assert max(map(len, text(lines(found)).splitlines())) <= 80
    said = json.loads(json.dumps(found.as_json()))
    assert said["schema"] == 1
    assert len(said["rungs"]) == len(found.results)


def test_wrong_arguments_are_refused():
    """Steps, seeds and minutes have to be positive."""
    for name in ("steps", "seeds", "minutes"):
        with pytest.raises(ValueError, match=name):
            climb(Hall, **{name: 0})


class Windy(gym.Env):
    """A line with wind; only its far end pays. What it draws does not follow the seed of an episode."""

    observation_space = spaces.Box(-1, 1, (2,), np.float32)
    action_space = spaces.Discrete(2)

    def __init__(self):
        self.np_random = np.random.default_rng(3)

    def reset(self, *, seed=None, options=None):
        """Start in the middle."""
        self.state = np.array([0.0, self.np_random.uniform(-1, 1)])
        return self.state.astype(np.float32), {}

    def step(self, action):
        """Go left or right."""
        x = self.state[0] + 0.1 * (2 * action - 1) + 0.02 * self.np_random.normal()
        self.state = np.array([np.clip(x, -1, 1), self.state[1]])
        return self.state.astype(np.float32), float(x >= 1), bool(x >= 1), False, {}


def test_where_replay_fails_the_state_is_set():
    """A success that its seed does not repeat gives near starts, if the state can be set."""
    env = gym.wrappers.TimeLimit(Windy(), 40)
    known = success(env, lambda: True)
    assert not repeats(env, known)
    access = access_to(env)
    known = success(env, lambda: True, lambda seen: access.read_in(env.unwrapped, seen))
    assert known.states
    near = NearStart(env, replace(known, share=0.9))
    place = known.states[int(0.9 * len(known.actions))]
    for _ in range(3):
        observation, _ = near.reset()
        np.testing.assert_allclose(observation, place, atol=1e-6)
    first, second = (near.reset() and near.step(1)[0] for _ in range(2))
    assert not np.array_equal(first, second)


def test_a_state_that_cannot_be_set_gives_no_near_starts():
    """The note says both: no replay, and no state."""
    assert access_to(Hall()) is None


def test_a_time_limit_inside_the_environment_is_found():
    """Where random episodes are truncated after the same number of steps, the ladder has shorter horizons."""
    assert own_limit(gym.wrappers.TimeLimit(Windy(), 40), time.perf_counter() + 60) == 40
    assert own_limit(gym.wrappers.TimeLimit(Windy(), 1_001), time.perf_counter() + 60) is None
    assert own_limit(Hall(), time.perf_counter() - 1) is None
