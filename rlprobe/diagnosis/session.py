"""``diagnose``: run an agent on the probes and name the fault."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from probe_envs import probe
from rlprobe.diagnosis.conclusion import conclude
from rlprobe.diagnosis.plan import plan
from rlprobe.diagnosis.scheduling.schedule import Schedule
from rlprobe.diagnosis.training.subject import AgentSubject, Subject
from rlprobe.diagnosis.wording import listed
from rlprobe.output.versions import versions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from rlprobe.agent import MakeAgent
    from rlprobe.diagnosis.report.report import Report
    from rlprobe.diagnosis.trial import Trial

SINGLE_STEPS = (
    "Its probes with episodes of one step have one more step before each, because it crashes on single ones"
)


def diagnose(
    make_agent: MakeAgent | Subject,
    *,
    seeds: int = 3,
    gamma: float = 0.9,
    budget: float = 120.0,
    jobs: int = 1,
    only: Iterable[str] = (),
    most_steps: int | None = None,
    full: bool = False,
    progress: Callable[[int, int, str], None] | None = None,
) -> Report:
    """Train an agent on the probes and name its fault, if it has one.

    Args:
        make_agent: ``make_agent(env, setting) -> Agent``, see ``rlprobe.agent``; or a ``ScriptSubject``.
        seeds: most seeds per probe; a probe that passes with its first seed is not run again.
        gamma: the discount the agent should learn with, in [0, 1).
        budget: wall time in seconds, kept within 5 % unless one call of ``learn`` takes longer.
        jobs: number of processes; above 1 only where the platform can fork. Under
            ``joblib.parallel_config(backend="dask")`` the workers of the cluster train, as many as it has.
        only: names of the probes to run; all of them if empty.
        most_steps: environment steps after which a run ends.
        full: run every probe with every seed, and exploration probes in all sizes, even where the answer
            is clear without them.
        progress: called after each run with the number of finished runs, the number of planned runs and
            the name of the run.

    Returns:
        The report; ``print`` it, or use ``verdict``, ``causes``, ``to_json`` and ``to_html``.

    Raises:
        AgentError: the agent cannot be diagnosed; the message says why.
        UnknownProbeError: ``only`` names a probe that does not exist.
        ValueError: an argument is out of range.
    """
    _check(seeds=seeds, gamma=gamma, budget=budget, jobs=jobs)
    only = tuple(only)
    began = time.perf_counter()
    subject = make_agent if isinstance(make_agent, Subject) else AgentSubject(make_agent)
    traits = subject.traits
    trials = plan(
        kinds=traits.kinds,
        autoreset_modes=traits.autoreset_modes,
        gamma=gamma,
        only=only,
        most_steps=most_steps or traits.most_steps,
        discrete_start=traits.discrete_start,
        most_actions=traits.most_actions,
        sizes=traits.sizes,
        explores=traits.explores,
        alone=traits.alone,
        offers=traits.offers,
        soft=traits.soft,
        longer=traits.longer,
        own_end=traits.own_end,
    )
    left_out = _left_out(only, trials, traits.kinds)
    full = full or all(trial.probe.asks == "exploration" for trial in trials)  # nothing else can answer
    schedule = Schedule(
        subject, trials, seeds=seeds, budget=budget, began=began, jobs=jobs, progress=progress, full=full
    )
    interrupted = schedule.train()
    settings = {"seeds": seeds, "gamma": gamma, "budget": budget, "jobs": jobs, "only": only, "full": full}
    crashes = [(schedule.trials[i].label, failure) for i, failure in schedule.outcomes.failures.items()]
    report = conclude(
        traits.name,
        schedule.conclusions(),
        crashes,
        interrupted=interrupted,
        memory=schedule.memory,
        until=schedule.end,
    )
    seconds = time.perf_counter() - began
    said = (*traits.said, *left_out)
    if crash := schedule.outcomes.on_single_steps:
        place = f" ({crash.place})" if crash.place else ""
        said = *said, f"{SINGLE_STEPS}: {crash.error}{place}."
    known: dict[str, Any] = {"versions": versions(), "script": traits.script, "said": said}
    return replace(report, seconds=seconds, settings=settings, **known)


def _left_out(only: Iterable[str], trials: Sequence[Trial], kinds: frozenset[str]) -> tuple[str, ...]:
    """A sentence on the named probes that are not for an agent with actions of these kinds.

    Raises:
        ValueError: no named probe is.
    """
    missing = [name for name in only if probe(name).name not in {trial.name for trial in trials}]
    if not missing:
        return ()
    verb, has = "needs" if len(missing) == 1 else "need", " and ".join(sorted(kinds))
    sentence = f"{listed(missing)} {verb} other actions than this agent has ({has})"
    if not trials:
        raise ValueError(f"only: {sentence}")
    return (f"Not run: {sentence}.",)


def _check(*, seeds: int, gamma: float, budget: float, jobs: int) -> None:
    wrong: list[tuple[bool, str, Any, str]] = [
        (seeds < 1, "seeds", seeds, "at least 1"),
        (not 0.0 <= gamma < 1.0, "gamma", gamma, "a discount in [0, 1)"),
        (not budget > 0, "budget", budget, "a positive number of seconds"),
        (jobs < 1, "jobs", jobs, "at least 1"),
    ]
    for bad, name, value, expected in wrong:
        if bad:
            raise ValueError(f"{name}: expected {expected}, got {value!r}")
