"""How well mistakes in unchanged scripts are found: ``python tests/measurements/script_accuracy.py``.

The scripts lie in ``tests/scripts/written``; ``people/in_scripts.py`` plants one mistake at a time.
``--value none`` leaves out the critic, so that behaviour alone has to tell.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent / "people"))

from accuracy import Cell, mark, share
from in_scripts import MISTAKES

import rlprobe
from rlprobe.scripts import script_agent

WRITTEN = Path(__file__).parents[1] / "scripts" / "written"


def main() -> None:
    """Diagnose every script and count."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--match", default="")
    parser.add_argument("--only", default="", help="numbers of mistakes, with commas")
    parser.add_argument("--budget", type=float, default=120.0)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--value", default=None, help="expression of the critic; none to leave it out")
    args = parser.parse_args()
    numbers = {int(one) for one in args.only.split(",") if one}
    cells = []
    for i, row in enumerate(MISTAKES):
        if (numbers and i not in numbers) or args.match not in f"{row.agent} {row.names[0]}":
            continue
        text = (WRITTEN / f"{row.agent}.py").read_text()
        if text.count(row.right) != 1:
            raise SystemExit(
                f"{row.agent}: expected once, found {text.count(row.right)} times: {row.right!r}"
            )
        began = time.perf_counter()
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"{row.agent}.py"
            path.write_text(text.replace(row.right, row.wrong))
            report = rlprobe.diagnose(
                script_agent(path, value=args.value), seeds=args.seeds, jobs=2, budget=args.budget
            )
        ranked = [(cause.fault, round(cause.confidence, 3)) for cause in report.causes]
        took = time.perf_counter() - began
        cell = Cell(row.agent, row.names, 0, report.verdict, ranked, report.steps, took)
        cells.append(cell)
        print(
            f"{mark(cell):6} {i:2} {row.agent:18} {row.names[0]:32} {cell.verdict:12} {ranked[:3]} "
            f"{cell.steps:,} steps {took:.0f}s",
            flush=True,
        )
    print("detected", share(sum(c.detected for c in cells), len(cells)))
    print("named first", share(sum(c.named for c in cells), len(cells)))
    print("wrong name with over 50 %", share(sum(c.wrong for c in cells), len(cells)))


if __name__ == "__main__":
    main()
