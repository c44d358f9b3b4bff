"""What the wrappers around an environment change in what was seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rlprobe.environments.layers import layers
from rlprobe.inspection.flag import Flag

if TYPE_CHECKING:
    import gymnasium as gym

SCALING: Final = {"RewardScale", "NormalizeReward"}


def stack_flags(env: gym.Env[Any, Any]) -> list[Flag]:
    """Says so where the rewards seen are not those of the task, or resets are not the learner's."""
    names = [type(layer).__name__ for layer in layers(env)]
    flags = []
    scaling = next((name for name in names if name in SCALING), None)
    if scaling:
        sentence = (
            f"Rewards and returns are those after {scaling}, whose divisor changed while it was played."
        )
        advice = "Inspect the environment without it to see the rewards of the task."
        flags.append(Flag("rewards-are-scaled", "note", sentence, advice))
    if "Autoreset" in names:
        sentence = "Autoreset resets on the step after an end: that step ignores its action and pays nothing."
        advice = "A learner must leave that step out; here every end was followed by a reset of its own."
        flags.append(Flag("resets-itself", "note", sentence, advice))
    return flags
