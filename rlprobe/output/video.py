"""Write frames to a video file one by one: none is kept in memory, and an unfinished file still plays."""

from __future__ import annotations

import math
import queue
import secrets
import signal
import subprocess
import tempfile
import threading
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from rlprobe.extras import need

if TYPE_CHECKING:
    import os

    from numpy.typing import NDArray

SUFFIXES = (".mp4", ".gif")
GIF_FASTEST = Fraction(50)
"""Viewers slow a gif down when its frames are shorter than 1/50 s."""
MOST_WAITING_FRAMES = 4
PALETTE = "split[a][b];[a]palettegen=stats_mode=single[p];[b][p]paletteuse=new=1:dither=none"


class RecordingError(OSError):
    """A video could not be written; the part up to that point still plays."""


def ffmpeg() -> str:
    """The path of the encoder."""
    return str(need("imageio_ffmpeg", "recording video").get_ffmpeg_exe())


def check_target(path: str | os.PathLike[str]) -> Path:
    """``path`` if a video can be written there.

    Raises:
        ValueError: a suffix other than .mp4 or .gif.
        RecordingError: its folder does not exist or cannot be written.
    """
    target = Path(path)
    if target.suffix.lower() not in SUFFIXES:
        raise ValueError(f"expected a file name ending in {' or '.join(SUFFIXES)}, got {str(path)!r}")
    if target.is_dir() or not target.parent.is_dir():
        raise RecordingError(f"cannot write {target}: expected a file in an existing folder")
    probe = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise RecordingError(f"cannot write in {target.parent}: {error.strerror}") from error
    return target


def _output_options(path: Path, fps: Fraction, codec: str) -> list[str]:
    if path.suffix.lower() == ".gif":
        return ["-vf", PALETTE, "-f", "gif"]
    quick = ["-sws_flags", "neighbor", "-threads", "1"]
    speed = ["-preset", "ultrafast", "-crf", "18", "-tune", "zerolatency"] if codec == "libx264" else []
    fragment = ["-g", str(max(1, round(fps / 2))), "-bf", "0", "-flush_packets", "1"]
    flags = ["-movflags", "frag_keyframe+empty_moov+default_base_moof", "-f", "mp4"]
    return [*quick, "-pix_fmt", "yuv420p", "-c:v", codec, *speed, *fragment, *flags]


def fastest(path: Path) -> Fraction | None:
    """The most frames per second that a file of this kind can show; None without a limit."""
    return GIF_FASTEST if path.suffix.lower() == ".gif" else None


class VideoFile:
    """A video that grows frame by frame.

    Frames go to an encoder in its own process, which Ctrl-C does not reach. The file is written as
    ``NAME.partial.mp4`` and renamed when it is closed, so that an earlier file is replaced completely or not
    at all. The mp4 is fragmented: after a crash, all but the last half second plays.

    Args:
        path: ends in .mp4 or .gif.
        fps: frames per second.
        codec: an encoder of ffmpeg for mp4.
        thin: leave frames out so that this many per second remain, the first and the last among them; a gif
            of more than 50 frames per second is thinned to 50.
    """

    def __init__(
        self, path: Path, fps: Fraction, codec: str = "libx264", thin: Fraction | None = None
    ) -> None:
        limit = thin or fastest(path)
        self.path, self.codec, self._given = path, codec, fps
        self.fps = fps if limit is None else min(fps, limit)
        self.partial = path.with_name(f"{path.stem}.partial{path.suffix}")
        self.frames = self._written = self.encoded = 0
        self._last: NDArray[np.uint8] | None = None
        self._shape: tuple[int, ...] | None = None
        self._queue: queue.Queue[NDArray[np.uint8] | None] = queue.Queue(MOST_WAITING_FRAMES)
        self._failed = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None

    def write(self, frame: NDArray[np.uint8], *, copy: bool = True) -> None:
        """Add one frame (height, width, 3), bytes; the array may be reused afterwards if it is copied.

        Raises:
            ValueError: its size differs from that of the first frame.
            RecordingError: the encoder stopped; the message holds its reason.
        """
        if self._shape is None:
            self._shape = frame.shape
            self._start()
        if frame.shape != self._shape:
            raise ValueError(f"every frame must be as large as the first, {self._shape}, got {frame.shape}")
        if self._failed.is_set():
            raise RecordingError(f"cannot write {self.path}: {self._reason()}")
        slot = math.ceil(self._written * self.fps / self._given)
        self._written += 1
        if slot >= self.frames:
            self._hand_on()
        self._last = np.array(frame, np.uint8, order="C", copy=copy or None)
        self.frames = slot + 1

    def _hand_on(self) -> None:
        """Give the last frame to the encoder; no later one can take its place."""
        frame, self._last = self._last, None  # Ctrl-C may lose this frame here, but never repeat it
        if frame is not None:
            self._queue.put(frame)

    @property
    def whole(self) -> bool:
        """Whether every frame is kept, none thinned out."""
        return self.fps == self._given

    def _start(self) -> None:
        assert self._shape is not None
        height, width = self._shape[:2]
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the encoder
        source = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", str(self.fps)]
        command = [ffmpeg(), "-y", "-loglevel", "error", *source, "-i", "-", "-an"]
        if self.path.suffix.lower() != ".gif" and (height % 2 or width % 2):
            command += ["-vf", "pad=ceil(iw/2)*2:ceil(ih/2)*2"]
        command += [*_output_options(self.path, self.fps, self.codec), str(self.partial)]
        self._process = subprocess.Popen(  # noqa: S603 - our own command
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=self._log,
            bufsize=0,
            start_new_session=True,
        )
        self._thread = threading.Thread(target=self._feed, args=(self._process,), daemon=True)
        self._thread.start()

    def _feed(self, process: subprocess.Popen[bytes]) -> None:
        """Hand frames to the encoder; after it failed, empty the queue so that nobody waits."""
        assert process.stdin is not None
        while (frame := self._queue.get()) is not None:
            if self._failed.is_set():
                continue
            try:
                rest = memoryview(frame.data).cast("B")
                while rest:
                    rest = rest[process.stdin.write(rest) :]
                self.encoded += 1
            except OSError:
                self._failed.set()

    def _reason(self) -> str:
        assert self._process is not None
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait()
        self._log.seek(0)
        lines = [line for line in self._log.read().decode(errors="replace").splitlines() if line.strip()]
        known = ("No space left", "File too large", "Unknown encoder", "Permission denied")
        telling = [line for line in lines if any(word in line for word in known)] or lines[:1]
        return telling[0] if telling else _ending(self._process.returncode)

    def close(self) -> None:
        """Finish the file and give it its name; without frames nothing is written.

        Raises:
            RecordingError: the encoder failed; the part that was written has the name nevertheless.
        """
        if self._process is None:
            return
        self._hand_on()
        self._queue.put(None)
        self._thread.join()
        assert self._process.stdin is not None
        self._process.stdin.close()
        code = self._process.wait()
        try:
            if self.partial.exists() and self.partial.stat().st_size:
                self.partial.replace(self.path)
            else:
                self.partial.unlink(missing_ok=True)
            if code != 0 or self._failed.is_set():
                raise RecordingError(f"cannot write {self.path}: {self._reason()}")
        finally:
            self._log.close()
            self._process = None


def _ending(code: int) -> str:
    """How the encoder ended when it said nothing, as in ``"File size limit exceeded"``."""
    return (
        f"the encoder was ended: {signal.strsignal(-code)}" if code < 0 else f"the encoder ended with {code}"
    )


def join(parts: list[Path], path: Path) -> None:
    """Write finished mp4 files, which lie in one folder, one after the other into ``path``, frame for frame.

    Raises:
        RecordingError: the encoder failed.
    """
    partial = path.with_name(f"{path.stem}.partial{path.suffix}")
    names = parts[0].with_name("parts.txt")
    names.write_text("".join(f"file '{part.name}'\n" for part in parts))
    how = (
        ["-vf", PALETTE, "-f", "gif"]
        if path.suffix.lower() == ".gif"
        else [
            *("-c", "copy", "-movflags", "frag_keyframe+empty_moov+default_base_moof"),
        ]
    )
    source = ["-f", "concat", "-i", str(names)]
    done = subprocess.run(  # noqa: S603 - our own command
        [ffmpeg(), "-y", "-loglevel", "error", *source, *how, str(partial)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        start_new_session=True,
        check=False,
    )
    if done.returncode:
        partial.unlink(missing_ok=True)
        raise RecordingError(f"cannot write {path}: {done.stderr.decode(errors='replace').strip()[:300]}")
    partial.replace(path)
