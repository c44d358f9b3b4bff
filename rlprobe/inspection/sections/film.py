"""A video written frame by frame, of which only the moments for a contact sheet stay in memory."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rlprobe.extras import need
from rlprobe.view.canvas import BACKGROUND

if TYPE_CHECKING:
    from fractions import Fraction

    import numpy.typing as npt

    Frame = npt.NDArray[np.uint8]

MOST_BYTES: Final = 3_000_000
"""Bytes; a larger video is encoded again, smaller each time."""
SHRINK_FACTOR: Final = 0.7


class Film:
    """Takes frames of any size; all are fitted into the size of the first.

    Args:
        rate: frames per second.

    ``problem`` says why there is no video, if there is none.
    """

    def __init__(self, rate: Fraction) -> None:
        self.rate, self.problem = rate, ""
        self._folder = tempfile.TemporaryDirectory()
        self._path = Path(self._folder.name) / "random.mp4"
        self._file: Any = None
        self._shape: tuple[int, ...] = ()

    def write(self, frame: Frame) -> None:
        """Add a frame."""
        if self.problem:
            return
        try:
            if self._file is None:
                from rlprobe.output.video import VideoFile

                self._file, self._shape = VideoFile(self._path, self.rate), frame.shape
            self._file.write(padded(frame, self._shape[0], self._shape[1]))
        except (ImportError, OSError) as error:
            self.problem = f"no video: {error}"

    def close(self) -> bytes:
        """The video as mp4; empty if there is none."""
        try:
            if self._file is None:
                return b""
            self._file.close()
            video = self._path.read_bytes() if not self.problem else b""
            return self._shrunk(video) if len(video) > MOST_BYTES else video
        except (OSError, subprocess.CalledProcessError) as error:
            self.problem = f"no video: {error}"
            return b""
        finally:
            self._folder.cleanup()

    def _shrunk(self, video: bytes) -> bytes:
        """The video encoded again, at a size that a page can hold."""
        from rlprobe.output.video import ffmpeg

        target, share = self._path.with_name("smaller.mp4"), 1.0
        while len(video) > MOST_BYTES and share > 0.1:
            scale = f"scale=trunc(iw*{share:.3f}/2)*2:-2"
            command = [ffmpeg(), "-y", "-v", "error", "-i", str(self._path), "-vf", scale, "-crf", "28"]
            command += ["-pix_fmt", "yuv420p", str(target)]
            subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - no text of a user in it
            video, share = target.read_bytes(), share * SHRINK_FACTOR
        return video


def padded(frame: Frame, height: int, width: int) -> Frame:
    """``frame`` at exactly this size: shrunk if it is larger, on a dark ground if it is smaller."""
    share = min(height / frame.shape[0], width / frame.shape[1], 1.0)
    frame = shrunk(frame, share) if share < 1 else frame
    if frame.shape[:2] == (height, width):
        return frame
    page = np.full((height, width, 3), BACKGROUND, np.uint8)
    page[: frame.shape[0], : frame.shape[1]] = frame
    return page


def shrunk(picture: Frame, share: float) -> Frame:
    """``picture`` at this share of its height and width."""
    cv2 = need("cv2", "pictures in the report")
    size = max(1, round(picture.shape[1] * share)), max(1, round(picture.shape[0] * share))
    smaller: Frame = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    return smaller
