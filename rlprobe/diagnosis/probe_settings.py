"""How a diagnosis runs each probe and reads its result."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

from rlprobe.faults.behind_wrapper import SKIP

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Needs = Literal["", "action values", "off-policy actor", "on-policy critic", "memory"]


def _every_second_time(size: int) -> str:
    del size
    return "random play succeeds every second time"


def _once_in_two_to_the(size: int) -> str:
    return f"random play succeeds once in {2**size:,} episodes there"


@dataclass(frozen=True, kw_only=True)
class ProbeSettings:
    """How one probe is run and read.

    Args:
        variants: options of its trials, in order; exploration probes grow in size.
        reward_scale: factor of the rewards. It keeps errors below 1, where a Huber loss still learns the
            mean.
        most_steps: environment steps after which a run ends at the latest.
        least_steps: environment steps before a run may stop early; None for the usual number.
        steps_factor: factor of the steps, where one step of the agent is several of the environment.
        in_vectors: whether it also runs in vector environments: a value probe in each autoreset mode, an
            action probe in the first.
        continuous_only: whether it needs continuous actions.
        discrete_only: whether it needs discrete actions.
        joint: whether it is for actions of several discrete numbers; others run it only if it is named.
        continuous_too: whether an action probe can be asked with continuous actions as well.
        judged: whether failing at its first size is a fault; otherwise it is only measured.
        needs_values: whether the best action depends on a bootstrapped value: an action probe with
            several steps.
        basic: the basic ability that the probe tests: constants, the discount, truncation, termination or
            actions.
            While a basic probe is undecided, no agent counts as healthy.
        needs: the kind of agent it is for: one that learns ``"action values"`` off-policy, one with an
            ``"off-policy actor"`` for continuous actions, one with an ``"on-policy critic"``, or one with
            ``"memory"``: a recurrent network; empty for any.
        chance: how often random play succeeds at a size, as a sentence.
    """

    variants: tuple[Mapping[str, Any], ...] = field(default=({},))
    reward_scale: float | None = None
    most_steps: int | None = None
    least_steps: int | None = None
    steps_factor: int = 1
    in_vectors: bool = False
    continuous_only: bool = False
    discrete_only: bool = False
    joint: bool = False
    continuous_too: bool = False
    judged: bool = True
    needs_values: bool = False
    basic: str = ""
    needs: Needs = ""
    chance: Callable[[int], str] = _once_in_two_to_the


_BY_NAME: Final[dict[str, ProbeSettings]] = {
    "Constant": ProbeSettings(basic="constants"),
    "ObservationSign": ProbeSettings(in_vectors=True, basic="constants"),
    "Decoder": ProbeSettings(basic="the discount"),
    "RandomExit": ProbeSettings(reward_scale=0.25),
    # TimeLimitLoop takes longest to learn, and what it shows of truncation shows here as well.
    "TruncBoot": ProbeSettings(in_vectors=True, basic="truncation"),
    "BothFlags": ProbeSettings(basic="termination"),
    "ActionOrder": ProbeSettings(in_vectors=True, basic="actions"),
    "ContextBandit": ProbeSettings(basic="actions"),
    "JointAction": ProbeSettings(joint=True, basic="actions of several numbers"),
    "WillToLive": ProbeSettings(needs_values=True),
    "BoxTarget": ProbeSettings(continuous_only=True, basic="actions"),
    "BoxTarget2D": ProbeSettings(continuous_only=True),
    "MaxNotMean": ProbeSettings(needs="action values", discrete_only=True),
    "EqualActions": ProbeSettings(needs="on-policy critic", discrete_only=True),
    "TwoBoxes": ProbeSettings(needs="off-policy actor", continuous_only=True),
    # The observation does not show the choice, so correct one-step targets cannot carry the credit back.
    "DelayedCredit": ProbeSettings(
        variants=({"delay": 2}, {"delay": 4}, {"delay": 8}),
        most_steps=2_000,
        judged=False,
        chance=_every_second_time,
    ),
    "TMaze": ProbeSettings(
        variants=({"size": 1}, {"size": 4}, {"size": 16}),
        most_steps=4_000,
        judged=False,
        needs="memory",
        chance=_every_second_time,
    ),
    "Lock": ProbeSettings(variants=({"size": 3}, {"size": 6}, {"size": 9}), most_steps=2_000),
    "DeepSea": ProbeSettings(variants=({"size": 3}, {"size": 6}, {"size": 9}), most_steps=2_000),
    "CashOut": ProbeSettings(
        basic="values that show in choices", continuous_too=True, most_steps=8_000, least_steps=4_000
    ),
    # Two reward scales; most_steps is several times what the same problem needs in plain units.
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
    """The size of an exploration probe: its option ``size`` or ``delay``."""
    return int(options.get("size", options.get("delay", 0)))
