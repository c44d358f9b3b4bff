"""How often a correct agent is accused: ``python tests/measurements/false_alarms.py sb3:PPO --seeds 20``.

Prints, for each agent, the verdict over all seeds, every single run whose values or actions were wrong,
and the 95 % upper bound of the share of such runs (exact binomial).
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from probe_envs import SUITE
from rlprobe.commands.targets import resolve
from rlprobe.diagnosis.inference.judge import judge
from rlprobe.diagnosis.session import diagnose

JUDGED = [row.name for row in SUITE if row.asks != "exploration"]


def upper_bound(wrong: int, count: int) -> float:
    """The largest chance under which at most ``wrong`` of ``count`` still happens with 5 %."""
    from scipy.stats import beta

    return float(beta.ppf(0.95, wrong + 1, count - wrong))


def main() -> None:
    """Diagnose correct agents over many seeds and count what fails."""
    parser = argparse.ArgumentParser()
    parser.add_argument("targets", nargs="+")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--budget", type=float, default=900.0)
    args = parser.parse_args()
    for target in args.targets:
        began = time.perf_counter()
        report = diagnose(
            resolve(target), seeds=args.seeds, jobs=args.jobs, budget=args.budget, only=JUDGED, full=True
        )
        votes = [(r.trial.label, run.seed, judge(r.trial, [run])) for r in report.results for run in r.runs]
        failed = [(label, seed) for label, seed, result in votes if result.outcome == "fail"]
        open_ = [(label, seed) for label, seed, result in votes if result.outcome == "undecided"]
        probes = [r.trial.label for r in report.results if r.outcome == "fail"]
        print(
            f"{target}: {report.verdict}; failing probes {probes}; {len(votes)} runs, failed {failed}, "
            f"undecided {open_}; 95 % upper bound of failing runs "
            f"{100 * upper_bound(len(failed), len(votes)):.2f} %; {time.perf_counter() - began:.0f} s",
            flush=True,
        )


if __name__ == "__main__":
    main()
