"""Pictures: what the agent sees and what the environment draws, on a contact sheet and as a video."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rlprobe.inspection.defects.determinism import standing_still
from rlprobe.inspection.playing.replay import replayed
from rlprobe.inspection.sections.film import GREY, Film, shrunk
from rlprobe.output.png import png

if TYPE_CHECKING:
    from collections.abc import Iterator

    import gymnasium as gym
    import numpy.typing as npt

    from rlprobe.environments.clock import Clock
    from rlprobe.inspection.measures.episodes import Episode
    from rlprobe.inspection.playing.watchdog import Pulse
    from rlprobe.inspection.sections.life import Life

    Frame = npt.NDArray[np.uint8]

TALL: Final = 200
VIEW_TALL: Final = 360
LONGEST: Final = 80
"""Frames of one episode in the video; longer ones are thinned out evenly."""
SHOWN: Final = 6
SECONDS: Final = 6.0
"""For all pictures; where drawing is slow there are fewer."""
GAP: Final = 6
WIDEST: Final = 600


@dataclass(frozen=True)
class Picture:
    """Contact sheet and video of the worst, the median and the best episode.

    Args:
        sheet: PNG: for each episode a row of moments, as rendered and as the agent sees it.
        video: mp4, or empty if it cannot be encoded.
        rows: what each row of the sheet shows.
        thinned: each how manieth frame is in the video.
        problem: what could not be done.
    """

    sheet: bytes
    video: bytes
    rows: tuple[str, ...]
    thinned: int
    problem: str = ""


def picture_of(
    env: gym.Env[Any, Any], life: Life, clock: Clock, render: float | None, pulse: Pulse
) -> Picture | None:
    """Play the worst, the median and the best episode again and look at them.

    Args:
        env: the environment.
        life: which episodes.
        clock: for the speed of the video.
        render: seconds for one picture; slow ones make fewer.
        pulse: sign of life.
    """
    named = {"worst": life.worst, "median": life.median, "best": life.best}
    episodes: dict[str, Episode] = {}
    for name, episode in named.items():
        if episode is not None and episode not in episodes.values():
            episodes[name] = episode
    if not episodes:
        return None
    longest = max(e.length for e in episodes.values())
    affordable = int(SECONDS / len(episodes) / (render or 1e-3))
    every = max(1, math.ceil(longest / min(LONGEST, max(affordable, SHOWN))))
    film = Film(max(min(Fraction(clock.hz or 30).limit_denominator(100) / every, Fraction(60)), Fraction(4)))
    moments: dict[str, list[Frame]] = {}
    problem = ""
    for name, episode in episodes.items():
        try:
            frames = _frames(env, episode, every, name, pulse)
            moments[name] = _filmed(frames, film, 1 + math.ceil(episode.length / every))
        except (ValueError, TypeError, RuntimeError, AttributeError, ImportError) as error:
            problem = f"{type(error).__name__}: {error}"
            break
    with pulse.rest():
        video = film.close()
        if not any(moments.values()):
            return None if not problem else Picture(b"", b"", (), every, problem)
        rows = tuple(
            f"{name}: return {episodes[name].earned:.4g}, {episodes[name].length} steps" for name in moments
        )
        sheet = png(_sheet(list(moments.values())))
    return Picture(sheet, video, rows, every, problem or film.problem)


def _filmed(frames: Iterator[Frame], film: Film, count: int) -> list[Frame]:
    """Write ``count`` frames to the film; returns those for the contact sheet, evenly spaced."""
    wanted = set(np.linspace(0, count - 1, min(SHOWN, count)).round().astype(int).tolist())
    shown = []
    for number, frame in enumerate(frames):
        film.write(frame)
        if number in wanted:
            shown.append(frame)
    return shown


def _frames(env: gym.Env[Any, Any], episode: Episode, every: int, name: str, pulse: Pulse) -> Iterator[Frame]:
    """Every ``every``-th frame of the episode and its last: the render beside what the agent sees."""
    from rlprobe.view import AgentView, as_picture

    view = AgentView(env)
    drawn = env.render_mode in {"rgb_array", "rgb_array_list"}
    number, steps = 0, episode.start + episode.length
    with standing_still(env):
        for moment in replayed(view, episode.seed, steps):
            pulse.beat(f"filming the {name} episode")
            number += not moment.began
            inside = number - episode.start
            if inside < 0 or (inside == 0 and not moment.began) or (inside % every and not moment.over):
                continue
            seen = view.render()
            drawing = [_fitted(as_picture(_last(env.render())), TALL)] if drawn else []
            yield _together([*drawing, _fitted(seen, VIEW_TALL)])


def _last(frame: Any) -> Any:
    return frame[-1] if isinstance(frame, list) and frame else frame


def _fitted(picture: Frame, tall: int) -> Frame:
    """The picture within ``tall`` and ``WIDEST`` pixels; smaller ones are enlarged by a whole number."""
    height, width = picture.shape[:2]
    times = min(tall // height, WIDEST // width)
    if times > 1:
        return np.repeat(np.repeat(picture, times, axis=0), times, axis=1)
    scale = min(tall / height, WIDEST / width, 1.0)
    return picture if scale == 1.0 else shrunk(picture, scale)


def _together(parts: list[Frame]) -> Frame:
    """The parts beside each other, or one above the other where that would be too wide."""
    axis = 1 if sum(part.shape[1] for part in parts) <= WIDEST else 0
    most = max(part.shape[1 - axis] for part in parts)
    padded = []
    for part in parts:
        pad = [(0, 0), (0, 0), (0, 0)]
        pad[axis], pad[1 - axis] = (0, GAP), (0, most - part.shape[1 - axis])
        padded.append(np.pad(part, pad, constant_values=GREY))
    whole = np.concatenate(padded, axis=axis)
    return whole[:, :-GAP] if axis else whole[:-GAP]


def _sheet(rows: list[list[Frame]]) -> Frame:
    """One row of moments per episode, evenly spaced from the first to the last."""
    rows = [row for row in rows if row]
    height, width = (max(f.shape[axis] for row in rows for f in row) for axis in (0, 1))
    shown = SHOWN if width < 500 else SHOWN // 2
    sheet = np.full((len(rows) * (height + GAP), shown * (width + GAP), 3), GREY, np.uint8)
    for y, row in enumerate(rows):
        for x, index in enumerate(np.linspace(0, len(row) - 1, min(shown, len(row))).round().astype(int)):
            frame = row[index]
            top, left = y * (height + GAP), x * (width + GAP)
            sheet[top : top + frame.shape[0], left : left + frame.shape[1]] = frame
    return sheet
