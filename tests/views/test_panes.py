"""Vectors, choices and nested observations as labelled panes."""

from __future__ import annotations

import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces
from gymnasium.vector import AutoresetMode

from rlprobe import NormalizeAll
from rlprobe.environments.names import component_names
from rlprobe.view import AgentView, ContactSheet
from rlprobe.view.canvas import ALARM, BAND, LINE, MARK
from rlprobe.view.contact_sheet import columns_of
from rlprobe.view.panes.cells import CELL, DiscretePane, MultiPane
from rlprobe.view.panes.choice import Drawing, pane_for
from rlprobe.view.panes.gauge_layout import columns_for, number
from rlprobe.view.panes.gauges import GaugePane
from rlprobe.view.text import width_of

AT = columns_for(["x"])
TURNING = ("turning 1", "turning 2")


def where(picture, colour):
    """Columns in which a colour occurs."""
    return np.flatnonzero((picture == colour).all(axis=2).any(axis=0))


def gauge(values, low=-1.0, high=1.0):
    """The track of a one-component gauge after these values, and its history field."""
    pane = GaugePane(spaces.Box(low, high, (1,)), ["x"])
    for value in values:
        pane.update(np.array([value], np.float32))
    pane.legend = False
    picture = pane.draw()[-AT.row :]
    return picture[:, AT.track_start : AT.track_start + AT.track], picture[:, AT.history_start :]


@pytest.mark.parametrize("value", [-0.5, 0.0, 0.25, 0.75])
def test_mark_stands_at_the_value(value):
    """The bright mark divides the gauge as the value divides its bounds."""
    track, _ = gauge([value])
    assert np.median(where(track, MARK)) == pytest.approx((value + 1) / 2 * (AT.track - 1), abs=1)


def test_band_spans_the_range_seen_so_far():
    """The band reaches from the smallest to the largest value, not only to the present one."""
    track, _ = gauge([-0.5, 0.5, 0.0])
    band = where(track, BAND)
    assert band.min() == pytest.approx(0.25 * (AT.track - 1), abs=1)
    assert band.max() == pytest.approx(0.75 * (AT.track - 1), abs=1)


@pytest.mark.parametrize(
    ("value", "left", "right"), [(-1, True, False), (1, False, True), (0.9, False, False)]
)
def test_clipped_end_is_red(value, left, right):
    """A value standing at its bound lights that end, and only that one."""
    red = where(gauge([value])[0], ALARM)
    assert (bool((red < 5).any()), bool((red >= AT.track - 5).any())) == (left, right)


def test_history_has_one_column_per_step_at_the_right():
    """The history line rises with the value and grows from the right end."""
    _, history = gauge([-1, -1, 1])
    drawn = where(history, LINE)
    assert list(drawn) == [AT.history - 3, AT.history - 2, AT.history - 1]
    rows = np.flatnonzero((history[:, AT.history - 3] == LINE).all(axis=1))
    assert rows.min() > AT.row / 2


def test_unbounded_gauge_spans_what_was_seen():
    """Without bounds the ends are the extremes so far."""
    track, _ = gauge([5.0, 7.0, 6.0], -np.inf, np.inf)
    assert np.median(where(track, MARK)) == pytest.approx((AT.track - 1) / 2, abs=1)


def test_nan_leaves_no_mark_and_no_trace_in_the_range():
    """A NaN shows as red text; the gauge keeps its range."""
    pane = GaugePane(spaces.Box(-1, 1, (1,)), ["x"])
    for value in (-0.5, 0.5, np.nan):
        pane.update(np.array([value]))
    pane.legend = False
    picture = pane.draw()[-AT.row :]
    assert where(picture, MARK).size == 0
    assert where(picture[:, : AT.track_start], ALARM).size > 0
    assert where(picture, BAND).size > AT.track / 3


@pytest.mark.parametrize("scale", [1e-9, 1e-4, 0.01, 1, 30, 999, 5e4, 9.99e5, 1e6, 3e12, 1e300])
@pytest.mark.parametrize("share", [-1, -0.333333333, 1e-7, 0, 0.1234567, 1])
def test_numbers_fit_their_columns(scale, share):
    """No number is wider than its column, whatever its size, so that none runs into what stands beside it."""
    for at in (columns_for(["a"]), columns_for(["a"], row=14), columns_for(["a"], row=52)):
        assert width_of(number(scale * share, scale), at.size) <= at.number


def test_trace_fills_its_height_however_small_the_changes_are():
    """The history line is scaled to what was seen, not to the declared bounds."""
    _, history = gauge([0.001, 0.002, 0.0015], -1000, 1000)
    rows = np.flatnonzero((history == LINE).all(axis=2).any(axis=1))
    assert rows.max() - rows.min() > 0.4 * AT.row


def test_gauges_that_have_room_grow_and_without_it_say_less():
    """A larger room gives taller rows, a narrow one leaves out the trace and then the ends."""
    pane = GaugePane(spaces.Box(-1, 1, (6,)), list("abcdef"))
    found = []
    for room in ((1000, 600), (520, 300), (420, 300), (300, 300)):
        pane.fit(*room)
        picture = pane.draw()
        assert picture.shape[0] <= room[1]
        assert picture.shape[1] <= room[0]
        found.append((pane.columns.row > 30, pane.columns.history > 0, pane.columns.ends))
    assert found == [(True, True, True), (False, True, True), (True, False, True), (True, False, False)]


@pytest.mark.parametrize("value", [2, 3, 4, 5])
def test_discrete_lights_its_value(value):
    """Of Discrete(4, start=2) the cell of the value is lit, and no other."""
    pane = DiscretePane(spaces.Discrete(4, start=2))
    pane.update(value)
    assert set(where(pane.draw(), MARK) // CELL) == {value - 2}


def test_bits_light_their_own_cells():
    """A MultiBinary observation lights exactly the bits that are set."""
    pane = MultiPane(spaces.MultiBinary(5))
    pane.update(np.array([1, 0, 0, 1, 0], np.int8))
    assert set(where(pane.draw(), MARK) // CELL) == {0, 3}


SPACES = [
    spaces.Discrete(500),
    spaces.MultiDiscrete([3, 40]),
    spaces.MultiBinary(40),
    spaces.Box(-np.inf, np.inf, (376,)),
    spaces.Box(-1, 1, ()),
    spaces.Box(0, 1, (0,)),
    spaces.Box(-1, 1, (4, 5)),
    spaces.Text(12),
    spaces.Dict(),
    spaces.Tuple([spaces.Discrete(3), spaces.Dict(a=spaces.Box(0, 255, (8, 8, 3), np.uint8))]),
    spaces.Sequence(spaces.Discrete(4)),
    spaces.Graph(spaces.Box(-1, 1, (2,)), spaces.Discrete(3)),
    spaces.OneOf([spaces.Discrete(3), spaces.Box(-1, 1, (2,))]),
]


@pytest.mark.parametrize("space", SPACES, ids=str)
def test_every_space_draws_at_a_constant_size(space):
    """A picture of colour bytes, equally large for every observation, as a video needs it."""
    space.seed(1)
    pane = pane_for(space, Drawing())
    shapes = set()
    for _ in range(4):
        pane.update(space.sample())
        picture = pane.draw()
        assert picture.dtype == np.uint8
        shapes.add(picture.shape)
    assert len(shapes) == 1


def test_names_of_the_environment_label_the_gauges():
    """``observation_names`` of the bare environment changes the labels and nothing else."""
    views = []
    for names in (("a", "b", "c", "d"), ("position", "speed", "angle", "turn")):
        env = gym.make("CartPole-v1")
        env.unwrapped.observation_names = names
        views.append(AgentView(env))
        views[-1].reset(seed=0)
    (a, b), (old, new) = [v.render() for v in views], [v.pane.columns.name for v in views]
    gauges = slice(None, 4 * views[0].pane.columns.row)
    assert np.array_equal(a[gauges, 6 + old :], b[gauges, 6 + new :])
    assert not np.array_equal(a[:, :old], b[:, :old])


class Swapped(gym.Wrapper):
    """A user's wrapper, which may do anything."""


@pytest.mark.parametrize(
    ("env", "names"),
    [
        (lambda: gym.make("CartPole-v1"), ("position", "speed", "angle", "turning")),
        (lambda: NormalizeAll(gym.make("Acrobot-v1")), ("cos 1", "sin 1", "cos 2", "sin 2", *TURNING)),
        (lambda: gym.make("MountainCarContinuous-v0"), ("position", "speed")),
        (lambda: Swapped(gym.make("CartPole-v1")), None),
        (lambda: gym.wrappers.FrameStackObservation(gym.make("CartPole-v1"), 2), None),
        (lambda: gym.wrappers.TransformObservation(gym.make("CartPole-v1"), np.flip, None), None),
        (lambda: gym.make("FrozenLake-v1"), None),
    ],
)
def test_components_have_names_only_where_they_are_certain(env, names):
    """Gymnasium's own environments are named, unless a wrapper may have moved their components."""
    assert component_names(env()) == names


def test_joints_name_the_components_of_mujoco():
    """Of a model that observes joints only, positions are named by the joint and speeds after them."""
    pytest.importorskip("mujoco")
    env = gym.make("HalfCheetah-v5")
    names = component_names(env)
    assert names[:3] == ("rootz", "rooty", "bthigh")
    assert names[8:11] == ("rootx speed", "rootz speed", "rooty speed")
    assert len(names) == 17
    assert component_names(gym.make("Ant-v5")) is None


def test_raw_render_stands_beside_unchanged():
    """With ``raw=True`` the environment's own picture is whole at the left, the observation beside it."""
    env = AgentView(gym.make("CartPole-v1", render_mode="rgb_array"), raw=True)
    env.reset(seed=0)
    picture, own, seen = env.render(), env.env.render(), env.pane.draw()
    assert np.array_equal(picture[18 : 18 + own.shape[0], : own.shape[1]], own)
    right = picture[18 : 18 + seen.shape[0], own.shape[1] + 16 :]
    assert np.array_equal(right[:, : seen.shape[1]], seen)
    env.close()


class Noise(gym.Env):
    """Shows small colour pictures."""

    observation_space, action_space = spaces.Box(0, 255, (10, 12, 3), np.uint8), spaces.Discrete(2)

    def reset(self, *, seed=None, options=None):  # noqa: D102
        super().reset(seed=seed)
        return self.np_random.integers(0, 256, (10, 12, 3), np.uint8), {}


def test_contact_sheet_draws_each_environment_in_its_place():
    """Every environment of a vector is drawn as it would be alone, at its own place on the sheet."""
    envs = ContactSheet(gym.vector.SyncVectorEnv([Noise] * 4), zoom=12)
    envs.reset(seed=7)
    alone, sheet = envs.render(), envs.sheet(columns=2)
    height, width = alone[0].shape[:2]
    for i, (y, x) in enumerate([(0, 0), (0, 1), (1, 0), (1, 1)]):
        top, left = y * (height + 18 + 16), x * (width + 16)
        assert np.array_equal(sheet[top : top + height, left : left + width], alone[i])
    envs.close()


@pytest.mark.parametrize("mode", list(AutoresetMode))
def test_captions_count_the_episode_that_is_shown(mode):
    """Step and return begin anew with the episode whose observation is on the sheet, in every mode."""
    how = {"vectorization_mode": "sync", "vector_kwargs": {"autoreset_mode": mode}}
    envs = gym.make_vec("probe_envs:probe/TruncBoot-v0", num_envs=2, **how)
    sheet = ContactSheet(envs)
    sheet.reset(seed=0)
    own, steps, waiting = 0.0, 0, False
    for _ in range(7):
        _, rewards, terminations, truncations, _ = sheet.step(np.zeros(2, int))
        over = bool(terminations[0] or truncations[0])
        own, steps = (0.0, 0) if waiting else (own + rewards[0], steps + 1)
        waiting = over and mode == AutoresetMode.NEXT_STEP
        if over and mode == AutoresetMode.SAME_STEP:
            own, steps = 0.0, 0
        said = sheet._running.words(0)
        shown_over = over and mode != AutoresetMode.SAME_STEP
        assert said == f"0: step {steps}, return {own:.4g}" + (", over" if shown_over else "")
        if mode == AutoresetMode.DISABLED and (terminations | truncations).any():
            mask = terminations | truncations
            sheet.reset(options={"reset_mask": mask})
            if over:
                own, steps = 0.0, 0


def test_a_sheet_of_any_number_leaves_few_gaps():
    """The grid of a sheet is no wider than a screen's shape needs and nearly full."""
    for count in range(1, 17):
        columns = columns_of(count, 200, 150)
        rows = -(-count // columns)
        assert rows * columns - count <= 3
        assert 0.6 < columns * 200 / (rows * 150) <= 4
