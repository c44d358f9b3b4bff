"""Stages that look like the script's environment and play a probe, and who steps them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import probe_envs
from probe_envs.envs.scalar import ProbeEnv
from rlprobe.scripts.inside.making.frame_skips import FrameSkips
from rlprobe.scripts.inside.making.replacing import Replacing
from rlprobe.scripts.inside.stage import Callsite, Stage, Views

if TYPE_CHECKING:
    import gymnasium as gym
    from numpy.typing import NDArray

    from probe_envs.mdp import MDP
    from rlprobe.scripts.inside.gate import Gate


class Theatre(Replacing):
    """Makes the stages of one run, and knows who steps them.

    Args:
        mdp: the process of the probe.
        asked: the observations that the diagnosis asks about, ``(n, ...)``.
        seed: seeds the probes, each another way.
        gate: lets steps through.
        vector_api: ``"0.29"`` for vector environments as before Gymnasium 1.0.
    """

    stand_in = Stage
    leaves_out_statistics = True

    def __init__(self, mdp: MDP, asked: NDArray[Any], *, seed: int, gate: Gate, vector_api: str) -> None:
        super().__init__(gate=gate, vector_api=vector_api)
        self.mdp, self.seed = mdp, seed
        self.views = Views(ProbeEnv(mdp), asked)
        self.sites: dict[tuple[Any, int], Callsite] = {}
        self.pay, self.lift = 1.0, 0.0
        self.practice = self.frame_skips = 0
        self.offers: frozenset[int] = frozenset()
        self.sizes: tuple[int, ...] = ()

    def staged(self, original: gym.Env[Any, Any], name: str) -> Stage:
        """The probe in the spaces of ``original``."""
        del name
        stage = Stage(ProbeEnv(self.mdp), original, self.views, self.gate)
        stage.pay, stage.lift, stage.sizes = self.pay, self.lift, self.sizes
        stage.skips = FrameSkips(self.frame_skips)
        if self.practice:
            stage.practice, stage.offers = self.practice, self.offers
        stage.begin(1_000 * self.seed + len(self.stages), self.sites)
        return stage


def mdp_of(name: str, options: dict[str, Any]) -> MDP:
    """The process of a probe with its options."""
    return probe_envs.probe(name).mdp(**options)


def shown_now(stages: list[Stage]) -> tuple[Any, Any] | None:
    """What the only environment shows, and what it showed before a reset; None if there are several."""
    if len(stages) != 1:
        return None
    stage = stages[0]
    return stage.looks[stage.now], stage.looks[stage.left] if stage.fresh and stage.left >= 0 else None
