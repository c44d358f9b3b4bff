"""Which probe shows which fault: ``python tests/measurements/probes_and_faults.py --write``.

Every form of every fault is solved exactly on every probe of the usual suite, for learners with one-step
targets and with lambda-returns. A probe shows a form if a diagnosis of the predicted values or actions fails
it. It tells two faults apart if their predictions there differ by more than twice the tolerance.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from diagnosis.synthetic import results_for

from rlprobe.diagnosis.trial import tolerance
from rlprobe.faults import FAULTS
from rlprobe.faults.transitions import Learner

PAGE = Path(__file__).parents[2] / "docs" / "probes_and_faults.md"
LEARNERS = (Learner(gamma=0.9), Learner(gamma=0.9, lam=0.95))
ROLLOUT = 5
HUGE = 50.0
"""Values beyond this are not told apart."""
MOST_NAMED = 3


def forms(learner):
    """The results of each form of each fault that such a learner can have: ``(fault, {probe: result})``."""
    for fault in FAULTS:
        for form in fault.forms:
            if form.applies(learner):
                short = replace(learner, rollout=ROLLOUT if form.at_ends else None)
                results = results_for(short, ((fault, form),), modes=("next_step",), noise=0.0)
                yield fault.id, {result.trial.label: result for result in results}


def differ(one, other) -> bool:
    """Whether two results on one probe tell their faults apart."""
    if one.trial.probe.asks != "value":
        return (one.outcome == "fail") != (other.outcome == "fail")
    gap = np.clip(one.learned, -HUGE, HUGE) - np.clip(other.learned, -HUGE, HUGE)
    return bool((abs(gap) > 2 * tolerance(np.asarray(one.expected))).any())


def page() -> str:
    """The docs page."""
    shown: dict[str, list[set[str]]] = defaultdict(list)
    alone, pairs = defaultdict(set), defaultdict(set)
    probes: dict[str, None] = {}
    for learner in LEARNERS:
        rows = list(forms(learner))
        probes |= dict.fromkeys(label for _, results in rows for label in results)
        for fault, results in rows:
            fails = {label for label, result in results.items() if result.outcome == "fail"}
            shown[fault].append(fails)
            if len(fails) == 1:
                alone[fails.pop()].add(fault)
        for (one, first), (other, second) in combinations(rows, 2):
            telling = [p for p in first if one != other and p in second and differ(first[p], second[p])]
            if len(telling) == 1:
                pairs[telling[0]].add((one, other))
    return "\n".join(lines(list(probes), shown, alone, pairs)) + "\n"


def mark(fails) -> str:
    """Whether all forms of a fault fail a probe, some, or none."""
    return "●" if all(fails) else "○" if any(fails) else ""


def lines(probes, shown, alone, pairs):
    """The lines of the page."""
    yield from (
        "# Which probe shows which fault",
        "",
        "*Solved exactly, for learners with one-step targets and with lambda-returns (lambda 0.95),",
        f"gamma 0.9 and rollouts of {ROLLOUT} steps where a fault depends on them. Written by",
        "`python tests/measurements/probes_and_faults.py --write`.*",
        "",
        "●: an agent with this fault fails this probe, in every form of the fault; ○: in some forms.",
        "",
        "| fault | " + " | ".join(probes) + " |",
        "|---|" + ":-:|" * len(probes),
    )
    for fault, failed in shown.items():
        marks = [mark([p in fails for fails in failed]) for p in probes]
        yield f"| [`{fault}`](faults/{fault}.md) | " + " | ".join(marks) + " |"
    yield from (
        "",
        "## What each probe adds",
        "",
        "Most faults fail several probes, so that one unlucky run does not decide. Some are shown by one",
        "probe only, and some pairs of faults can be distinguished by one probe only.",
        "",
        "| probe | faults shown | shown by no other probe | pairs that no other probe distinguishes |",
        "|---|--:|---|---|",
    )
    for probe in probes:
        count = sum(any(probe in f for f in failed) for failed in shown.values())
        only = ", ".join(f"`{name}`" for name in sorted(alone[probe]))
        told = [f"`{one}` / `{other}`" for one, other in sorted(pairs[probe])]
        more = f" and {len(told) - MOST_NAMED} more" if len(told) > MOST_NAMED else ""
        yield f"| {probe} | {count} | {only} | {', '.join(told[:MOST_NAMED])}{more} |"
    yield from (
        "",
        "Faults that are seen directly (gradients that accumulate, networks in the wrong mode, seeds,",
        "evaluation) need no probe; those of soft values and wrappers are on [their pages](faults/index.md).",
    )


def main() -> None:
    """Print the page, or write it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--write", action="store_true", help="write the docs page")
    args = parser.parse_args()
    text = page()
    if args.write:
        PAGE.write_text(text)
    else:
        print(text)


if __name__ == "__main__":
    main()
