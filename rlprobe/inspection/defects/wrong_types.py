"""Observations and rewards of a wrong type, at any step and not only the first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rlprobe.inspection.flag import Flag

if TYPE_CHECKING:
    from rlprobe.inspection.playing.types_seen import Seen, TypesSeen


def type_flags(types: TypesSeen) -> list[Flag]:
    """One flag for each thing and type."""
    return [_reward(seen) if not seen.declared else _observation(seen) for seen in types.found.values()]


def _observation(seen: Seen) -> Flag:
    late = seen.before > 0
    where = f"from {seen.place} on" if late else "from the first reset on"
    lead = f"{seen.what} turns {seen.got}" if late else f"{seen.what} is {seen.got}"
    sentence = f"{lead} {where}, where the space declares {seen.declared} ({seen.count:,} times)."
    advice = (
        f"Return it as {seen.declared}, as in np.asarray(x, dtype=np.{seen.declared}), from reset and step."
    )
    severity = "harmful" if late or seen.grave else "look"
    return Flag("type-drift", severity, sentence, advice, (seen.what,))  # type: ignore[arg-type]


def _reward(seen: Seen) -> Flag:
    late = f"from {seen.place} on" if seen.before else "from the first step on"
    if seen.grave:
        rest = "the rest of the report is about its first element"
        sentence = f"The reward is {seen.got} {late}, not a number: {rest}."
        advice = (
            "Return one number from step; with several objectives choose or add them up, for instance with "
            "gymnasium.wrappers.TransformReward(env, lambda r: float(r[0]))."
        )
        return Flag("reward-no-number", "harmful", sentence, advice, ("reward",))
    sentence = f"The reward is {seen.got} {late}, not a number: libraries that store it as one fail or warn."
    return Flag("reward-no-number", "look", sentence, "Return float(reward[0]) from step.", ("reward",))
