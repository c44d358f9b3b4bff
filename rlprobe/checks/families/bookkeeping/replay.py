"""Prioritised replay: probabilities ``p_i^alpha / sum p^alpha`` and weights ``(N P_i)^-beta / max w``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.checks.families.batches import batches
from rlprobe.checks.family import Family, Mistake, number, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rlprobe.checks.case import Case
    from rlprobe.checks.family import Outputs

DERIVED: dict[str, Callable[[Case], Any]] = {
    "probabilities": lambda c: c.priorities**c.alpha / (c.priorities**c.alpha).sum(),
    "size": lambda c: len(c.priorities),
}


def _priorities(random: np.random.Generator, rows: int) -> dict[str, Any]:
    return {
        "priorities": np.round(random.random(rows) * 3 + 0.05, 2),
        "alpha": round(float(random.uniform(0.3, 0.9)), 2),
        "beta": round(float(random.uniform(0.3, 0.9)), 2),
    }


def _cases() -> Iterator[Case]:
    return batches(
        _priorities,
        {"priorities": "B"},
        DERIVED,
        {"equal priorities": {"priorities": np.full(4, 0.7)}},
        smallest=2,
    )


WEIGHTS = {"weights, divided by the largest": "B", "weights as they are": "B"}


def _weights(c: Case, **wrong: Any) -> Outputs:
    p = wrong.get("p", lambda c: c.probabilities)(c)
    raw = (wrong.get("count", lambda c: c.size)(c) * p) ** wrong.get("power", lambda c: -c.beta)(c)
    return {"weights, divided by the largest": raw / raw.max(), "weights as they are": raw}


def _with(**wrong: Callable[[Case], Any]) -> Callable[[Case], Outputs]:
    return lambda c: _weights(c, **wrong)


def _scaled(by: Callable[[Any], Any]) -> Callable[[Case], Outputs]:
    return lambda c: dict.fromkeys(
        WEIGHTS, _weights(c)["weights as they are"] / by(_weights(c)["weights as they are"])
    )


def _unscaled(compute: Callable[[Case], Any]) -> Callable[[Case], Outputs]:
    return lambda c: {"weights as they are": compute(c)}


ROLES = (
    plain("priorities", "B", "priority prios prio p_i td_errors deltas td_error tree_priorities ps"),
    plain(
        "probabilities",
        "B",
        "probs prob p sampling_probs sampling_probabilities sample_probs sample_probabilities P_i pi probas p_sample",
    ),
    number("alpha", "a prio_alpha exponent priority_exponent per_alpha", (0.6, 0.5, 0.7, 1.0, 0.4)),
    number("beta", "b is_beta importance_beta importance_exponent beta_frame per_beta", (0.4, 0.5, 1.0, 0.6)),
    plain(
        "size",
        "",
        "n N buffer_size capacity num_entries length replay_size total buffer_len n_entries memory_size count",
    ),
)
PER_WEIGHTS = Family(
    name="per_weights",
    what="weights of prioritised replay, w_i = (N P_i)^-beta, divided by the largest",
    words=(
        r"(per|is|importance|prio\w*).*weights?",
        r"weights?.*(per|is|importance|prio)",
        r"importance",
        r"weights?",
    ),
    roles=ROLES,
    needs=(frozenset({"priorities", "probabilities"}),),
    outputs=WEIGHTS,
    right=_weights,
    cases=_cases,
    strict=True,
    mistakes=(
        Mistake(
            "per-bias",
            "the weights with +beta: frequent transitions count more, not less",
            _with(power=lambda c: c.beta),
            "(N * P) ** beta",
            "(N * P) ** -beta",
        ),
        Mistake("per-bias", "the weights without beta", _with(power=lambda _: -1.0)),
        Mistake("per-bias", "the weights with 1 - beta", _with(power=lambda c: -(1 - c.beta))),
        Mistake(
            "per-bias",
            "weights of 1: nothing is corrected",
            lambda c: dict.fromkeys(WEIGHTS, np.ones(c.size)),
        ),
        Mistake(
            "per-bias",
            "the weights from priorities that were not raised to alpha",
            _with(p=lambda c: c.priorities / c.priorities.sum()),
        ),
        Mistake(
            "per-bias",
            "the weights from priorities that were not divided by their sum",
            _with(p=lambda c: c.priorities**c.alpha),
        ),
        Mistake("per-bias", "the weights from plain priorities", _with(p=lambda c: c.priorities)),
        Mistake("per-bias", "the weights with alpha in place of beta", _with(power=lambda c: -c.alpha)),
        Mistake(
            "per-bias",
            "the weights without N, not divided by the largest",
            _unscaled(lambda c: c.probabilities**-c.beta),
        ),
        Mistake(
            "per-bias",
            "the weights with N outside the power",
            _unscaled(lambda c: c.size * c.probabilities**-c.beta),
        ),
        Mistake(
            "per-bias",
            "the weights with 1 / N outside the power",
            _unscaled(lambda c: c.probabilities**-c.beta / c.size),
        ),
        Mistake(
            "per-weights-scale",
            "the weights divided by their sum",
            _scaled(np.sum),
            "w / w.sum()",
            "w / w.max()",
        ),
        Mistake("per-weights-scale", "the weights divided by their mean", _scaled(np.mean)),
        Mistake("per-weights-scale", "the weights divided by the smallest", _scaled(np.min)),
    ),
    example="case.priorities, case.alpha, case.beta",
)


def _shares(compute: Callable[[Case], Any]) -> Callable[[Case], Outputs]:
    def of(c: Case) -> Outputs:
        raw = compute(c)
        return {"probabilities": raw / raw.sum()}

    return of


def _as_is(compute: Callable[[Case], Any]) -> Callable[[Case], Outputs]:
    return lambda c: {"probabilities": compute(c)}


PER_PROBABILITIES = Family(
    name="per_probabilities",
    what="probabilities of prioritised replay, P_i = p_i^alpha / sum_k p_k^alpha",
    words=(
        r"(per|prio\w*|sampl\w*|proportional).*(prob|dist)",
        r"prob.*(per|prio|sampl)",
        r"proportional",
        r"probs?",
    ),
    roles=tuple(role for role in ROLES if role.name in {"priorities", "alpha"}),
    needs=(frozenset({"priorities"}),),
    outputs={"probabilities": "B"},
    right=lambda c: {"probabilities": c.probabilities},
    cases=_cases,
    strict=True,
    mistakes=(
        Mistake(
            "per-bias",
            "the probabilities without alpha",
            _shares(lambda c: c.priorities),
            "p / p.sum()",
            "p**alpha / (p**alpha).sum()",
        ),
        Mistake("per-bias", "equal probabilities", _shares(lambda c: np.ones(c.size))),
        Mistake(
            "per-bias",
            "priorities to the alpha, not divided by their sum",
            _as_is(lambda c: c.priorities**c.alpha),
        ),
        Mistake(
            "per-bias",
            "shares raised to alpha: they do not sum to 1",
            _as_is(lambda c: (c.priorities / c.priorities.sum()) ** c.alpha),
        ),
        Mistake(
            "per-bias",
            "priorities to the alpha, divided by the sum of plain priorities",
            _as_is(lambda c: c.priorities**c.alpha / c.priorities.sum()),
        ),
        Mistake(
            "per-bias",
            "the probabilities with 1 / alpha",
            _shares(lambda c: c.priorities ** (1 / c.alpha)),
        ),
        Mistake(
            "per-bias",
            "the probabilities with -alpha: small priorities first",
            _shares(lambda c: c.priorities**-c.alpha),
        ),
        Mistake("per-bias", "a softmax of the priorities", _shares(lambda c: np.exp(c.priorities))),
        Mistake(
            "per-bias",
            "a softmax of alpha times the priorities",
            _shares(lambda c: np.exp(c.alpha * c.priorities)),
        ),
        Mistake(
            "per-bias",
            "alpha times the share, which is not a power",
            _as_is(lambda c: c.alpha * c.priorities / c.priorities.sum()),
        ),
        Mistake(
            "per-bias",
            "priorities to the alpha, divided by the largest",
            _as_is(lambda c: c.priorities**c.alpha / (c.priorities**c.alpha).max()),
        ),
    ),
    example="case.priorities, case.alpha",
)
