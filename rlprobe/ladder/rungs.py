"""The rungs of a ladder, from the easiest to the task itself; each takes one aid away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import gymnasium as gym

from rlprobe.ladder.aids import CUT_AFTER_STEPS, Features, NearStart, Success
from rlprobe.wrappers import FrameSkip, PotentialShaping

if TYPE_CHECKING:
    from collections.abc import Callable

    from rlprobe.environments.opening import Make

HORIZONS: Final = (8, 4, 2)


@dataclass(frozen=True)
class Aid:
    """Something that makes a task easier.

    Args:
        name: what it is; follows "with" or "without".
        keeps: whether the best policy stays the same, in words.
    """

    name: str
    keeps: str


NEAR: Final = Aid("starts near the goal", "keeps the best policy: only the first states differ")
DENSE: Final = Aid("a dense reward (potential shaping)", "keeps the best policy, for every potential")
HELD: Final = Aid("repeated actions", "may change the best policy: it cannot act in between")
SEEN: Final = Aid("features in place of pixels", "keeps the best policy if they contain the same information")


def shorter(part: int) -> Aid:
    """Episodes of ``1/part`` of the time limit."""
    return Aid(f"1/{part} of the time limit", "may change the best policy: later rewards do not count")


@dataclass(frozen=True)
class Tools:
    """What the aids need; None for an aid that is not used.

    Args:
        phi: the potential.
        gamma: the discount.
        known: an episode that reached the goal, for starts near to its end.
        limit: steps of an episode.
        hold: steps for which actions are repeated.
        features: from an observation to numbers.
    """

    gamma: float = 0.99
    phi: Callable[[Any], Any] | None = None
    known: Success | None = None
    limit: int | None = None
    hold: int | None = None
    features: Callable[[Any], Any] | None = None


@dataclass(frozen=True)
class Rung:
    """One version of the task.

    Args:
        aids: the aids that this rung has.
        removed: the aid that only the rung before has; None on the first.
    """

    aids: tuple[Aid, ...]
    removed: Aid | None = None

    @property
    def name(self) -> str:
        """The aids of this rung, in words."""
        return "the task itself" if not self.aids else "with " + ", ".join(aid.name for aid in self.aids)


def rungs(tools: Tools) -> list[Rung]:
    """All rungs, the easiest first."""
    lasting = [
        aid
        for aid, there in (
            (NEAR, tools.known),
            (HELD, tools.hold),
            (DENSE, tools.phi),
            (SEEN, tools.features),
        )
        if there
    ]
    least = max(4.0, 1.5 * tools.known.remaining if tools.known else 0.0)
    horizons = [shorter(part) for part in HORIZONS if tools.limit is not None and tools.limit / part >= least]
    found = [
        Rung((horizon, *lasting), before)
        for before, horizon in zip([None, *horizons], horizons, strict=False)
    ]
    removed = horizons[-1] if horizons else None
    while True:
        found.append(Rung(tuple(lasting), removed))
        if not lasting:
            return found
        removed = lasting.pop(0)


def built(make: Make, rung: Rung, tools: Tools) -> gym.Env[Any, Any]:
    """The environment of a rung."""
    env: gym.Env[Any, Any] = make()
    limited = env.spec is not None and env.spec.max_episode_steps is not None
    names = {aid.name for aid in rung.aids}
    if NEAR.name in names and tools.known is not None:
        env = NearStart(env, tools.known)
    part = next((part for part in HORIZONS if shorter(part).name in names), None)
    if part is not None and tools.limit is not None:
        env = gym.wrappers.TimeLimit(env, tools.limit // part)
    elif not limited:
        env = gym.wrappers.TimeLimit(env, CUT_AFTER_STEPS)
    if SEEN.name in names and tools.features is not None:
        env = Features(env, tools.features)
    if HELD.name in names and tools.hold is not None:
        env = FrameSkip(env, tools.hold)
    if DENSE.name in names and tools.phi is not None:
        env = PotentialShaping(env, tools.phi, tools.gamma)
    return env
