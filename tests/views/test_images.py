"""What is drawn is the observation, pixel for pixel, whatever its layout."""

from __future__ import annotations

import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces
from gymnasium.wrappers import FrameStackObservation

from rlprobe.view import AgentView
from rlprobe.view.panes.image import FRAME_GAP

H, W, ZOOM = 20, 30, 3


class Fixed(gym.Env):
    """Shows given observations one after the other."""

    def __init__(self, space, observations):
        self.observation_space, self.action_space = space, spaces.Discrete(2)
        self._observations, self._next = observations, 0

    def _observe(self):
        self._next += 1
        return self._observations[self._next - 1]

    def reset(self, *, seed=None, options=None):  # noqa: D102
        super().reset(seed=seed)
        return self._observe(), {}

    def step(self, action):  # noqa: D102
        return self._observe(), 0.0, False, False, {}


def drawn(space, *observations, **options):
    """The picture after the last of the observations."""
    env = AgentView(Fixed(space, observations), **options)
    env.reset()
    for _ in observations[1:]:
        env.step(0)
    return env.render()


def frames_in(picture, count):
    """Cut a strip into its frames and undo the enlargement, checking that every block is of one colour."""
    frames = []
    for i in range(count):
        left = i * (W * ZOOM + FRAME_GAP)
        block = picture[: H * ZOOM, left : left + W * ZOOM]
        small = block[::ZOOM, ::ZOOM]
        assert np.array_equal(np.kron(small, np.ones((ZOOM, ZOOM, 1), np.uint8)), block)
        frames.append(small)
    return np.array(frames)


def true_frames(count, colours):
    """Random frames (S, H, W, C) as the layouts below rearrange them."""
    return np.random.default_rng(3).integers(0, 256, (count, H, W, colours), np.uint8)


LAYOUTS = {
    "grey": (1, 1, lambda f: f[0, :, :, 0]),
    "HWC": (1, 3, lambda f: f[0]),
    "HW1": (1, 1, lambda f: f[0]),
    "CHW": (1, 3, lambda f: f[0].transpose(2, 0, 1)),
    "1HW": (1, 1, lambda f: f[0].transpose(2, 0, 1)),
    "stack first": (4, 1, lambda f: f[..., 0]),
    "stack last": (4, 1, lambda f: f[..., 0].transpose(1, 2, 0)),
    "stack of colour": (4, 3, lambda f: f),
    "stack of CHW": (4, 3, lambda f: f.transpose(0, 3, 1, 2)),
    "colour stacked on the last axis": (4, 3, lambda f: np.concatenate(list(f), axis=-1)),
    "colour stacked on the first axis": (4, 3, lambda f: np.concatenate(list(f.transpose(0, 3, 1, 2)))),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_bytes_are_drawn_as_they_are(name):
    """Every layout shows every frame of the stack unchanged, the oldest at the left."""
    count, colours, arrange = LAYOUTS[name]
    frames = true_frames(count, colours)
    observation = arrange(frames)
    picture = drawn(spaces.Box(0, 255, observation.shape, np.uint8), observation, zoom=ZOOM)
    expected = np.broadcast_to(frames, (count, H, W, 3))
    assert np.array_equal(frames_in(picture, count), expected)
    assert picture.shape == (H * ZOOM, count * W * ZOOM + (count - 1) * FRAME_GAP, 3)


@pytest.mark.parametrize("depth", [3, 4])
def test_stacking_wrapper_settles_what_the_first_axis_is(depth):
    """Three stacked grey frames are a strip and not a colour picture, oldest first."""
    frames = true_frames(depth, 1)[..., 0]
    inner = Fixed(spaces.Box(0, 255, (H, W), np.uint8), list(frames))
    env = AgentView(FrameStackObservation(inner, depth), zoom=ZOOM)
    env.reset()
    for _ in range(depth - 1):
        env.step(0)
    assert np.array_equal(frames_in(env.render(), depth)[..., 0], frames)


def test_floats_between_zero_and_one_span_black_to_white():
    """A float image declared in [0, 1] comes out as its value times 255."""
    values = true_frames(1, 3)[0] / np.float32(255)
    picture = drawn(spaces.Box(0, 1, values.shape, np.float32), values, zoom=ZOOM)
    assert np.array_equal(frames_in(picture, 1)[0], true_frames(1, 3)[0])


def test_standardised_floats_have_zero_at_mid_grey():
    """Without useful bounds the range seen so far is symmetric about zero and written below."""
    values = np.zeros((H, W, 1), np.float32)
    values[0, 0], values[0, 1], values[0, 2] = -2, 2, 1
    picture = drawn(spaces.Box(-10, 10, values.shape, np.float32), values, zoom=ZOOM)
    frame = frames_in(picture, 1)[0, :, :, 0]
    assert (frame[0, 0], frame[0, 1], frame[0, 2], frame[5, 5]) == (0, 255, 191, 128)
    assert picture.shape[0] > H * ZOOM


@pytest.mark.parametrize(("shape", "high"), [((7, 7, 20), 255), ((20, 7, 7), 255), ((8, 8, 12), 1)])
def test_planes_stand_beside_each_other(shape, high):
    """One-hot planes of a board are drawn one by one, what is set is white, however many there are."""
    space = spaces.Box(0, high, shape, np.uint8)
    board = np.zeros(shape, np.uint8)
    first = shape[0] > shape[1]
    count, side = (shape[0], shape[1]) if first else (shape[2], shape[0])
    for i in range(count):
        board[(i, i % side, 1) if first else (i % side, 1, i)] = 1
    picture = drawn(space, board, zoom=2)
    planes = picture[: 2 * side : 2, ::2]
    assert (planes == 255).all(axis=2).sum() == count
    for i in range(count):
        left = i * (side * 2 + FRAME_GAP) // 2
        assert (planes[i % side, left + 1] == 255).all()


def test_one_bright_pixel_does_not_turn_the_rest_grey():
    """What is drawn black and white is what most pixels span; the outlier is white."""
    values = np.linspace(-0.5, 2, H * W, dtype=np.float32).reshape(H, W, 1)
    values[0, 0] = 10
    frame = frames_in(drawn(spaces.Box(-10, 10, values.shape, np.float32), values, zoom=ZOOM), 1)[0]
    assert frame[0, 0, 0] == 255
    assert frame.min() == 0
    assert np.unique(frame).size > 200


def test_first_pictures_of_a_normaliser_are_forgotten():
    """The range follows the last 64 pictures, so that a wild start does not last for ever."""
    wild, usual = (np.linspace(-s, s, H * W, dtype=np.float32).reshape(H, W, 1) for s in (10, 1))
    picture = drawn(spaces.Box(-10, 10, usual.shape, np.float32), wild, *[usual] * 65, zoom=ZOOM)
    assert frames_in(picture, 1)[0].max() == 255


def test_stacked_frames_stand_in_full_rows_under_their_age():
    """In a room of any shape a stack of four is drawn as 1 x 4, 2 x 2 or 4 x 1, oldest first."""
    frames = true_frames(4, 1)[..., 0]
    env = AgentView(Fixed(spaces.Box(0, 255, frames.shape, np.uint8), [frames]))
    env.reset()
    for room, columns in (((800, 100), 4), ((300, 250), 2), ((60, 600), 1)):
        env.pane.fit(*room)
        picture, zoom = env.render(), env.pane.zoom
        assert picture.shape[0] <= room[1]
        assert picture.shape[1] <= room[0]
        assert picture.shape[1] == columns * W * zoom + (columns - 1) * FRAME_GAP
        first = picture[: H * zoom : zoom, : W * zoom : zoom]
        last = picture[:, (columns - 1) * (W * zoom + FRAME_GAP) :][:, : W * zoom : zoom]
        tall = picture.shape[0] - H * zoom - 17
        assert np.array_equal(first[..., 0], frames[0])
        assert np.array_equal(last[tall : tall + H * zoom : zoom, :, 0], frames[3])


def test_values_that_are_no_number_are_magenta():
    """A NaN pixel cannot be mistaken for a dark one."""
    values = np.full((H, W), 0.5, np.float32)
    values[2, 3] = np.nan
    frame = frames_in(drawn(spaces.Box(0, 1, (H, W), np.float32), values, zoom=ZOOM), 1)[0]
    assert tuple(frame[2, 3]) == (255, 0, 255)
    assert tuple(frame[0, 0]) == (128, 128, 128)


def test_layout_can_be_said():
    """A colour picture with an alpha channel is shown as one frame when the layout says so."""
    rgba = np.random.default_rng(0).integers(0, 256, (H, W, 4), np.uint8)
    picture = drawn(spaces.Box(0, 255, rgba.shape, np.uint8), rgba, zoom=ZOOM, layout="HWC")
    assert np.array_equal(frames_in(picture, 1)[0], rgba[..., :3])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"zoom": 0}, "zoom must be a whole number"),
        ({"layout": "XYZ"}, "layout must be one of"),
        ({"layout": "HW"}, "describes 2 axes"),
        ({"raw": True}, "render_mode='rgb_array'"),
    ],
)
def test_wrong_options_are_refused_at_construction(options, words):
    """A wrong option names what was expected before any step is taken."""
    with pytest.raises(ValueError, match=words):
        AgentView(Fixed(spaces.Box(0, 255, (H, W, 3), np.uint8), []), **options)


def test_observation_passes_untouched_and_later_changes_do_not_show():
    """The agent gets the very array, and the picture is of the step it was taken at."""
    array = true_frames(1, 3)[0].copy()
    env = AgentView(Fixed(spaces.Box(0, 255, array.shape, np.uint8), [array]), zoom=ZOOM)
    observation, _ = env.reset()
    assert observation is array
    before = env.render()
    array[:] = 0
    assert np.array_equal(env.render(), before)


def test_render_before_reset_says_so():
    """There is nothing to draw before the first observation."""
    with pytest.raises(gym.error.ResetNeeded, match=r"call reset\(\) first"):
        AgentView(Fixed(spaces.Box(0, 255, (H, W), np.uint8), [])).render()
