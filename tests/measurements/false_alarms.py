"""How often a correct agent is accused: ``python tests/measurements/false_alarms.py sb3:PPO --seeds 20``.

Prints, for each agent, the verdict over all seeds, every single run whose values or actions were wrong,
and the 95 % upper bound of the share of such runs (exact binomial). With ``--verdicts`` every seed is an
ordinary diagnosis instead, as a user would run it, and its verdict counts; ``--defaults`` takes the library's
own settings:

    python tests/measurements/false_alarms.py sb3:DQN contrib:ARS --verdicts --defaults --seeds 5 --budget 75
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from probe_envs import SUITE
from rlprobe.commands.targets import resolve
from rlprobe.diagnosis.judging.judge import judge
from rlprobe.diagnosis.session import diagnose

JUDGED = [row.name for row in SUITE if row.asks != "exploration"]


def upper_bound(wrong: int, count: int) -> float:
    """The largest chance under which at most ``wrong`` of ``count`` still happens with 5 %."""
    from scipy.stats import beta

    return float(beta.ppf(0.95, wrong + 1, count - wrong))


def verdicts(args: argparse.Namespace) -> None:
    """One ordinary diagnosis for each seed."""
    from localisation import shifted

    faulty = 0
    for target in args.targets:
        for seed in range(args.seeds):
            agent = shifted(resolve(target, defaults=args.defaults), 100 * seed)
            report = diagnose(agent, seeds=2, jobs=args.jobs, budget=args.budget)
            faulty += report.verdict == "faulty"
            print(
                f"{target} {seed}: {report.verdict}, {report.steps:,} steps, {report.seconds:.0f} s",
                flush=True,
            )
            if report.verdict == "faulty":
                print(report)
    count = args.seeds * len(args.targets)
    print(f"{faulty} of {count} faulty; 95 % upper bound {100 * upper_bound(faulty, count):.1f} %")


def main() -> None:
    """Diagnose correct agents over many seeds and count what fails."""
    parser = argparse.ArgumentParser()
    parser.add_argument("targets", nargs="+")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--budget", type=float, default=900.0)
    parser.add_argument("--defaults", action="store_true")
    parser.add_argument("--verdicts", action="store_true")
    args = parser.parse_args()
    if args.verdicts:
        verdicts(args)
        return
    for target in args.targets:
        began = time.perf_counter()
        report = diagnose(
            resolve(target, defaults=args.defaults),
            seeds=args.seeds,
            jobs=args.jobs,
            budget=args.budget,
            only=JUDGED,
            full=True,
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
