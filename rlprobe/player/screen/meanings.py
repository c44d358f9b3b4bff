"""The meanings of actions, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from gymnasium import spaces

from rlprobe.environments.names import family_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import gymnasium as gym

CHOICES: Final[dict[str, tuple[str, ...]]] = {
    "CartPole": ("push left", "push right"),
    "MountainCar": ("push left", "no push", "push right"),
    "Acrobot": ("torque -1", "no torque", "torque 1"),
    "LunarLander": ("nothing", "left engine", "main engine", "right engine"),
    "CarRacing": ("nothing", "steer right", "steer left", "gas", "brake"),
    "Taxi": ("south", "north", "east", "west", "pick up", "drop off"),
    "FrozenLake": ("left", "down", "right", "up"),
    "CliffWalking": ("up", "right", "down", "left"),
    "Blackjack": ("stick", "hit"),
}
"""Actions of Gymnasium's own environments, from their documentation."""
NUMBERS: Final[dict[str, tuple[str, ...]]] = {
    "Pendulum": ("torque",),
    "MountainCarContinuous": ("force",),
    "LunarLanderContinuous": ("main engine", "side engine"),
    "LunarLander": ("main engine", "side engine"),
    "CarRacing": ("steering", "gas", "brake"),
    "BipedalWalker": ("hip 1", "knee 1", "hip 2", "knee 2"),
    "BipedalWalkerHardcore": ("hip 1", "knee 1", "hip 2", "knee 2"),
}
"""Components of continuous actions of Gymnasium's own environments."""
DIRECTIONS: Final = ("UP", "DOWN", "LEFT", "RIGHT", "FIRE")


def action_names(env: gym.Env[Any, Any]) -> Sequence[str]:
    """A name for every choice of a Discrete, or for every component of a Box; empty where none are known.

    They come from ``action_names`` or ``get_action_meanings()`` of the bare environment, from a list of
    Gymnasium's own environments, or from the actuators of a MuJoCo model; never where a wrapper has changed
    the actions.

    >>> import gymnasium as gym
    >>> action_names(gym.make("CartPole-v1"))
    ('push left', 'push right')
    """
    bare: Any = env.unwrapped
    space = env.action_space
    if space != bare.action_space:
        return ()
    name = family_of(env)
    found: Sequence[str] = tuple(getattr(bare, "action_names", ()))
    if isinstance(space, spaces.Discrete):
        meanings: Sequence[str] = getattr(bare, "get_action_meanings", tuple)()
        found = found or [spoken(word) for word in meanings] or CHOICES.get(name, ())
        return found if len(found) == space.n else ()
    if isinstance(space, spaces.Box):
        found = found or NUMBERS.get(name) or _actuators(bare)
        return found if len(found) == np.prod(space.shape) else ()
    return ()


def _actuators(bare: Any) -> Sequence[str]:
    model: Any = getattr(bare, "model", None)
    if not hasattr(model, "actuator") or not hasattr(model, "nu"):
        return ()
    return [model.actuator(i).name or f"actuator {i}" for i in range(model.nu)]


def spoken(meaning: str) -> str:
    """A console's name of an action as words.

    >>> spoken("UPRIGHTFIRE"), spoken("NOOP"), spoken("jump")
    ('up right fire', 'nothing', 'jump')
    """
    if meaning == "NOOP":
        return "nothing"
    rest, words = meaning, []
    while rest:
        word = next((word for word in DIRECTIONS if rest.startswith(word)), None)
        if word is None:
            return meaning
        words.append(word.lower())
        rest = rest[len(word) :]
    return " ".join(words)


def in_words(action: Any, names: Sequence[str], start: int = 0) -> str:
    """An action for the header: its name, or its numbers.

    >>> in_words(1, ("push left", "push right")), in_words(np.array([0.5, -1.0]), ())
    ('push right', '0.50 -1.00')
    """
    if isinstance(action, (int, np.integer)) and 0 <= int(action) - start < len(names):
        return names[int(action) - start]
    if isinstance(action, np.ndarray):
        numbers = action.reshape(-1)[:3]
        values = [f"{value:.2f}" if action.dtype.kind == "f" else str(value) for value in numbers]
        return " ".join(values) + (" .." if action.size > 3 else "")
    return str(action)
