"""How the wrappers around an environment change the report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rlprobe.environments.layers import layers
from rlprobe.inspection.flag import Flag
from rlprobe.output.numbers import listed
from rlprobe.wrappers.leaves import boxes, is_image

if TYPE_CHECKING:
    import gymnasium as gym

SCALING: Final = {"RewardScale", "NormalizeReward"}


def stack_flags(env: gym.Env[Any, Any]) -> list[Flag]:
    """Flags of wrappers that change rewards, reset by themselves or turn images into floats."""
    names = [type(layer).__name__ for layer in layers(env)]
    flags = []
    scaling = next((name for name in names if name in SCALING), None)
    if scaling:
        sentence = (
            f"Rewards and returns are those after {scaling}, whose divisor changed while it was played."
        )
        advice = "Inspect the environment without it to see the rewards of the task."
        flags.append(Flag("rewards-are-scaled", "note", sentence, advice))
    flags += _pictures_as_floats(env)
    if "Autoreset" in names:
        sentence = (
            "Autoreset resets on the step after an end: that step ignores its action and has no reward."
        )
        advice = "An agent must leave that step out of its loss; this report did."
        flags.append(Flag("resets-itself", "note", sentence, advice))
    return flags


def _pictures_as_floats(env: gym.Env[Any, Any]) -> list[Flag]:
    """Pictures within a ``Dict`` that a wrapper turned into floats, which costs them their convolutions."""
    outer = dict(boxes(env.observation_space))
    for layer in layers(env):
        inner = dict(boxes(layer.observation_space))
        pictures = [path for path, box in inner.items() if path and is_image(box)]
        lost = [path for path in pictures if not is_image(outer.get(path, inner[path]))]
        if lost:
            keys = ["/".join(path) for path, box in inner.items() if path not in lost]
            label = listed(["/".join(path) for path in lost])
            sentence = (
                f"A wrapper makes floats of {label}, an image within a Dict or Tuple: "
                "libraries build convolutions only for images of bytes, and flatten this one."
            )
            advice = f"Leave it as it is: NormalizeAll(env, keys={keys}), or images='leave'."
            return [Flag("picture-as-floats", "look", sentence, advice, (label,))]
    return []
