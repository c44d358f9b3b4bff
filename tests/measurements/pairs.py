"""How well two mistakes at once are named: ``python tests/measurements/pairs.py``.

In each agent of ``people``, two mistakes in different parts are planted together, drawn with a fixed seed.
Mistakes that disturb all learning are left out: nothing else can be seen beside them.
"""

from __future__ import annotations

import argparse
import multiprocessing
import time
import types
import warnings
from itertools import combinations

import numpy as np
from accuracy import MISTAKES, PEOPLE, Cell, Mistake, share
from localisation import shifted

import rlprobe
from rlprobe.faults import fault


def both(one: Mistake, other: Mistake) -> str:
    """The text of the agent with both mistakes; empty if they do not fit together."""
    text = (PEOPLE / f"{one.agent}.py").read_text()
    for row in (one, other):
        if text.count(row.right) != 1:
            return ""
        text = text.replace(row.right, row.wrong)
    return text


def pairs(of_each: int) -> list[tuple[Mistake, Mistake]]:
    """Pairs of mistakes of one agent in different components, ``of_each`` agent."""
    rng, found = np.random.default_rng(0), list[tuple[Mistake, Mistake]]()
    for agent in sorted({row.agent for row in MISTAKES}):
        rows = [r for r in MISTAKES if r.agent == agent and fault(r.names[0]).disturbs != "everything"]
        fitting = [
            (one, other)
            for one, other in combinations(rows, 2)
            if fault(one.names[0]).component != fault(other.names[0]).component and both(one, other)
        ]
        chosen = rng.permutation(len(fitting))[:of_each]
        found += [fitting[i] for i in chosen]
    return found


def diagnosed(task: tuple[Mistake, Mistake, float]) -> Cell:
    """Diagnose one agent with two mistakes."""
    one, other, budget = task
    warnings.simplefilter("ignore")
    began = time.perf_counter()
    module = types.ModuleType(one.agent)
    exec(compile(both(one, other), f"{one.agent}.py", "exec"), module.__dict__)
    report = rlprobe.diagnose(shifted(module.make_agent, 0), seeds=2, jobs=1, budget=budget)
    ranked = [(cause.fault, round(cause.confidence, 3)) for cause in report.causes]
    names = (one.names[0], other.names[0])
    return Cell(one.agent, names, 0, report.verdict, ranked, report.steps, time.perf_counter() - began)


def main() -> None:
    """Diagnose every pair and count."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--each", type=int, default=2, help="pairs of each agent")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--budget", type=float, default=120.0)
    args = parser.parse_args()
    rows = pairs(args.each)
    cells = list[tuple[set[str], Cell]]()
    with multiprocessing.get_context("spawn").Pool(args.jobs, maxtasksperchild=8) as pool:
        results = pool.imap(diagnosed, [(*row, args.budget) for row in rows])
        for (one, other), cell in zip(rows, results, strict=True):
            first = {name for name, _ in cell.ranked[:2]}
            found = {row.names[0] for row in (one, other) if first & set(row.names)}
            cells.append((found, cell))
            print(f"{len(found)} {cell.agent:20} {' + '.join(cell.names):60} {cell.ranked[:3]}", flush=True)
    print(f"detected: {share(sum(cell.detected for _, cell in cells), len(cells))}")
    for least, words in ((2, "both"), (1, "one or both")):
        hits = sum(len(found) >= least for found, _ in cells)
        print(f"{words} among the first two names: {share(hits, len(cells))}")
    print(f"wrong first name with over 50 %: {share(sum(c.wrong for _, c in cells), len(cells))}")


if __name__ == "__main__":
    main()
