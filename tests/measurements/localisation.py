"""How often the right fault is named first: ``python tests/measurements/localisation.py``.

Prints one line per diagnosis and a summary per fault; ``--repeats N`` diagnoses each agent N times with
different seeds, ``--match TEXT`` only those whose name contains the text.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import defaultdict
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[1]))

from probe_envs import SUITE
from rlprobe.diagnosis.session import diagnose

JUDGED = [row.name for row in SUITE if row.asks != "exploration"]


def shifted(make_agent, offset):
    """The same factory with every seed raised by ``offset``."""
    from dataclasses import replace
    from functools import wraps

    @wraps(make_agent, updated=())
    def build(env, setting):
        return make_agent(env, replace(setting, seed=setting.seed + offset))

    for name in ("actions", "vector", "autoreset_modes", "name"):
        if hasattr(make_agent, name):
            setattr(build, name, getattr(make_agent, name))
    return build


def main() -> None:
    """Diagnose every planted fault and count."""
    from planted import PLANTED

    parser = argparse.ArgumentParser()
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--match", default="")
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--budget", type=float, default=90.0)
    parser.add_argument("--families", nargs="*", default=[])
    parser.add_argument("--one-form", action="store_true", help="one form per fault and family")
    parser.add_argument("--verbose", action="store_true")
    args = parser.parse_args()
    hits, done, steps = defaultdict(list), set(), []
    for planted in PLANTED:
        if args.match not in str(planted) or (args.families and planted.family not in args.families):
            continue
        if args.one_form and (planted.family, planted.fault) in done:
            continue
        done.add((planted.family, planted.fault))
        for repeat in range(args.repeats):
            began = time.perf_counter()
            agent = shifted(planted.make_agent, 100 * repeat)
            report = diagnose(agent, seeds=args.seeds, jobs=args.jobs, budget=args.budget, only=JUDGED)
            first = report.causes[0].fault if report.causes else "-"
            right = first == planted.fault
            hits[planted.fault].append(right)
            steps.append(report.steps)
            ranked = ", ".join(f"{c.fault} {c.confidence:.2f}" for c in report.causes[:3])
            seconds = time.perf_counter() - began
            crash = f" CRASH {report.crash[1].error}" if report.crash else ""
            print(
                f"{'ok  ' if right else 'MISS'} {seconds:4.0f}s {planted}: {report.verdict} [{ranked}]"
                f" {report.steps:,} steps"
                f"{crash}",
                flush=True,
            )
            if args.verbose or not right:
                print(report, flush=True)
    for fault, found in sorted(hits.items()):
        print(f"{fault:45} {sum(found)}/{len(found)}")
    total = [x for found in hits.values() for x in found]
    print(f"first-ranked right: {sum(total)}/{len(total)}; median {median(steps):,.0f} steps")


if __name__ == "__main__":
    main()
