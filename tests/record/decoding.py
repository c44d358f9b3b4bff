"""Reading videos back with a decoder of its own: frames and times as a player sees them."""

from __future__ import annotations

import subprocess

import imageio_ffmpeg
import numpy as np


def decoded(path, width, height):
    """All frames of a video as an array (frames, height, width, 3)."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", str(path), "-fps_mode", "passthrough"]
    raw = subprocess.run(
        [*command, "-f", "rawvideo", "-pix_fmt", "rgb24", "-"], capture_output=True, check=True
    )
    return np.frombuffer(raw.stdout, np.uint8).reshape(-1, height, width, 3)


def times(path):
    """The time in seconds at which each frame is shown."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "info", "-i", str(path), "-vf", "showinfo"]
    log = subprocess.run([*command, "-f", "null", "-"], capture_output=True, check=True).stderr.decode()
    return [float(line.split("pts_time:")[1].split()[0]) for line in log.splitlines() if "pts_time:" in line]


def numbered(number, width=32, height=16):
    """A frame whose brightness pattern says its number, in 10 blocks of one bit each."""
    bits = [(number >> i) & 1 for i in range(10)]
    frame = np.zeros((height, width, 3), np.uint8)
    for i, bit in enumerate(bits):
        frame[:, i * width // 10 : (i + 1) * width // 10] = 255 * bit
    return frame


def number_of(frame):
    """The number that ``numbered`` wrote into a frame."""
    width = frame.shape[1]
    middles = [int((i + 0.5) * width / 10) for i in range(10)]
    return sum(int(frame[frame.shape[0] // 2, x].mean() > 127) << i for i, x in enumerate(middles))
