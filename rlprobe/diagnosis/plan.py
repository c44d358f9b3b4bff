"""Which trials a diagnosis runs, and in which order."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from probe_envs import CHOICE_PROBES, SUITE, WRAPPER_PROBES, Probe, probe
from rlprobe.agent import Setting
from rlprobe.diagnosis.probe_settings import IN_VECTORS, settings_of
from rlprobe.diagnosis.trial import Trial

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

EQUAL_ACTIONS = 2
FEWEST_ACTIONS = 2
"""With fewer actions there is no choice to test."""


def plan(
    *,
    kinds: frozenset[str],
    autoreset_modes: tuple[str, ...] = (),
    gamma: float = 0.9,
    only: Iterable[str] = (),
    most_steps: int = 8_000,
    discrete_start: bool = False,
    most_actions: int | None = None,
    sizes: tuple[int, ...] = (),
    explores: bool = True,
    alone: str | None = None,
    offers: Sequence[Mapping[str, Any]] = (),
    soft: bool = False,
    longer: bool = False,
    own_end: bool = False,
) -> list[Trial]:
    """The trials for an agent with the given kinds of actions.

    Args:
        kinds: ``"discrete"``, ``"continuous"`` or both.
        autoreset_modes: autoreset modes of the vector environments it can learn on.
        gamma: the discount.
        only: names of the probes to run; all of ``SUITE`` if empty. A wrapper probe also runs its
            prerequisite: the same problem in plain units, which needs no wrapper.
        most_steps: environment steps after which a run ends.
        discrete_start: whether to add a trial with ``Discrete(n, start=2)``.
        most_actions: the number of discrete actions on every probe; None if each probe has its own.
        sizes: how many values each component of a discrete action has, if there are several.
        explores: whether to run the exploration probes.
        alone: autoreset mode of the vectors of one environment that stand for single environments.
        offers: options of the CashOut probes, for an agent without a readable critic.
        soft: whether values contain the entropy of the actions: of so many, or, where nothing has to be
            chosen, of two that do the same.
        longer: whether episodes of one step get a further one.
        own_end: whether episodes that terminate end in an observation of its own.

    Raises:
        UnknownProbeError: ``only`` has a name that no probe has.
    """
    named = [probe(name).name for name in only]
    wanted = named + [name for row in WRAPPER_PROBES if row.name in named for name in row.prerequisites]
    setting = Setting(gamma=gamma, autoreset_mode=alone)
    trials: list[Trial] = []
    for row in SUITE:
        joint = settings_of(row.name).joint
        if (wanted and row.name not in wanted) or (joint and not (wanted or len(sizes) > 1)):
            continue
        trials += _trials_of(row, kinds, setting, most_steps)
        if row.name == "ActionOrder" and discrete_start and "discrete" in kinds:
            trials.append(replace(trials[-1], options={**trials[-1].options, "start": 2}))
    for row in WRAPPER_PROBES:
        if row.name in wanted:
            trials += _trials_of(row, kinds, setting, most_steps)
    for row in CHOICE_PROBES:
        if not wanted or row.name in wanted:
            plain = _trials_of(row, kinds, setting, most_steps)
            trials += [
                replace(one, options={**one.options, **offer})
                for one in plain
                for offer in offers or ({},) * bool(wanted)
            ]
    for mode in autoreset_modes:
        vector = replace(setting, num_envs=4, autoreset_mode=mode)
        trials += [
            Trial(name=name, options=_options(probe(name), kinds), setting=vector, most_steps=most_steps)
            for name in IN_VECTORS
            if (not named or name in named)
            and (probe(name).asks == "value" or ("discrete" in kinds and mode == autoreset_modes[0]))
        ]
    if not explores:
        trials = [trial for trial in trials if trial.probe.asks != "exploration"]
    if most_actions is not None:
        fitting = [one for one in trials if settings_of(one.name).needs in {"", "action values", "memory"}]
        trials = [one for trial in fitting for one in _with_actions(trial, most_actions, sizes, all_=soft)]
    elif soft:
        trials = [_with_equal_actions(trial) for trial in trials]
    if longer:
        trials = [trial.longer or trial for trial in trials]
    if own_end:
        trials = [replace(trial, options={**trial.options, "own_end": True}) for trial in trials]
    return sorted(trials, key=lambda trial: trial.probe.asks == "exploration")


def _with_equal_actions(trial: Trial) -> Trial:
    """The trial with two actions that do the same, if it has one: the entropy of a single action is 0."""
    single = len(trial.mdp.actions) == 1 and not trial.options.get("continuous")
    return replace(trial, options={**trial.options, "actions": EQUAL_ACTIONS}) if single else trial


def _with_actions(trial: Trial, count: int, sizes: tuple[int, ...], *, all_: bool) -> list[Trial]:
    """The trial with ``count`` discrete actions, or components of ``sizes``; none if nothing is to choose.

    Trials in which nothing has to be chosen stay as they are, unless ``all_`` get them.
    """
    settings = settings_of(trial.name)
    if settings.joint:
        return [replace(trial, options={**trial.options, "sizes": sizes})] if len(sizes) > 1 else []
    chooses = trial.probe.asks == "action" or settings.needs == "action values"
    if settings.continuous_only or not (chooses or all_):
        return [trial]
    if count < FEWEST_ACTIONS or (len(trial.mdp.actions) > count and len(trial.mdp.start) > 1):
        return []
    return [replace(trial, options={**trial.options, "actions": count})]


def _trials_of(row: Probe, kinds: frozenset[str], setting: Setting, most_steps: int) -> list[Trial]:
    settings = settings_of(row.name)
    either = row.asks == "value" or settings.continuous_too
    needs_discrete = settings.discrete_only or not (either or settings.continuous_only)
    if (settings.continuous_only and "continuous" not in kinds) or (
        needs_discrete and "discrete" not in kinds
    ):
        return []
    explores = row.asks == "exploration"
    if explores:
        most_steps = settings.most_steps or most_steps
    return [
        Trial(
            name=row.name,
            options={**_options(row, kinds), **variant},
            setting=setting,
            most_steps=min(most_steps, settings.most_steps or most_steps) * settings.steps_factor,
            seeds=1 if explores else None,
            judged=settings.judged and (not explores or variant is settings.variants[0]),
        )
        for variant in settings.variants
    ]


def _options(row: Probe, kinds: frozenset[str]) -> dict[str, Any]:
    settings, options = settings_of(row.name), dict[str, Any]()
    if settings.reward_scale:
        options["reward_scale"] = settings.reward_scale
    if "discrete" not in kinds and not settings.continuous_only:
        options["continuous"] = True
    return options
