"""All places that step environments: one of them trains, others evaluate."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from rlprobe.monitors.episodes.copies import copied
from rlprobe.monitors.episodes.place import Place, evaluation_score
from rlprobe.monitors.episodes.track import Track
from rlprobe.monitors.episodes.vector_track import VectorTrack

if TYPE_CHECKING:
    from types import FrameType

ASKED_EVERY = 64
"""Calls of ``step`` after which it is asked again which place trains."""


class Places:
    """All places, and every environment that is stepped there."""

    def __init__(self) -> None:
        self.all: dict[tuple[int, int], Place] = {}
        self.tracks: dict[int, Track | VectorTrack] = {}
        self.gamma: float | None = None
        self.calls = 0
        self._training: Place | None = None
        self._asked_at = -ASKED_EVERY
        self._at: dict[tuple[int, int], Place] = {}
        self._resets: dict[int, Any] = {}

    def reset(self, env: Any, observation: Any, mask: Any = None) -> None:
        """An environment was reset by the training code."""
        track = self.tracks.get(id(env))
        if track is None or track.is_it() is not env:
            self._resets[id(env)] = copied(observation)
        elif isinstance(track, VectorTrack):
            track.started(observation, mask)
        else:
            track.started(observation)

    def stepped(self, env: Any, action: Any, result: Any, above: int) -> int:
        """An environment was stepped by the training code, so many calls above the caller of this.

        Returns how many steps there were so far, of one environment or of a vector environment.
        """
        calls = self.calls = self.calls + 1
        track = self.tracks.get(id(env))
        if track is None or track.is_it() is not env:
            track = self.tracks[id(env)] = self._new(env, result, sys._getframe(above + 1))  # noqa: SLF001
        elif track.fresh:
            track.place, track.fresh = self._place(sys._getframe(above + 1)), False  # noqa: SLF001
        track.stepped(action, result)
        return calls

    def _place(self, frame: FrameType) -> Place:
        """Where a call of ``step`` belongs: its function, lines that evaluate apart from others."""
        at = id(frame.f_code), frame.f_lasti
        found = self._at.get(at)
        if found is None:
            score = evaluation_score(frame)
            key = id(frame.f_code), score
            if key not in self.all:
                self.all[key] = Place(frame, score)
                self.all[key].book.gamma = self.gamma or self.all[key].book.gamma
            found = self._at[at] = self.all[key]
            self._asked_at = -ASKED_EVERY
        return found

    def _new(self, env: Any, result: Any, frame: FrameType) -> Track | VectorTrack:
        for key in [key for key, track in self.tracks.items() if track.is_it() is None]:
            del self.tracks[key]
        made = _followed(env, result, self._place(frame))
        if id(env) in self._resets:
            made.started(self._resets.pop(id(env)))
            made.fresh = False
        return made

    @property
    def training(self) -> Place | None:
        """The place that steps most, evaluation left aside: a line or a function that is named so."""
        if self.calls - self._asked_at >= ASKED_EVERY:
            self._asked_at = self.calls
            places = self.all.values()
            self._training = max(places, key=lambda place: (-place.evaluates, place.steps), default=None)
        return self._training

    def flush(self) -> None:
        """Bring all open episodes up to date."""
        self._asked_at = -ASKED_EVERY
        for track in list(self.tracks.values()):
            track.flush()

    def tracks_of(self, place: Place) -> list[Track | VectorTrack]:
        """The environments that are stepped at a place."""
        return [track for track in self.tracks.values() if track.place is place]


def _followed(env: Any, result: Any, place: Place) -> Track | VectorTrack:
    """What follows an environment: as a vector environment, if it is one."""
    count = getattr(env, "num_envs", None)
    if not isinstance(count, int) or not hasattr(result[1], "__len__"):
        return Track(env, place)
    mode = getattr(env, "metadata", None) or {}
    name = str(getattr(mode.get("autoreset_mode"), "value", mode.get("autoreset_mode") or "NextStep"))
    waits = len(result) == 5 and name.replace("_", "").lower() == "nextstep"
    return VectorTrack(env, place, count, next_step=waits)
