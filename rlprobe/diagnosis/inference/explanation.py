"""The explanations that are compared: healthy, known faults in every kind of learner, and several faults."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from rlprobe.faults import WRAPPER_FAULTS
from rlprobe.faults.rewards import reward_shifted
from rlprobe.faults.rewards.reward_shifted import ONE_REWARD, with_numbers
from rlprobe.faults.transitions import Learner

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rlprobe.diagnosis.judging.method import Method
    from rlprobe.diagnosis.judging.result import Result
    from rlprobe.diagnosis.run import Run
    from rlprobe.faults.declaration import Fault, Form

HEALTHY, UNKNOWN = "healthy", "unknown"
PRIOR_HEALTHY, PRIOR_UNKNOWN, PRIOR_PAIR = 0.5, 0.004, 0.02
PRIOR_WILD = 0.001
"""Prior of an unknown fault that makes values grow without bound, on most probes."""
PRIOR_PARTIAL = 0.02
"""Prior of an unknown fault in addition to known ones."""
PRIOR_FORGOTTEN = 20.0
"""Factor on the prior of a missing discount in an agent that says its gamma is 1."""
WRAPPER_PRIOR_FACTOR = 3.0
"""Factor on the prior of wrapper faults where wrapper probes run: users who run them suspect a wrapper."""
PRIOR_WRAPPER = 0.1
MOST_NUMBERS = 2
LAMBDAS = (0.0, 0.95, 1.0)
N_STEPS = (3, 5)
ROLLOUTS = (None, 5, 8, 16)

Weighed = tuple["Explanation", float]


@dataclass(frozen=True)
class Explanation:
    """A set of faults in a given kind of learner; without faults it means healthy.

    Args:
        learner: how the critic forms its targets.
        faults: each fault with the form in which it occurs, in the order in which they act.
        unknown: whether there is also a fault that is not in the catalogue.
        wild: whether that unknown fault makes values grow without bound.
        wraps: whether the agent puts a single environment into a vector one with next-step autoreset.
    """

    learner: Learner
    faults: tuple[tuple[Fault, Form], ...] = ()
    unknown: bool = False
    wild: bool = False
    wraps: bool = False

    @property
    def name(self) -> str:
        """The ids of the faults, joined by ``+``."""
        named = " + ".join(fault.id for fault, _ in self.faults)
        return named or (UNKNOWN if self.unknown else HEALTHY)

    @property
    def forms(self) -> tuple[Form, ...]:
        """The forms of the faults, in the order in which they act."""
        return tuple(form for _, form in self.faults)

    def without(self, fault: Fault) -> Explanation:
        """The same explanation without one of its faults."""
        return replace(self, faults=tuple(pair for pair in self.faults if pair[0] is not fault))


def learners_of(run: Run | None, method: Method) -> tuple[Learner, ...]:
    """The kinds of learner the agent may be: one if it says its gamma, lambda and loss."""
    if run is None:
        return (Learner(gamma=0.9),)
    lambdas = (run.lam,) if run.lam is not None else (0.0,) if run.q_network else LAMBDAS
    known = {"quantile": "squared"}.get(run.loss or "", run.loss)
    losses = (known,) if known is not None else ("squared",) if run.on_policy else ("squared", "huber")
    found = [
        Learner(gamma=run.gamma, lam=lam, loss=loss, n_step=(run.n_step or 1) if lam == 0 else 1)
        for lam in lambdas
        for loss in (losses if lam == 0 else ("squared",))
    ]
    whole = [Learner(gamma=run.gamma, lam=1.0, bootstraps=False)] if method.monte_carlo else []
    return tuple(replace(one, table=method.table) for one in (*whole, *found))


def n_step_learners(run: Run | None, learners: Iterable[Learner]) -> tuple[Learner, ...]:
    """Learners with n-step returns, if the agent may be one and does not say its ``n_step``."""
    if run is None or run.n_step is not None or run.on_policy or run.loss == "huber":
        return ()
    return tuple(
        replace(one, n_step=n) for one in learners if one.lam == 0 and one.loss == "squared" for n in N_STEPS
    )


def rollouts_of(runs: Iterable[Run]) -> tuple[int | None, ...]:
    """The rollout lengths the agent may have: one if it says its ``rollout_length``."""
    declared = [run.rollout for run in runs if run.rollout]
    return (declared[0],) if declared else ROLLOUTS


def healthy_or_unknown(learners: Sequence[Learner]) -> list[Weighed]:
    """Healthy in each kind of learner, and one unknown fault, of any kind or one that makes values grow."""
    found = [(Explanation(learner), PRIOR_HEALTHY / len(learners)) for learner in learners]
    anything, wild = (Explanation(learners[0], unknown=True, wild=wild) for wild in (False, True))
    return [*found, (anything, PRIOR_UNKNOWN), (wild, PRIOR_WILD)]


def single_faults(
    catalogue: Sequence[Fault],
    learners: Sequence[Learner],
    rollouts: Sequence[int | None],
    *,
    undiscounted: bool = False,
) -> list[Weighed]:
    """Each fault alone, in each of its forms and each kind of learner."""
    share = 1.0 / len(learners)
    each = (1.0 - PRIOR_HEALTHY - PRIOR_UNKNOWN) / len(catalogue)
    found = []
    for learner in learners:
        for fault in catalogue:
            ways = [
                Explanation(replace(learner, rollout=length), ((fault, form),), wraps=wraps)
                for form in fault.forms
                if form.applies(learner)
                for wraps in ((False, True) if form.reset_transitions else (False,))
                for length in (rollouts if form.at_ends else (None,))
            ]
            weight = each * (WRAPPER_PRIOR_FACTOR if fault in WRAPPER_FAULTS else 1.0)
            if undiscounted and fault.id == "no-discount":
                weight *= PRIOR_FORGOTTEN
            found += [(way, weight * share * way.faults[0][1].prior / len(ways)) for way in ways]
    return found


def with_numbers_read(catalogue: Sequence[Fault], results: Iterable[Result]) -> tuple[Fault, ...]:
    """The catalogue with the numbers that may have been added to rewards, as the values of Constant show."""
    numbers = {
        float(f"{float(np.mean(one.learned - one.expected)):.2g}")
        for one in results
        if one.outcome == "fail" and one.trial.name == ONE_REWARD and np.shape(one.learned) == (1,)
    }
    few = tuple(sorted(n for n in numbers if np.isfinite(n)))[:MOST_NUMBERS]
    return tuple(with_numbers(few) if one is reward_shifted.FAULT else one for one in catalogue)


def with_one_more(
    best: Iterable[Explanation], faults: Sequence[Fault], catalogue: Sequence[Fault]
) -> list[Weighed]:
    """Each explanation with one more fault."""
    return [
        (
            replace(e, faults=(*e.faults, (fault, form)), wraps=wraps),
            _prior_of_more(e, fault, catalogue),
        )
        for e in best
        for fault in faults
        for form in fault.forms
        if form.applies(e.learner) and not any(_same_place(one, fault, form) for one in e.faults)
        for wraps in {e.wraps, e.wraps or form.reset_transitions}
    ]


def with_something_unknown(best: Iterable[Weighed]) -> list[Weighed]:
    """Each explanation with an unknown fault in addition."""
    return [(replace(e, unknown=True), prior * PRIOR_PARTIAL) for e, prior in best if e.faults]


def _prior_of_more(explanation: Explanation, fault: Fault, catalogue: Sequence[Fault]) -> float:
    """The prior of ``fault`` in addition to ``explanation``; wrappers are often missing together."""
    further = [*(one for one, _ in explanation.faults[1:]), fault]
    rare = PRIOR_PAIR / len(catalogue)
    each = [PRIOR_WRAPPER if one in WRAPPER_FAULTS else rare for one in further]
    return float(np.prod(each)) / len(catalogue)


def _same_place(one: tuple[Fault, Form], fault: Fault, form: Form) -> bool:
    """Whether both are the same fault, or faults of the same wrapper."""
    return one[0] is fault or not one[1].only_on.isdisjoint(form.only_on)
