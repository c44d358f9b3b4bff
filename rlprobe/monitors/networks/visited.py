"""What the training environment returned last, and what its actions are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rlprobe.monitors.episodes.copies import SMALL, copied, size_of

if TYPE_CHECKING:
    from rlprobe.monitors.episodes.places import Places


class Visited:
    """The training environment, among all that are stepped.

    Args:
        places: the environments.
    """

    def __init__(self, places: Places) -> None:
        self.places = places

    def track(self) -> Any:
        """What follows it; None if there is not one such environment."""
        place = self.places.training
        tracks = self.places.tracks_of(place) if place else []
        return tracks[0] if len(tracks) == 1 else None

    def latest(self) -> Any:
        """The observations that it returned last, ``(n, ...)``; None if there is not one such environment."""
        track = self.track()
        if track is None or track.latest is None:
            return None
        found = copied(track.latest)
        return found if hasattr(track, "columns") or isinstance(found, dict) else found[None]

    def is_large(self) -> bool:
        """Whether single observations are large, as pictures are."""
        track = self.track()
        seen = None if track is None else track.latest
        return seen is not None and size_of(seen) > SMALL * getattr(track, "count", 1)

    def rows(self, most: int) -> list[Any]:
        """Up to ``most`` single observations that were visited: kept ones, else the latest."""
        place = self.places.training
        kept = [point.observation for point in list(place.book.points)[-most:]] if place else []
        if len(kept) >= min(16, most):
            return kept
        latest = self.latest()
        return kept if latest is None or isinstance(latest, dict) else list(latest)

    def space(self) -> Any:
        """The action space of one copy of it."""
        place = self.places.training
        tracks = self.places.tracks_of(place) if place else []
        env = tracks[0].is_it() if tracks else None
        return getattr(env, "single_action_space", None) or getattr(env, "action_space", None)
