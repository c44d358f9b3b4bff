"""The result of recording: the episodes, the numbers, and the JSON beside the video."""

from __future__ import annotations

import json
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rlprobe.output.files import write_atomically
from rlprobe.output.versions import versions
from rlprobe.recorder import numbers as summary

if TYPE_CHECKING:
    from pathlib import Path

    from rlprobe.recorder.episode import Episode


@dataclass(frozen=True)
class Recording:
    """Random play, recorded.

    Args:
        path: the video file; the JSON is ``path`` with ``.json`` added.
        environment: id or name of the environment.
        seed: seed of the recording, from which the seeds of the episodes follow.
        fps: frames per second of the video.
        decisions_per_second: actions per second of the environment's own time.
        episodes: all episodes, also those that are not in the video.
        rewards: how often each reward occurred.
        error: the error that stopped the recording; None if none did.
    """

    path: Path
    environment: str
    seed: int
    fps: float
    decisions_per_second: float
    episodes: tuple[Episode, ...]
    rewards: summary.Rewards
    error: str | None = None

    @property
    def frames(self) -> int:
        """Number of frames in the video."""
        return sum(e.frames for e in self.episodes if e.in_video)

    @property
    def sentence(self) -> str:
        """How often random play gets a reward, with a 95 % interval."""
        return summary.sentence(self.episodes, self.rewards)

    def as_json(self) -> dict[str, Any]:
        """The content of the JSON file."""
        return {
            "schema": 1,
            "environment": self.environment,
            "video": self.path.name,
            "seed": self.seed,
            "fps": self.fps,
            "decisions_per_second": self.decisions_per_second,
            "frames": self.frames,
            "duration": self.frames / self.fps,
            "error": self.error,
            **summary.as_json(self.episodes, self.rewards),
            "versions": versions(),
            "episodes": [e.as_json() for e in self.episodes],
        }

    def save(self) -> Path:
        """Write the JSON beside the video; it is never left half written. Returns its path."""
        target = self.path.with_name(self.path.name + ".json")
        write_atomically(target, json.dumps(self.as_json(), indent=1).encode())
        return target

    def __str__(self) -> str:
        lines = [f"{self.environment}: {len(self.episodes)} episodes of random play, seed {self.seed}"]
        numbers = summary.as_json(self.episodes, self.rewards)
        if numbers["returns"] is not None:
            lines.append(
                f"{'':8}{'min':>10}{'quartile':>10}{'median':>10}{'quartile':>10}{'max':>10}{'mean':>10}"
            )
            for name, row in (("return", numbers["returns"]), ("length", numbers["lengths"])):
                lines.append(f"{name:8}" + "".join(f"{value:10.4g}" for value in row.values()))
        seconds = self.frames / self.fps
        return "\n".join(
            [*lines, *textwrap.wrap(self.sentence, 80), f"{self.path}: {self.frames} frames, {seconds:.1f} s"]
        )
