"""Which episodes stay in the video. It is decided after each one; frames wait on disk, not in memory."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from rlprobe.output.video import VideoFile, fastest, join

if TYPE_CHECKING:
    from fractions import Fraction

    from rlprobe.recorder.episode import Episode

WORDS = ("all", "best", "median", "worst")


def check_keep(keep: str | int) -> str | int:
    """``keep`` as one of the words, or as the number of best episodes.

    Raises:
        ValueError: neither.

    >>> check_keep("3"), check_keep("best")
    (3, 'best')
    """
    if isinstance(keep, str) and keep in WORDS:
        return keep
    try:
        count = int(keep)
    except ValueError:
        count = 0
    if count < 1:
        raise ValueError(f"keep must be {', '.join(WORDS)} or a number of episodes, got {keep!r}")
    return count


def chosen(episodes: list[Episode], keep: str | int) -> list[Episode]:
    """The episodes to keep, in the order they were played; of equal returns the earlier one.

    >>> from rlprobe.recorder.episode import Episode
    >>> played = [Episode(i, 0, total=r, ended="terminated") for i, r in enumerate([3, 9, 1, 5])]
    >>> [[e.number for e in chosen(played, k)] for k in ("best", "median", "worst", 2, "all")]
    [[1], [0], [2], [1, 3], [0, 1, 2, 3]]
    """
    whole = [e for e in episodes if e.complete] or episodes
    if keep == "all" or not whole:
        return list(episodes)
    ranked = sorted(whole, key=lambda e: e.total)
    if keep == "worst":
        return ranked[:1]
    if keep == "median":
        return [ranked[(len(ranked) - 1) // 2]]
    best = sorted(whole, key=lambda e: -e.total)[: keep if isinstance(keep, int) else 1]
    return sorted(best, key=lambda e: e.number)


class Everything:
    """Every frame of every episode goes into one file."""

    def __init__(self, path: Path, fps: Fraction, codec: str) -> None:
        self._video = VideoFile(path, fps, codec)

    def begin(self, episode: Episode) -> VideoFile:
        """The file for the frames of ``episode``."""
        episode.in_video = True
        return self._video

    def end(self, episodes: list[Episode]) -> None:
        """An episode is over; nothing is left out."""

    def close(self, episodes: list[Episode]) -> None:
        """Finish the file."""
        try:
            self._video.close()
        finally:
            _recount(self._video, episodes, sum(e.frames for e in episodes[:-1]))


def _recount(video: VideoFile, episodes: list[Episode], before: int) -> None:
    """Count the frames of the last episode by what reached the encoder: exact even after Ctrl-C."""
    if episodes and video.whole:
        episodes[-1].frames = video.encoded - before


class Chosen:
    """Every episode gets its own file; in the end the kept ones are joined and the others deleted."""

    def __init__(self, path: Path, fps: Fraction, codec: str, keep: str | int) -> None:
        self._path, self._fps, self._codec, self._keep = path, fps, codec, keep
        self._folder = Path(tempfile.mkdtemp(prefix=f".{path.stem}-", dir=path.parent))
        self._open: VideoFile | None = None

    def _part(self, episode: Episode) -> Path:
        return self._folder / f"{episode.number}.mp4"

    def begin(self, episode: Episode) -> VideoFile:
        """The file for the frames of ``episode``."""
        self._open = VideoFile(self._part(episode), self._fps, self._codec, fastest(self._path))
        return self._open

    def end(self, episodes: list[Episode]) -> None:
        """An episode is over: delete the files of episodes that cannot be kept any more."""
        if self._open is not None:
            video, self._open = self._open, None
            try:
                video.close()
            finally:
                _recount(video, episodes, 0)
        if self._keep == "median":
            return
        stays = {e.number for e in chosen(episodes, self._keep)}
        for episode in episodes:
            if episode.number not in stays:
                self._part(episode).unlink(missing_ok=True)

    def close(self, episodes: list[Episode]) -> None:
        """Join what is kept into the file, and delete the rest."""
        try:
            self.end(episodes)
            kept = [e for e in chosen(episodes, self._keep) if self._part(e).exists()]
            for episode in kept:
                episode.in_video = True
            if kept:
                join([self._part(e) for e in kept], self._path)
        finally:
            shutil.rmtree(self._folder, ignore_errors=True)
