"""Vectors, choices and nested observations as labelled panes."""

from __future__ import annotations

import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces

from rlprobe.view import AgentView, ContactSheet
from rlprobe.view.canvas import ALARM, BAND, LINE, MARK
from rlprobe.view.panes.cells import CELL, DiscretePane, MultiPane
from rlprobe.view.panes.choice import Drawing, pane_for
from rlprobe.view.panes.gauges import HISTORY, HISTORY_START, ROW, TRACK, TRACK_START, GaugePane


def where(picture, colour):
    """Columns in which a colour occurs."""
    return np.flatnonzero((picture == colour).all(axis=2).any(axis=0))


def gauge(values, low=-1.0, high=1.0):
    """The track of a one-component gauge after these values, and its history field."""
    pane = GaugePane(spaces.Box(low, high, (1,)), ["x"])
    for value in values:
        pane.update(np.array([value], np.float32))
    picture = pane.draw()
    return picture[:, TRACK_START : TRACK_START + TRACK], picture[:, HISTORY_START:]


@pytest.mark.parametrize("value", [-0.5, 0.0, 0.25, 0.75])
def test_mark_stands_at_the_value(value):
    """The bright mark divides the gauge as the value divides its bounds."""
    track, _ = gauge([value])
    assert np.median(where(track, MARK)) == pytest.approx((value + 1) / 2 * (TRACK - 1), abs=1)


def test_band_spans_the_range_seen_so_far():
    """The band reaches from the smallest to the largest value, not only to the present one."""
    track, _ = gauge([-0.5, 0.5, 0.0])
    band = where(track, BAND)
    assert band.min() == pytest.approx(0.25 * (TRACK - 1), abs=1)
    assert band.max() == pytest.approx(0.75 * (TRACK - 1), abs=1)


@pytest.mark.parametrize(
    ("value", "left", "right"), [(-1, True, False), (1, False, True), (0.9, False, False)]
)
def test_clipped_end_is_red(value, left, right):
    """A value standing at its bound lights that end, and only that one."""
    red = where(gauge([value])[0], ALARM)
    assert (bool((red < 5).any()), bool((red >= TRACK - 5).any())) == (left, right)


def test_history_has_one_column_per_step_at_the_right():
    """The history line rises with the value and grows from the right end."""
    _, history = gauge([-1, -1, 1])
    drawn = where(history, LINE)
    assert list(drawn) == [HISTORY - 3, HISTORY - 2, HISTORY - 1]
    rows = np.flatnonzero((history[:, HISTORY - 3] == LINE).all(axis=1))
    assert rows.min() > ROW / 2


def test_unbounded_gauge_spans_what_was_seen():
    """Without bounds the ends are the extremes so far."""
    track, _ = gauge([5.0, 7.0, 6.0], -np.inf, np.inf)
    assert np.median(where(track, MARK)) == pytest.approx((TRACK - 1) / 2, abs=1)


def test_nan_leaves_no_mark_and_no_trace_in_the_range():
    """A NaN shows as red text; the gauge keeps its range."""
    pane = GaugePane(spaces.Box(-1, 1, (1,)), ["x"])
    for value in (-0.5, 0.5, np.nan):
        pane.update(np.array([value]))
    picture = pane.draw()
    assert where(picture, MARK).size == 0
    assert where(picture[:, :TRACK_START], ALARM).size > 0
    assert where(picture, BAND).size > TRACK / 3


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
    env = gym.make("CartPole-v1")
    plain = AgentView(env)
    plain.reset(seed=0)
    env.unwrapped.observation_names = ("position", "speed", "angle", "turn")
    named = AgentView(env)
    named.reset(seed=0)
    a, b = plain.render(), named.render()
    assert not np.array_equal(a[:, :100], b[:, :100])
    assert np.array_equal(a[:, TRACK_START:], b[:, TRACK_START:])


def test_raw_render_stands_beside_unchanged():
    """With ``raw=True`` the environment's own picture is found whole inside the picture."""
    env = AgentView(gym.make("CartPole-v1", render_mode="rgb_array"), raw=True)
    env.reset(seed=0)
    picture, own = env.render(), env.env.render()
    assert np.array_equal(picture[-own.shape[0] :, : own.shape[1]], own)
    env.close()


def test_contact_sheet_draws_each_environment_in_its_place():
    """Every environment of a vector is drawn as it would be alone, at its own place on the sheet."""
    envs = ContactSheet(gym.make_vec("CartPole-v1", num_envs=4))
    observations, _ = envs.reset(seed=7)
    alone = pane_for(envs.single_observation_space, Drawing())
    alone.update(observations[3])
    own, sheet = alone.draw(), envs.sheet(columns=2)
    assert np.array_equal(envs.render()[3], own)
    assert np.array_equal(sheet[-own.shape[0] :, -own.shape[1] :], own)
    envs.close()
