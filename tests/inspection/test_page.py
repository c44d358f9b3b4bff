"""The page of an inspection: every remedy once, figures on top, charts and pictures that say what is so."""

from __future__ import annotations

import re
from itertools import pairwise

import gymnasium as gym
import numpy as np
import pytest

from rlprobe.inspection.flag import Flag
from rlprobe.inspection.report.charts import pixel_pictures
from rlprobe.inspection.report.plot import LETTER, compact, histogram, ticks
from rlprobe.inspection.report.problems import marked, problems


def flag(id_, severity, advice):
    """A flag with a sentence of its own."""
    return Flag(id_, severity, f"The sentence of {id_}.", advice)


def test_every_remedy_stands_once_over_all_that_it_cures():
    """Flags with one remedy are one problem, as severe as the worst of them; notes are no problems."""
    flags = [
        flag("far-from-zero", "look", "NormalizeAll(env)"),
        flag("badly-scaled", "harmful", "NormalizeAll(env)"),
        flag("reward-scale", "look", "RewardScale(env)"),
        flag("horizon-short", "note", "RewardScale(env)"),
        flag("return-never-varies", "look", ""),
        flag("reward-rare", "look", ""),
    ]
    found = [(p.severity, [f.id for f in p.flags], p.advice) for p in problems(flags)]
    assert found == [
        ("harmful", ["far-from-zero", "badly-scaled"], "NormalizeAll(env)"),
        ("look", ["reward-scale"], "RewardScale(env)"),
        ("look", ["return-never-varies"], ""),
        ("look", ["reward-rare"], ""),
    ]


@pytest.mark.parametrize("name", ["Million", "NoReward"])
def test_sentences_and_remedies_stand_once_on_the_page(planted, inspected, tmp_path, name):
    """What was found is said at one place of the page, and so is what to do about it."""
    report = inspected(getattr(planted, name)())
    report.to_html(tmp_path / "r.html")
    text = re.sub(r"<[^>]+>", "", (tmp_path / "r.html").read_text())
    assert report.flags
    for found in report.flags:
        for words in (found.sentence, found.advice):
            plain = str(marked(words)).replace("<code>", "").replace("</code>", "")
            assert not words or text.count(plain) == 1


def test_names_of_code_are_set_as_code():
    """Calls, options, keys and names with an underscore; words and numbers are left alone."""
    said = str(marked("Use f.G(a, b=1), --dt or metadata['render_fps']; 1/dt is fine, and so is (this)."))
    assert re.findall("<code>(.*?)</code>", said) == ["f.G(a, b=1)", "--dt", "metadata[&#39;render_fps&#39;]"]


@pytest.mark.parametrize("seed", range(20))
def test_numbers_of_an_axis_do_not_touch(seed):
    """Labels of the horizontal axis keep apart and within the picture, at any size of the numbers."""
    rng = np.random.default_rng(seed)
    low, high = np.sort(rng.normal(size=2) * 10.0 ** rng.integers(-6, 9))
    edges = np.linspace(low, high, 11)
    drawing = histogram((edges, rng.integers(1, 9, 10)), label="x", size=(200, 110))
    found = re.findall(r'<text x="([\d.]+)" y="[\d.]+" text-anchor="middle">([^<]+)<', drawing)
    ends = [(float(x) - LETTER * len(w) / 2, float(x) + LETTER * len(w) / 2) for x, w in found]
    assert ends
    assert all(right <= left for (_, right), (left, _) in pairwise(ends))
    assert ends[0][0] >= -0.1
    assert ends[-1][1] <= 200.1


def test_bars_stand_over_their_values():
    """Every count is a bar from its left to its right edge, as high as its share; empty bins have none."""
    drawing = histogram((np.array([0.0, 1.0, 2.0, 4.0]), np.array([2, 0, 4])), label="x", size=(142, 108))
    bars = re.findall(r"M([\d.]+) ([\d.]+)V([\d.]+)H([\d.]+)V", drawing)
    spans = [(float(a), float(d)) for a, _, _, d in bars]
    heights = [float(b) - float(c) for _, b, c, _ in bars]
    assert spans == [(34.0, 59.0), (84.0, 134.0)]
    assert heights[1] == pytest.approx(2 * heights[0], abs=0.2)


def test_one_value_is_one_bar_with_one_number():
    """A constant is a bar in the middle, not a filled picture under equal labels."""
    drawing = histogram((np.array([1.0, 1.0001]), np.array([5])), label="x")
    labels = re.findall(r'text-anchor="middle">([^<]+)<', drawing)
    assert len(labels) == len(set(labels)) > 1


@pytest.mark.parametrize(("low", "high"), [(0, 1), (-3.7, 12.1), (1e-9, 2e-9), (-1e12, 5), (7, 7)])
def test_ticks_are_round_and_few(low, high):
    """Ticks lie within the range and are at most as many as asked for."""
    found = ticks(low, high, 5)
    assert 1 <= len(found) <= 5
    assert all(low - 1e-9 * abs(low) <= value <= high + 1e-9 * abs(high) for value in found)
    assert all(len(compact(abs(value))) <= 8 for value in found)


class Camera(gym.Env):
    """Colour pictures as observations, which it renders; episodes of 12 steps pay their number."""

    metadata = {"render_modes": ["rgb_array"], "render_fps": 10}  # noqa: RUF012 - as Gymnasium has it
    observation_space = gym.spaces.Box(0, 255, (20, 24, 3), np.uint8)
    action_space = gym.spaces.Discrete(2)

    def __init__(self, render_mode=None):
        self.render_mode = render_mode

    def reset(self, *, seed=None, options=None):  # noqa: D102
        super().reset(seed=seed)
        self._step = 0
        return self.render(), {}

    def step(self, action):  # noqa: D102
        self._step += 1
        return self.render(), float(self._step), self._step == 12, False, {}

    def render(self):  # noqa: D102
        picture = np.zeros((20, 24, 3), np.uint8)
        picture[:, self._step : self._step + 4] = (250, 120, 0)
        return picture


@pytest.fixture(scope="module")
def filmed():
    """An inspection with pictures of an environment with a camera."""
    import rlprobe

    pytest.importorskip("cv2")
    env = Camera("rgb_array")
    return rlprobe.inspect(env, steps=300, checkers=False, pictures=True, seconds=5)


def test_contact_sheet_shows_the_camera_with_step_and_return(filmed):
    """Six moments from the first to the last, each with its step and the return up to it."""
    assert filmed.picture.camera
    assert filmed.picture.rows
    for row in filmed.picture.rows:
        steps = [still.step for still in row.stills]
        assert (steps[0], steps[-1], len(steps)) == (0, 12, 6)
        assert [still.earned for still in row.stills] == [step * (step + 1) / 2 for step in steps]
        assert row.earned == 78


def test_colours_are_one_picture(filmed):
    """Mean and deviation of a colour observation are one picture each, not one per channel."""
    [stats] = filmed.scale.pictures
    found = pixel_pictures(stats)
    assert [caption.split(":")[0] for caption, _ in found] == ["mean", "deviation"]


def test_figures_stand_on_top_of_the_page(filmed, tmp_path):
    """The first thing below the verdict is a line of figures."""
    filmed.to_html(tmp_path / "r.html")
    text = (tmp_path / "r.html").read_text().split("</h1>")[1].split("<h2")[0]
    assert re.findall(r"<b>([^<]+)</b>", text)[:4] == ["300", "25", "78", "12"]


def test_motion_has_a_colour_and_what_stands_still_has_none():
    """Of a stack as one picture only the pixels that changed are coloured."""
    from rlprobe.inspection.sections.scenes import motion

    frames = np.full((4, 20, 20, 3), 90, np.uint8)
    for i in range(4):
        frames[i, 5, 4 + i] = 255
    picture = motion(frames)
    zoom = picture.shape[0] // 20
    small = picture[::zoom, ::zoom]
    coloured = np.argwhere((small != small[..., :1]).any(axis=2)).tolist()
    assert coloured == [[5, 4], [5, 6], [5, 7]]
