"""Which trials a diagnosis runs, in which order."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from probe_envs import SUITE, WRAPPER_PROBES, Probe, probe
from rlprobe.agent import Setting
from rlprobe.diagnosis.trial import Trial
from rlprobe.faults.behind_wrapper import SKIP

if TYPE_CHECKING:
    from collections.abc import Iterable

SIZES: dict[str, tuple[dict[str, Any], ...]] = {
    "DelayedCredit": ({"delay": 2}, {"delay": 4}, {"delay": 8}),
    "Lock": ({"size": 3}, {"size": 6}, {"size": 9}),
    "DeepSea": ({"size": 3}, {"size": 6}, {"size": 9}),
}
SCALES = {"RandomExit": 0.25, "SkippedEnd": 1 / 16}
"""Rewards scaled so that errors stay below 1, where a robust loss still learns the mean."""
UNITS = ({"scale": 1e3}, {"scale": 1e-3})
"""The two rows of ScaledReward."""
STEPS_FOR_UNITS = 2_400
"""Several times what the same problem takes in plain units."""
IN_VECTORS = ("ObservationSign", "TruncBoot")
CONTINUOUS_ONLY = ("BoxTarget",)
NEVER_JUDGED = ("DelayedCredit",)
"""The agent does not see what it chose: right one-step targets cannot carry the credit at any delay."""


def plan(
    *,
    kinds: frozenset[str],
    autoreset_modes: tuple[str, ...] = (),
    gamma: float = 0.9,
    only: Iterable[str] = (),
    most_steps: int = 8_000,
    discrete_start: bool = False,
) -> list[Trial]:
    """The trials for an agent that takes the given kinds of actions.

    Args:
        kinds: ``"discrete"``, ``"continuous"`` or both.
        autoreset_modes: the modes of vector environments it can be run on.
        gamma: the discount.
        only: names of the probes to run; all of ``SUITE`` if empty. A probe of a wrapper brings the
            probe with it that shows the same without asking for the wrapper.
        most_steps: when a run gives up.
        discrete_start: whether to put it also where the first action is 2, and not 0.

    Raises:
        UnknownProbeError: ``only`` has a name that no probe has.
    """
    named = [probe(name).name for name in only]
    wanted = named + [name for row in WRAPPER_PROBES if row.name in named for name in row.prerequisites]
    setting = Setting(gamma=gamma)
    trials: list[Trial] = []
    for row in SUITE:
        if wanted and row.name not in wanted:
            continue
        trials += _rows(row, kinds, setting, most_steps)
        if row.name == "ActionOrder" and discrete_start and "discrete" in kinds:
            trials.append(replace(trials[-1], options={**trials[-1].options, "start": 2}))
    for row in WRAPPER_PROBES:
        if row.name in wanted:
            trials += _rows(row, kinds, setting, most_steps)
    for mode in autoreset_modes:
        vector = replace(setting, num_envs=4, autoreset_mode=mode)
        trials += [
            Trial(name=name, options=_options(probe(name), kinds), setting=vector, most_steps=most_steps)
            for name in IN_VECTORS
            if not named or name in named
        ]
    return sorted(trials, key=lambda trial: trial.probe.asks == "exploration")


def _rows(row: Probe, kinds: frozenset[str], setting: Setting, most_steps: int) -> list[Trial]:
    if row.name in CONTINUOUS_ONLY:
        return [Trial(name=row.name, setting=setting, most_steps=most_steps)] if "continuous" in kinds else []
    if row.asks != "value" and "discrete" not in kinds:
        return []
    options = _options(row, kinds)
    if row.asks == "exploration":
        return [
            Trial(
                name=row.name,
                options={**options, **size},
                setting=setting,
                most_steps=2_000,
                seeds=1,
                judged=size is SIZES[row.name][0] and row.name not in NEVER_JUDGED,
            )
            for size in SIZES[row.name]
        ]
    if row.name == "ScaledReward":
        return [
            Trial(
                name=row.name,
                options={**options, **unit},
                setting=setting,
                most_steps=min(most_steps, STEPS_FOR_UNITS),
            )
            for unit in UNITS
        ]
    if row.name == "SkippedEnd":
        most_steps *= SKIP  # of the agent, not of the physics
    return [Trial(name=row.name, options=options, setting=setting, most_steps=most_steps)]


def _options(row: Probe, kinds: frozenset[str]) -> dict[str, Any]:
    options: dict[str, Any] = {}
    if row.name in SCALES:
        options["reward_scale"] = SCALES[row.name]
    if "discrete" not in kinds:
        options["continuous"] = True
    return options
