"""The frame skip does not add up the rewards of its steps.

The skip returns only its last reward, or the mean, or loses the reward of the step that ends an episode. It
must return the sum, so that the return of an episode stays the same.

Reported in openai/gym#1790 and google/dopamine#177. ``rlprobe.FrameSkip`` adds them up.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from probe_envs.frame_skip import frame_skip
from rlprobe.faults.behind_wrapper import SKIP
from rlprobe.faults.declaration import Fault, Form

if TYPE_CHECKING:
    from probe_envs.frame_skip import Rewards


def _last(rewards: Rewards) -> float:
    return rewards[-1]


def _mean(rewards: Rewards) -> float:
    return sum(rewards) / SKIP


def _without_end(rewards: Rewards) -> float:
    return sum(rewards if len(rewards) == SKIP else rewards[:-1])


FAULT = Fault(
    id="frame-skip-rewards",
    component="environment wrappers",
    look_at="the loop of the frame skip: it must return the sum of all rewards up to the end of the episode, "
    "as rlprobe.FrameSkip does",
    wrong="""
for _ in range(skip):
    obs, reward, terminated, truncated, info = env.step(action)
return obs, reward, terminated, truncated, info
""",
    right="""
total = 0.0
for _ in range(skip):
    obs, reward, terminated, truncated, info = env.step(action)
    total += reward
    if terminated or truncated:
        break
return obs, total, terminated, truncated, info
""",
    forms=tuple(
        Form(
            name=name,
            only_on=frozenset({"SkippedEnd"}),
            process=partial(frame_skip, skip=SKIP, combine=combine),
        )
        for name, combine in (
            ("last reward only", _last),
            ("mean of the rewards", _mean),
            ("reward of the last step lost", _without_end),
        )
    ),
    module=__name__,
)
