"""Whether a game on a real window keeps the agent's rate."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

SECONDS = 5
CODE = f"""
import threading, time
import gymnasium as gym
from rlprobe import AgentView, FrameSkip
from rlprobe.player.keys.controls import Controls
from rlprobe.player.game import Game
from rlprobe.player.keys.keymap import default_keys
from rlprobe.player.live import Live
from rlprobe.player.screen import Screen
from rlprobe.player.window import Window
from rlprobe.environments.clock import decision_rate
bare = gym.make("CartPole-v1", render_mode="rgb_array")
bare.unwrapped.theta_threshold_radians = bare.unwrapped.x_threshold = 1e6
env = AgentView(FrameSkip(bare, 4))
keymap, rate = default_keys(env), decision_rate(env)
game, controls = Game(env, 0, keep=False), Controls(keymap.keys, step=False, camera=True)
screen = Screen(env, keymap, rate, camera=True)
first = screen.draw(game)
window = Window("rate", (first.shape[1], first.shape[0]))
running = Live(game, screen, keymap, controls, rate, None, window)
threading.Timer({SECONDS}, lambda: setattr(controls, "ended", True)).start()
running.run(None)
window.close()
print(float(rate), running.reached)
"""


@pytest.mark.skipif(shutil.which("Xvfb") is None, reason="needs Xvfb")
def test_decisions_per_second():
    """Decisions per second equal render_fps divided by the skip within 2 % over 5 s."""
    read, write = os.pipe()
    server = subprocess.Popen(["Xvfb", "-displayfd", str(write)], pass_fds=[write], stderr=subprocess.DEVNULL)
    os.close(write)
    with os.fdopen(read) as pipe:
        display = f":{pipe.readline().strip()}"
    env = {k: v for k, v in os.environ.items() if k != "SDL_VIDEODRIVER"} | {"DISPLAY": display}
    try:
        done = subprocess.run(
            [sys.executable, "-c", CODE], env=env, capture_output=True, text=True, check=True
        )
    finally:
        server.terminate()
        server.wait()
    wanted, reached = map(float, done.stdout.split())
    print(f"{reached:.3f} decisions per second, wanted {wanted:g}")  # noqa: T201
    assert reached == pytest.approx(wanted, rel=0.02)
