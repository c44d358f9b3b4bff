"""What a diagnosis knows of single probes: how each is run, and how its answers are read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from rlprobe.faults.behind_wrapper import SKIP

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def _once_in_two_to_the(size: int) -> str:
    return f"random play succeeds once in {2**size:,} episodes there"


@dataclass(frozen=True, kw_only=True)
class ProbeSettings:
    """How one probe is run and read.

    Args:
        variants: options of the trials that the probe is run in, one after the other; for probes of
            exploration by growing size.
        reward_scale: factor of the rewards that keeps errors below 1, where a robust loss still learns the
            mean.
        most_steps: when a run of it gives up at the latest.
        steps_factor: factor of the steps, where one step of the agent is several of the environment.
        in_vectors: whether it is also run in vector environments.
        continuous_only: whether it needs continuous actions.
        judged: whether failing its first size is a fault, and not only a measure.
        needs_values: whether right actions need right values: it asks for actions and has several steps.
        chance: how often random play succeeds at a size, in words.
    """

    variants: tuple[Mapping[str, Any], ...] = field(default=({},))
    reward_scale: float | None = None
    most_steps: int | None = None
    steps_factor: int = 1
    in_vectors: bool = False
    continuous_only: bool = False
    judged: bool = True
    needs_values: bool = False
    chance: Callable[[int], str] = _once_in_two_to_the


_BY_NAME: Final[dict[str, ProbeSettings]] = {
    "ObservationSign": ProbeSettings(in_vectors=True),
    "RandomExit": ProbeSettings(reward_scale=0.25),
    "TruncBoot": ProbeSettings(in_vectors=True),
    "WillToLive": ProbeSettings(needs_values=True),
    "BoxTarget": ProbeSettings(continuous_only=True),
    # The agent does not see what it chose: right one-step targets cannot carry the credit at any delay.
    "DelayedCredit": ProbeSettings(
        variants=({"delay": 2}, {"delay": 4}, {"delay": 8}),
        most_steps=2_000,
        judged=False,
        chance=lambda _: "random play succeeds every second time",
    ),
    "Lock": ProbeSettings(variants=({"size": 3}, {"size": 6}, {"size": 9}), most_steps=2_000),
    "DeepSea": ProbeSettings(variants=({"size": 3}, {"size": 6}, {"size": 9}), most_steps=2_000),
    # In two units; several times the steps that the same problem takes in plain ones.
    "ScaledReward": ProbeSettings(variants=({"scale": 1e3}, {"scale": 1e-3}), most_steps=2_400),
    "SkippedEnd": ProbeSettings(reward_scale=1 / 16, steps_factor=SKIP),
}
_PLAIN: Final = ProbeSettings()
IN_VECTORS: Final = tuple(name for name, settings in _BY_NAME.items() if settings.in_vectors)


def settings_of(name: str) -> ProbeSettings:
    """The settings of the probe called ``name``.

    >>> settings_of("RandomExit").reward_scale, settings_of("Decoder").reward_scale
    (0.25, None)
    """
    return _BY_NAME.get(name, _PLAIN)


def size_of(options: Mapping[str, Any]) -> int:
    """The size of a probe of exploration."""
    return int(options.get("size", options.get("delay", 0)))
