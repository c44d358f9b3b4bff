"""Value probes: the critic must learn exact values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from probe_envs.probes.values import (
    both_flags,
    chain,
    constant,
    decoder,
    episode_leak,
    observation_sign,
    random_exit,
    reward_set,
    time_limit_loop,
    trunc_boot,
)

if TYPE_CHECKING:
    from probe_envs.probe import Probe

PROBES: Final[tuple[Probe, ...]] = (
    constant.PROBE,
    observation_sign.PROBE,
    decoder.PROBE,
    chain.PROBE,
    random_exit.PROBE,
    time_limit_loop.PROBE,
    trunc_boot.PROBE,
    both_flags.PROBE,
    reward_set.PROBE,
    episode_leak.PROBE,
)
