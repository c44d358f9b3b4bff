"""Every frame that goes in comes out, in order and on time."""

from __future__ import annotations

import itertools
import resource
import signal
import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from rlprobe.output.video import RecordingError, VideoFile, check_target

from .decoding import decoded, number_of, numbered, times

RATES = [15, 20, 30, 50, 60]


def write(path, count, fps, width=40, height=16):
    """A video of ``count`` numbered frames."""
    video = VideoFile(path, Fraction(fps))
    for i in range(count):
        video.write(numbered(i, width, height))
    video.close()
    return video


def all_there(path, count, fps):
    """Whether exactly the frames 0..count-1 are decoded."""
    write(path, count, fps)
    return [number_of(f) for f in decoded(path, 40, 16)] == list(range(count))


@pytest.mark.parametrize(("fps", "count"), list(itertools.product(RATES, [1, 2, 3, 29, 50, 61, 200])))
def test_every_frame_is_decoded(tmp_path, fps, count):
    """Each captured frame is decoded once and in order, the last one too, whatever length and rate."""
    assert all_there(tmp_path / "a.mp4", count, fps)


@pytest.mark.slow
@pytest.mark.parametrize("fps", RATES)
def test_every_length_is_whole(tmp_path, fps):
    """No length from 1 to 200 frames loses or repeats a frame."""
    assert [n for n in range(1, 201) if not all_there(tmp_path / "a.mp4", n, fps)] == []


@pytest.mark.parametrize("fps", [15, 30, 60, Fraction(25, 2), Fraction(50, 3)])
def test_frames_are_on_time(tmp_path, fps):
    """Frame k is shown at k / fps seconds, also at rates that a frame skip makes fractional."""
    write(tmp_path / "a.mp4", 70, fps)
    assert times(tmp_path / "a.mp4") == pytest.approx([k / float(fps) for k in range(70)], abs=2e-3)


@pytest.mark.parametrize(("width", "height"), [(41, 17), (41, 16), (40, 17), (20, 2), (301, 151)])
def test_odd_sizes(tmp_path, width, height):
    """Odd widths and heights are padded by one pixel and every frame is kept."""
    write(tmp_path / "a.mp4", 5, 30, width, height)
    frames = decoded(tmp_path / "a.mp4", width + width % 2, height + height % 2)
    assert [number_of(f[:height, :width]) for f in frames] == list(range(5))


@pytest.mark.parametrize("fps", [15, 20, 30, 50])
def test_gif_keeps_every_frame(tmp_path, fps):
    """A gif up to 50 frames per second holds every frame."""
    write(tmp_path / "a.gif", 12, fps)
    assert [number_of(f) for f in decoded(tmp_path / "a.gif", 40, 16)] == list(range(12))


def test_fast_gif_is_thinned_but_keeps_speed_and_the_last_frame(tmp_path):
    """At 60 frames per second a gif shows 50 of them, still in one second, and ends on the last."""
    write(tmp_path / "a.gif", 60, 60)
    numbers = [number_of(f) for f in decoded(tmp_path / "a.gif", 40, 16)]
    assert (numbers[0], numbers[-1]) == (0, 59)
    assert len(numbers) == pytest.approx(50, abs=1)
    assert times(tmp_path / "a.gif")[-1] == pytest.approx(59 / 60, abs=0.03)


def test_no_frames_leave_no_file(tmp_path):
    """A video without frames is no file of a few bytes but none at all."""
    VideoFile(tmp_path / "a.mp4", Fraction(30)).close()
    assert list(tmp_path.iterdir()) == []


def test_frames_of_another_size_are_refused(tmp_path):
    """A frame that is larger than the first would shift every later pixel."""
    video = VideoFile(tmp_path / "a.mp4", Fraction(30))
    video.write(numbered(0))
    with pytest.raises(ValueError, match="as large as the first"):
        video.write(numbered(1, 64, 16))
    video.close()
    assert len(decoded(tmp_path / "a.mp4", 32, 16)) == 1


def test_frame_may_be_reused_by_the_caller(tmp_path):
    """The array is copied when it is written, so one buffer serves for all frames."""
    video, buffer = VideoFile(tmp_path / "a.mp4", Fraction(30)), numbered(0, 40)
    for i in range(30):
        buffer[:] = numbered(i, 40)
        video.write(buffer)
    video.close()
    assert [number_of(f) for f in decoded(tmp_path / "a.mp4", 40, 16)] == list(range(30))


def test_unknown_codec_says_so(tmp_path):
    """An encoder that does not exist is named in the error."""
    video = VideoFile(tmp_path / "a.mp4", Fraction(30), "nosuch")
    with pytest.raises(RecordingError, match="nosuch"):  # noqa: PT012 - either call may see it first
        video.write(numbered(0))
        video.close()


@pytest.mark.parametrize(
    ("name", "error", "words"),
    [("a.xyz", ValueError, r"\.mp4 or \.gif"), ("no/a.mp4", RecordingError, "existing folder")],
)
def test_bad_targets_are_refused_at_once(tmp_path, name, error, words):
    """A path that cannot become a video is refused before the first frame."""
    with pytest.raises(error, match=words):
        check_target(tmp_path / name)


SCRIPT = """
import sys, time
import numpy as np
from fractions import Fraction
from pathlib import Path
from rlprobe.output.video import VideoFile
sys.path.insert(0, {tests!r})
from decoding import numbered
video = VideoFile(Path({path!r}), Fraction(30))
for i in range(100):
    video.write(numbered(i, 40, 16))
print("written", flush=True)
time.sleep(60)
"""


def test_killed_writer_leaves_a_playable_part_and_the_earlier_file(tmp_path):
    """After kill -9 an earlier file is untouched and the new part plays to within its last second."""
    path = tmp_path / "a.mp4"
    write(path, 3, 30)
    code = SCRIPT.format(tests=str(Path(__file__).parent), path=str(path))
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"written\n"
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    time.sleep(0.5)
    assert len(decoded(path, 40, 16)) == 3
    numbers = [number_of(f) for f in decoded(tmp_path / "a.partial.mp4", 40, 16)]
    assert numbers == list(range(len(numbers)))
    assert len(numbers) >= 70


def test_full_disk_says_so_and_keeps_what_was_written(tmp_path):
    """When the file cannot grow the error says why, and the part before it plays."""
    code = f"""
import resource, signal
from fractions import Fraction
from pathlib import Path
import numpy as np
from rlprobe.output.video import RecordingError, VideoFile
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))
video = VideoFile(Path({str(tmp_path / "a.mp4")!r}), Fraction(30))
noise = np.random.default_rng(0)
try:
    for _ in range(2000):
        video.write(noise.integers(0, 256, (64, 64, 3), np.uint8))
    video.close()
except RecordingError as error:
    try:
        video.close()
    except RecordingError:
        pass
    print("refused:", error)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert "File size limit exceeded" in done.stdout
    assert len(decoded(tmp_path / "a.mp4", 64, 64)) > 10


def test_memory_does_not_grow_with_frames(tmp_path):
    """Four times the frames take no more memory: frames are handed on and not kept."""
    frame = np.random.default_rng(0).integers(0, 256, (400, 600, 3), np.uint8)
    video = VideoFile(tmp_path / "a.mp4", Fraction(50))
    peaks = []
    for count in (20, 80):
        for _ in range(count):
            video.write(frame)
        peaks.append(int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize())
    video.close()
    assert peaks[1] - peaks[0] < 20e6
