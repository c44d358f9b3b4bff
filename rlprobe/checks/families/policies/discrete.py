"""Entropy ``-sum p log p`` and Kullback-Leibler divergence ``sum p log(p / q)`` of categorical policies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.checks.families.batches import REDUCED, batches, reductions, softmax
from rlprobe.checks.families.policies.pairs import in_order
from rlprobe.checks.family import Family, Mistake, Role, Variant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rlprobe.checks.case import Case
    from rlprobe.checks.family import Outputs

AXES = {"logits": "BA", "q_logits": "BA"}
DERIVED: dict[str, Callable[[Case], Any]] = {
    "p": lambda c: softmax(c.logits),
    "q": lambda c: softmax(c.q_logits),
    "log_p": lambda c: np.log(softmax(c.logits)),
    "log_q": lambda c: np.log(softmax(c.q_logits)),
}


def _make(random: np.random.Generator, rows: int) -> dict[str, Any]:
    actions = 4 if rows == 7 else int(random.integers(2, 5))
    return {name: random.normal(size=(rows, actions)) * 1.5 + 0.7 for name in AXES}


def _cases() -> Iterator[Case]:
    uniform = np.zeros((4, 3))
    edges = {
        "the same distribution twice": {
            "logits": uniform + np.array([0.0, 1.0, 2.0]),
            "q_logits": uniform + np.array([0.0, 1.0, 2.0]),
        },
        "uniform": {"logits": uniform, "q_logits": uniform + np.array([0.0, 1.0, 0.5])},
        "nearly certain": {
            "logits": uniform + np.array([0.0, 12.0, 0.0]),
            "q_logits": uniform + np.array([0.0, 6.0, 0.0]),
        },
    }
    return batches(_make, AXES, DERIVED, edges)


def _forms(letter: str, logits: str) -> tuple[Variant, ...]:
    return (
        Variant(lambda c: getattr(c, letter), "BA", "`{name}` holds probabilities"),
        Variant(lambda c: getattr(c, logits), "BA", "`{name}` holds logits"),
        Variant(lambda c: getattr(c, f"log_{letter}"), "BA", "`{name}` holds log-probabilities"),
    )


P, Q = _forms("p", "logits"), _forms("q", "q_logits")


def _wrong_sums(terms: Callable[[Case], Any], quantity: str) -> tuple[Mistake, ...]:
    """Mistakes in how the terms of the actions are put together."""
    return (
        Mistake(
            "sign-flipped",
            f"the {quantity} with the opposite sign",
            lambda c: reductions(-terms(c).sum(axis=-1)),
        ),
        Mistake(
            "entropy-miscomputed",
            f"the {quantity} with a mean over the actions where a sum belongs",
            lambda c: reductions(terms(c).mean(axis=-1)),
            "(p * log_p).mean(-1)",
            "(p * log_p).sum(-1)",
        ),
        Mistake(
            "entropy-miscomputed",
            f"the {quantity} with a mean over the actions where a sum belongs, and the opposite sign",
            lambda c: reductions(-terms(c).mean(axis=-1)),
        ),
        Mistake(
            "wrong-log-base",
            f"the {quantity} in bits: with log2 in place of the natural logarithm",
            lambda c: reductions(terms(c).sum(axis=-1) / np.log(2)),
            "torch.log2(p)",
            "torch.log(p)",
        ),
    )


def _entropy_terms(c: Case) -> Any:
    return -c.p * c.log_p


def _entropy_of(p: Any) -> Outputs:
    return reductions(-(p * np.log(p)).sum(axis=-1))


CATEGORICAL_ENTROPY = Family(
    name="entropy_categorical",
    what="entropy of a categorical policy, H = -sum_a p(a) log p(a)",
    words=(r"(categorical|discrete).*entropy", r"entropy.*(categorical|discrete)", r"entropy"),
    roles=(
        Role("p", "probs prob probabilities action_probs probability policy_probs pi_probs", P[:1]),
        Role("policy", "pi p dist x distribution ps action_dist", P),
        Role(
            "logits",
            "logit action_logits policy_logits scores",
            (P[1],),
        ),
        Role("log_p", "log_probs logp log_pi logprobs log_prob action_log_probs", (P[2], P[1])),
    ),
    needs=(frozenset({"p", "logits", "log_p", "policy"}),),
    outputs=REDUCED,
    right=lambda c: _entropy_of(c.p),
    cases=_cases,
    strict=True,
    mistakes=(
        *_wrong_sums(_entropy_terms, "entropy"),
        Mistake(
            "entropy-miscomputed",
            "the mean of -log p over the actions, not weighted by their probability",
            lambda c: reductions(-c.log_p.mean(axis=-1)),
        ),
        Mistake(
            "entropy-miscomputed",
            "the sum of -log p over the actions, not weighted",
            lambda c: reductions(-c.log_p.sum(axis=-1)),
        ),
        Mistake(
            "softmax-twice",
            "the entropy of probabilities that went through the softmax a second time",
            lambda c: _entropy_of(softmax(c.p)),
            "Categorical(logits=probs)",
            "Categorical(probs=probs)",
        ),
        Mistake(
            "logits-as-probabilities",
            "the entropy of logits that were only divided by their sum, without a softmax",
            lambda c: _entropy_of(np.maximum(c.logits / c.logits.sum(axis=-1, keepdims=True), 1e-12)),
            "Categorical(probs=logits)",
            "Categorical(logits=logits)",
        ),
        Mistake(
            "entropy-miscomputed",
            "the entropy of the most likely action alone",
            lambda c: reductions(_entropy_terms(c).max(axis=-1)),
        ),
        Mistake(
            "entropy-miscomputed",
            "-log of the largest probability",
            lambda c: reductions(-c.log_p.max(axis=-1)),
        ),
        Mistake(
            "softmax-over-batch",
            "the entropy after a softmax over the batch, not over the actions",
            lambda c: reductions(-(softmax(c.logits.T).T * np.log(softmax(c.logits.T).T)).sum(axis=-1)),
            "logits.softmax(dim=0)",
            "logits.softmax(dim=-1)",
            many=True,
        ),
    ),
    example="case.logits",
)


def _kl_terms(c: Case) -> Any:
    return c.p * (c.log_p - c.log_q)


def _reverse(c: Case) -> Any:
    return (c.q * (c.log_q - c.log_p)).sum(axis=-1)


def _either(names: str) -> str:
    """A name of one of two distributions, with what people put before or after it."""
    marks = ["p", "q", "old", "new", "a", "b", "0", "1", "2", "target", "other", "ref"]
    marked = [f"{n}_{m}" for n in names.split() for m in marks] + [
        f"{m}_{n}" for n in names.split() for m in marks
    ]
    return " ".join([names, *marked, *(f"{n}{m}" for n in names.split() for m in marks if m.isdigit())])


EITHER = _either("probs prob pi policy dist p q") + " p_old p_new old new a b"
LOGITS, LOG_PROBS = _either("logits logit"), _either("log_probs logp log_p log_q")
CATEGORICAL_KL = Family(
    name="kl_categorical",
    what="divergence of categorical policies, KL(p || q) = sum_a p(a) log(p(a) / q(a))",
    words=(r"(categorical|discrete).*kl", r"kl.*(categorical|discrete)", r"(^|_)kl"),
    roles=(
        Role("p", EITHER, P),
        Role("q", EITHER, Q),
        Role("logits", LOGITS, P[1:2]),
        Role("q_logits", LOGITS, Q[1:2]),
        Role("log_p", LOG_PROBS, (P[2],)),
        Role("log_q", LOG_PROBS, (Q[2],)),
    ),
    needs=(frozenset({"p", "logits", "log_p"}), frozenset({"q", "q_logits", "log_q"})),
    sensible=lambda passed: in_order(passed, frozenset({"p", "logits", "log_p"})),
    outputs=REDUCED,
    right=lambda c: reductions(_kl_terms(c).sum(axis=-1)),
    cases=_cases,
    strict=True,
    mistakes=(
        Mistake(
            "kl-reversed",
            "the divergence the other way round, KL(q || p)",
            lambda c: reductions(_reverse(c)),
            "F.kl_div(p.log(), q)  # this is KL(q || p)",
            "F.kl_div(q.log(), p)  # this is KL(p || q)",
        ),
        *_wrong_sums(_kl_terms, "divergence"),
        Mistake(
            "kl-cross-entropy",
            "the cross-entropy -sum p log q: the entropy of p is missing",
            lambda c: reductions(-(c.p * c.log_q).sum(axis=-1)),
            "-(p * log_q).sum(-1)",
            "(p * (log_p - log_q)).sum(-1)",
        ),
        Mistake(
            "kl-not-weighted",
            "the sum of log(p / q) over the actions, not weighted by p",
            lambda c: reductions((c.log_p - c.log_q).sum(axis=-1)),
            "(log_p - log_q).sum(-1)",
            "(p * (log_p - log_q)).sum(-1)",
        ),
        Mistake(
            "kl-not-weighted",
            "the mean of log(p / q) over the actions, not weighted",
            lambda c: reductions((c.log_p - c.log_q).mean(axis=-1)),
        ),
        Mistake(
            "kl-logits-subtracted",
            "differences of logits that were not normalised, weighted by p",
            lambda c: reductions((c.p * (c.logits - c.q_logits)).sum(axis=-1)),
            "(p * (p_logits - q_logits)).sum(-1)",
            "(p * (log_softmax(p_logits) - log_softmax(q_logits))).sum(-1)",
        ),
        Mistake(
            "kl-reversed",
            "the divergence weighted by q in place of p",
            lambda c: reductions((c.q * (c.log_p - c.log_q)).sum(axis=-1)),
        ),
    ),
    example="case.p, case.q",
)
