"""Maps: the exact answer is exact, the numbers and sentences say what is planted, bad input gets one line."""

from __future__ import annotations

import json
import time

import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces

from probe_envs import SUITE, WRAPPER_PROBES, evaluate, solve
from rlprobe.maps import Plane, PlaneError, Recorder, reference
from rlprobe.maps.answers import RecorderError

PROBES = (*SUITE, *WRAPPER_PROBES)


class Point(gym.Env):
    """A point with a position and a velocity; reaching the right end terminates and pays 1."""

    observation_space = spaces.Box(-1, 1, (2,), np.float32)
    action_space = spaces.Discrete(2)

    def __init__(self, noise=0.0, hidden=False, sleep=0.0, ends=True):
        self.noise, self.hidden, self.sleep, self.ends = noise, hidden, sleep, ends

    def reset(self, *, seed=None, options=None):
        """Start near the left."""
        super().reset(seed=seed)
        self.state = np.array([-0.8, 0.0])
        self.force = 0.0
        return self.look(), {}

    def look(self):
        """What the agent sees."""
        return self.state.astype(np.float32)

    def step(self, action):
        """Push left or right."""
        time.sleep(self.sleep)
        push = 0.1 * (2 * action - 1) + self.noise * self.np_random.normal()
        if self.hidden:
            self.__dict__["memory"] = push = push + 0.3 * self.__dict__.get("memory", 0.0)
            self.tally = [*getattr(self, "tally", []), push]
            push += 0.01 * len(Point.steps)
            Point.steps.append(1)
        x, v = self.state
        v = np.clip(v + push, -0.3, 0.3)
        x = np.clip(x + v, -1, 1)
        self.state = np.array([x, v])
        reached = bool(x >= 0.99) and self.ends
        return self.look(), float(reached), reached, False, {}


Point.steps = []


@pytest.mark.parametrize("row", PROBES, ids=lambda row: row.name)
def test_on_probes_the_reference_is_exact(row):
    """Optimal values equal those of the solver to 1e-6, and so do the values of a policy."""
    found, exact = reference(gym.make(row.id), gamma=0.9), solve(row.mdp(), 0.9)
    np.testing.assert_allclose(found.V, exact.V, atol=1e-6)
    S, A = exact.table.shape
    chances = np.random.default_rng(0).dirichlet(np.ones(A), S)
    np.testing.assert_allclose(found.of_policy(None, chances), evaluate(row.mdp(), chances, 0.9).V, atol=1e-6)


def test_the_greedy_policy_of_the_reference_solves_mountain_car():
    """At least -106 on a coarse grid (measured: -99.1 +- 0.4 on 101 x 101)."""
    found = reference(gym.make("MountainCar-v0"), gamma=0.99, grid=61)
    assert found.returns(gym.make("MountainCar-v0"), 20).mean() >= -106


def test_pendulums_hanging_value_has_an_error_bar():
    """V of hanging still is -258 +- a few, and what half the resolution disagrees on is marked."""
    found = reference(gym.make("Pendulum-v1"), gamma=0.99, grid=101)
    assert found.value([np.pi, 0.0])[0] == pytest.approx(-258, abs=2)
    assert found.value([0.0, 0.0])[0] > -1
    assert 0 < found.unsure.mean() < 0.4


def test_an_own_environment_has_a_reference_from_its_state():
    """A state of two numbers that can be set is enough: pushing right is best from everywhere at rest."""
    found = reference(Point(), gamma=0.95, grid=31)
    assert [found.action([x, 0.0]) for x in (-0.9, 0.0, 0.8)] == [1, 1, 1]
    assert found.plane.names == ("state 0", "state 1")


def test_a_wrapper_that_changes_rewards_is_part_of_the_reference():
    """The dynamics are those of the whole stack, not of the bare environment."""
    doubled = gym.wrappers.TransformReward(Point(), lambda r: 2 * r)
    np.testing.assert_allclose(
        reference(doubled, gamma=0.95, grid=15).V, 2 * reference(Point(), gamma=0.95, grid=15).V, atol=1e-6
    )


def best(observations):
    """Push right."""
    return np.ones(len(observations), int)


def test_a_bad_policy_is_told_from_a_wrong_critic():
    """The exact values of a policy that pushes left are right for it, and far from the optimum."""
    recorder = Recorder(Point(), gamma=0.95, grid=15, policy=lambda x: np.zeros(len(x), int))
    exact = recorder.exact.of_policy(np.zeros(225, int))
    recorder.value = lambda x: exact
    moment = recorder.snapshot()
    assert moment.numbers.offset == pytest.approx(0.0, abs=1e-6)
    assert moment.numbers.gap > 0.3
    np.testing.assert_allclose(moment.td, 0.0, atol=1e-5)
    assert "below the optimal value at the start" in recorder.findings().sentences[0]


def said(value, *, moves=0, policy=best, moments=1):
    """The sentences about a critic on ``Point``."""
    recorder = Recorder(Point(), gamma=0.95, grid=15, policy=policy)
    exact = recorder.exact.of_policy(policy(np.zeros((225, 2))))
    recorder.value = lambda x: value(exact, x)
    recorder.reset(seed=0)
    for _ in range(moves):
        _, _, over, _, _ = recorder.step(1)
        if over:
            recorder.reset()
    for _ in range(moments):
        recorder.snapshot()
    return " | ".join(recorder.findings().sentences)


def test_planted_critics_are_named():
    """Shifted, rough, right: each gets its sentence, and the right one none of the others'."""
    assert "off by +3" in said(lambda exact, x: exact + 3.0)
    noise = np.random.default_rng(0).normal(0, 0.3, 225)
    assert "not smooth" in said(lambda exact, x: exact + noise)
    right = said(lambda exact, x: exact, moves=100)
    assert not any(word in right for word in ("is off by", "smooth", "oscillates", "never visited"))
    assert "near the optimum" in right
    assert "was never visited" in said(lambda exact, x: exact)


def test_visits_are_counted_and_start_anew_with_each_moment():
    """Every observation counts once, those of resets too."""
    recorder = Recorder(Point(), grid=15, policy=best)
    recorder.reset(seed=0)
    for _ in range(5):
        recorder.step(0)
    assert recorder.snapshot().visits.sum() == 6
    recorder.step(0)
    assert recorder.snapshot().visits.sum() == 1


def test_a_stochastic_environment_is_averaged():
    """Sixteen samples of each step; the note says so."""
    recorder = Recorder(Point(noise=0.02), gamma=0.95, grid=9, policy=best)
    assert recorder.exact is not None
    assert "16 samples" in recorder.world.notes[0]


def test_a_state_that_cannot_be_set_leaves_the_maps():
    """Hidden memory: no reference, said in one line; value, policy and visits are drawn all the same."""
    recorder = Recorder(Point(hidden=True), grid=9, policy=best, value=lambda x: x[:, 0])
    (note,) = recorder.world.notes
    assert note.startswith("no exact answer: ")
    recorder.reset(seed=0)
    moment = recorder.snapshot()
    assert (moment.exact, moment.numbers.r2) == (None, None)
    assert moment.value is not None


def test_three_numbers_without_a_plane_are_cut_at_their_median():
    """Without a known plane, two numbers of the observation span the map, and the note says which."""

    class Three(Point):
        observation_space = spaces.Box(-2, 2, (3,), np.float32)

        def look(self):
            return np.array([*self.state, self.state.sum()], np.float32)

    recorder = Recorder(Three(), grid=9, policy=best, components=(0, 2))
    assert recorder.world.plane.names == ("observation 0", "observation 2")
    assert "the other stays at its median" in recorder.world.notes[0]
    with pytest.raises(PlaneError, match="two different numbers of 0: observation 0"):
        Recorder(Three(), components=(0, 3))


class Pixels(Point):
    """Shows a picture."""

    observation_space = spaces.Box(0, 255, (84, 84, 3), np.uint8)

    def look(self):
        """A black picture."""
        return np.zeros((84, 84, 3), np.uint8)


def test_pictures_are_refused_in_one_line():
    """Two pixels span no plane; the message says what to do."""
    with pytest.raises(PlaneError, match=r"are pictures.*an environment that shows its state") as caught:
        Recorder(Pixels())
    assert "\n" not in str(caught.value)


def test_an_environment_that_never_ends_is_mapped():
    """Episodes of the reference are cut, so that it has a return."""
    recorder = Recorder(Point(ends=False), gamma=0.9, grid=9, policy=best)
    assert len(recorder.exact.returns(Point(ends=False), 2)) == 2


@pytest.mark.slow
def test_a_slow_environment_has_no_reference_and_says_why():
    """A step of 0.1 s: no reference instead of hours."""
    recorder = Recorder(Point(sleep=0.1), grid=101, policy=best)
    assert "a step takes 0.1" in recorder.world.notes[0]
    assert recorder.exact is None


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ({"value": lambda x: x}, r"value\(observations\): expected shape \(81,\), got \(81, 2\)"),
        ({"value": lambda x: np.full(len(x), np.nan)}, "expected finite numbers, got nan"),
        ({"policy": lambda x: x[:3]}, r"policy\(observations\): expected 81 actions"),
        ({"chances": lambda x: np.ones((len(x), 5))}, r"chances\(observations\): expected shape \(81, 2\)"),
    ],
)
def test_answers_that_cannot_be_drawn_are_refused(bad, words):
    """Another shape and NaN are errors that name what was asked."""
    recorder = Recorder(Point(), grid=9, **bad)
    with pytest.raises(RecorderError, match=words):
        recorder.snapshot()


def test_interpolation_is_exact_at_points_and_wraps():
    """Grid points keep their values; an angle continues at the other end."""
    plane = Plane(("a", "b"), (-np.pi, 0.0), (np.pi, 1.0), (True, False), shape=(8, 5))
    values = np.random.default_rng(0).normal(size=40)
    np.testing.assert_allclose(plane.interpolate(values, plane.points), values, atol=1e-12)
    end = plane.interpolate(values, np.array([[np.pi - 1e-9, 0.0], [-np.pi, 0.0], [3 * np.pi, 0.0]]))
    np.testing.assert_allclose(end, end[0], atol=1e-6)


def test_faces_show_every_moment(tmp_path):
    """Page with a slider, PNG, arrays without pickle, JSON of schema 1."""
    pytest.importorskip("jinja2")
    pytest.importorskip("matplotlib")
    from rlprobe.maps.report.page import page
    from rlprobe.maps.report.picture import picture
    from rlprobe.maps.report.terminal import lines
    from rlprobe.output.terminal import text

    recorder = Recorder(Point(), gamma=0.95, grid=9, policy=best, value=lambda x: x[:, 0], every=2)
    recorder.reset(seed=0)
    for _ in range(26):
        if recorder.step(1)[2]:
            recorder.reset()
    findings = recorder.findings()
    assert len(findings.moments) == 13
    assert len(findings.shown) == 12
    assert page(findings).count('class="panels"') == 12
    assert picture(findings)[:4] == b"\x89PNG"
    assert max(map(len, text(lines(findings)).splitlines())) <= 80
    findings.to_npz(tmp_path / "map.npz")
    assert np.load(tmp_path / "map.npz")["value"].shape == (13, 81)
    findings.to_json(tmp_path / "map.json")
    found = json.loads((tmp_path / "map.json").read_text())
    assert found["schema"] == 1
    assert {"step", "r2", "offset", "visited"} <= set(found["moments"][0])
    assert {"return", "stderr"} <= set(found["reference"])


def test_slices_of_longer_states_have_no_reference():
    """CartPole: angle and velocity of the pole, the cart at rest; the note says why there is no reference."""
    recorder = Recorder(gym.make("CartPole-v1"), grid=9, policy=best)
    assert recorder.world.plane.names[0] == "pole angle"
    assert "slice where the others are 0" in recorder.world.notes[0]


class Rover(gym.Env):
    """A Dict observation; reset begins where the options say."""

    observation_space = spaces.Dict(
        {"at": spaces.Box(0, 8, (2,), np.float32), "key": spaces.Discrete(3), "eye": spaces.Box(0, 1, (9, 9))}
    )
    action_space = spaces.Discrete(2)

    def reset(self, *, seed=None, options=None):
        """Begin somewhere."""
        super().reset(seed=seed)
        self.x, self.y = self.np_random.uniform(0, 8, 2)
        return self.look(), {}

    def look(self):
        """What the agent sees."""
        return {"at": np.array([self.x, self.y], np.float32), "key": 1, "eye": np.ones((9, 9), np.float32)}

    def step(self, action):
        """Move along one axis."""
        self.x = float(np.clip(self.x + 2 * action - 1, 0, 8))
        return self.look(), 1.0, False, False, {}


def test_a_dict_observation_is_mapped_over_two_of_its_numbers():
    """The agent is asked with batches of the same Dict; pixels and keys stay as they are."""
    asked = []

    def value(observations):
        asked.append(observations)
        return observations["at"][:, 0]

    recorder = Recorder(Rover(), grid=9, value=value)
    moment = recorder.snapshot()
    assert recorder.world.plane.names == ("at[0]", "at[1]")
    assert "its state cannot be set" in recorder.world.notes[0]
    assert {key: part.shape for key, part in asked[0].items()} == {
        "at": (81, 2), "key": (81,), "eye": (81, 9, 9),
    }  # fmt: skip
    assert set(asked[0]["key"]) == {1}
    assert len(np.unique(moment.value)) == 9


class Begun(gym.Env):
    """As ``Point`` without a settable state, but with a start in the options."""

    observation_space = spaces.Box(-1, 1, (2,), np.float32)
    action_space = spaces.Discrete(2)

    def reset(self, *, seed=None, options=None):
        """Begin where the options say, else near the left."""
        super().reset(seed=seed)
        start = (options or {}).get("init_state", [-0.8 + 0.1 * self.np_random.random(), 0.0])
        self._x, self._v = map(float, start)
        return np.array([self._x, self._v], np.float32), {}

    def step(self, action):
        """Push left or right."""
        self._v = float(np.clip(self._v + 0.1 * (2 * action - 1), -0.3, 0.3))
        self._x = float(np.clip(self._x + self._v, -1, 1))
        reached = self._x >= 0.99
        return np.array([self._x, self._v], np.float32), float(reached), reached, False, {}


def test_a_state_is_set_through_reset_options():
    """An environment that begins where ``options`` say has the same reference as one whose state is set."""
    begun, point = (reference(env, gamma=0.95, grid=15) for env in (Begun(), Point()))
    where = [[x, v] for x in (-0.9, 0.0, 0.7) for v in (-0.1, 0.1)]
    np.testing.assert_allclose(begun.value(where), point.value(where), atol=1e-5)


class Joint(gym.Env):
    """As environments of MuJoCo: ``data.qpos``, ``data.qvel`` and ``set_state``."""

    observation_space = spaces.Box(-np.inf, np.inf, (3,), np.float64)
    action_space = spaces.Box(-1, 1, (1,), np.float32)

    class Data:
        """Positions and velocities."""

        qpos, qvel = np.zeros(1), np.zeros(1)

    def set_state(self, qpos, qvel):
        """Be there."""
        assert (qpos.shape, qvel.shape) == ((1,), (1,))
        self.data.qpos, self.data.qvel = qpos.copy(), qvel.copy()

    def _get_obs(self):
        q, v = self.data.qpos[0], self.data.qvel[0]
        return np.array([np.cos(q), np.sin(q), v])

    def reset(self, *, seed=None, options=None):
        """Begin near 0."""
        super().reset(seed=seed)
        self.data = self.Data()
        self.set_state(self.np_random.uniform(-0.1, 0.1, 1), self.np_random.uniform(-0.1, 0.1, 1))
        return self._get_obs(), {}

    def step(self, action):
        """Turn."""
        v = np.clip(self.data.qvel + 0.1 * np.asarray(action), -1, 1)
        self.set_state(np.clip(self.data.qpos + 0.1 * v, -1, 1), v)
        return self._get_obs(), float(-abs(self.data.qpos[0] - 0.5)), False, False, {}


def test_a_state_of_mujoco_is_set_and_visits_are_counted():
    """``set_state`` gives the reference, and ``data`` the place of every visit."""
    recorder = Recorder(Joint(), gamma=0.9, grid=11, policy=lambda x: np.zeros((len(x), 1)))
    assert recorder.exact is not None
    recorder.reset(seed=0)
    for _ in range(20):
        recorder.step(np.ones(1, np.float32))
    moment = recorder.snapshot()
    assert moment.visits.sum() == 21
    assert np.count_nonzero(moment.visits) > 3
    assert recorder.exact.action([-0.9, 0.0])[0] > 0 > recorder.exact.action([0.9, 0.0])[0]
