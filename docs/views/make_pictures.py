"""Draw the pictures of this page again: ``python docs/views/make_pictures.py``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gymnasium as gym
from PIL import Image

from rlprobe import AgentView, NormalizeAll
from rlprobe.environments.clock import decision_rate
from rlprobe.player.default_game import default_game
from rlprobe.player.game import Game
from rlprobe.player.keys.keymap import default_keys
from rlprobe.player.screen import Screen
from rlprobe.view import ContactSheet, contact_sheet

HERE = Path(__file__).parent


def save(name: str, picture: Any) -> None:
    """Write a picture beside this file."""
    Image.fromarray(picture).quantize(128, dither=Image.Dither.NONE).save(HERE / name, optimize=True)


def played(env: gym.Env[Any, Any], steps: int, action: Any = None) -> gym.Env[Any, Any]:
    """The environment after some steps of random play, or of one action."""
    env.reset(seed=0)
    env.action_space.seed(0)
    for _ in range(steps):
        _, _, terminated, truncated, _ = env.step(env.action_space.sample() if action is None else action)
        if terminated or truncated:
            env.reset()
    return env


def views() -> None:
    """Gauges, pixels, a standardised picture, a contact sheet."""
    save("gauges.png", played(AgentView(gym.make("Acrobot-v1")), 110).render())
    save("pixels.png", played(AgentView(default_game(), raw=True), 5, 1).render())
    car = NormalizeAll(gym.make("CarRacing-v3", continuous=False))
    save("standardised.png", played(AgentView(car, zoom=3), 120, 3).render())
    envs = ContactSheet(
        gym.make_vec("CartPole-v1", num_envs=4), names=("position", "speed", "angle", "turning")
    )
    envs.reset(seed=0)
    envs.action_space.seed(0)
    for _ in range(14):
        envs.step(envs.action_space.sample())
    save("sheet.png", envs.sheet(columns=2))


def game() -> None:
    """The screen of a game, of pixels and of a vector."""
    for name, env, decisions in (("play.png", default_game(), 6), ("play_vector.png", lander(), 70)):
        keymap, rate = default_keys(env), decision_rate(env)
        view = AgentView(env)
        being, screen = Game(view, 3, keep=False), Screen(view, keymap, rate, camera=True)
        env.action_space.seed(1)
        action = None
        for _ in range(decisions):
            action = env.action_space.sample()
            being.decide(action)
        save(name, screen.draw(being, action))


def lander() -> gym.Env[Any, Any]:
    """A lander with a camera."""
    return gym.make("LunarLander-v3", render_mode="rgb_array")


def random_play() -> None:
    """Where random play of CartPole ends."""
    env = gym.make("CartPole-v1", render_mode="rgb_array")
    ends: list[tuple[Any, str]] = []
    for number in range(6):
        env.reset(seed=number)
        env.action_space.seed(number)
        total, steps, over = 0.0, 0, False
        while not over:
            _, reward, terminated, truncated, _ = env.step(env.action_space.sample())
            total, steps, over = total + float(reward), steps + 1, terminated or truncated
        picture: Any = env.render()
        ends.append((picture[::2, ::2], f"episode {number + 1}: step {steps}, return {total:g}"))
    pictures, labels = zip(*ends, strict=True)
    save("random_episodes.png", contact_sheet(pictures, labels, 3))


if __name__ == "__main__":
    views()
    game()
    random_play()
