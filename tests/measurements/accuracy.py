"""How well mistakes are found and named: ``python tests/measurements/accuracy.py``.

The agents lie in ``people``, each in one file; ``people/in_*.py`` plant one mistake at a time, as people
make them. Every agent is diagnosed without a mistake and with each of its own.
``--write`` writes the docs page and its picture.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
import time
import types
import warnings
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent / "people"))

from in_agents import MISTAKES as PLANTED
from in_agents import Mistake
from in_policies import POLICIES
from in_updates import UPDATES
from localisation import shifted
from reliability import draw

import rlprobe
from rlprobe.faults import CATALOGUE, fault
from rlprobe.stats.intervals import Share

PEOPLE = Path(__file__).parent / "people"
PAGE = Path(__file__).parents[2] / "docs" / "accuracy.md"
DIAGRAM = PAGE.with_suffix(".png")
SURE = 0.5
MISTAKES = (*PLANTED, *UPDATES, *POLICIES)
BINS = ((0.0, 0.5), (0.5, 0.8), (0.8, 0.95), (0.95, 1.01))


@dataclass
class Cell:
    """What one diagnosis said."""

    agent: str
    names: tuple[str, ...]
    seed: int
    verdict: str
    ranked: list[tuple[str, float]]
    steps: int
    seconds: float

    @property
    def detected(self) -> bool:
        """Whether the verdict is faulty."""
        return self.verdict == "faulty"

    @property
    def first(self) -> tuple[str, float]:
        """The first name and its confidence; empty if there is none."""
        return self.ranked[0] if self.ranked else ("", 0.0)

    @property
    def named(self) -> bool:
        """Whether the first name is right."""
        return self.first[0] in self.names

    @property
    def component(self) -> bool:
        """Whether the first name lies in the right part of the agent."""
        if not self.first[0]:
            return False
        return fault(self.first[0]).component in {one.component for one in CATALOGUE if one.id in self.names}

    @property
    def wrong(self) -> bool:
        """Whether a wrong name stands first with more than 50 %."""
        return self.first[1] > SURE and not self.named


def agent_of(name: str, right: str = "", wrong: str = ""):
    """The factory of one agent, with one piece of text replaced."""
    text = (PEOPLE / f"{name}.py").read_text()
    if right:
        if text.count(right) != 1:
            raise SystemExit(f"{name}: expected the text once, found it {text.count(right)} times: {right!r}")
        text = text.replace(right, wrong)
    module = types.ModuleType(name)
    exec(compile(text, f"{name}.py", "exec"), module.__dict__)
    return module.make_agent


def diagnosed(task: tuple[Mistake, int, float]) -> Cell:
    """Diagnose one agent."""
    row, seed, budget = task
    warnings.simplefilter("ignore")
    began = time.perf_counter()
    agent = agent_of(row.agent, row.right, row.wrong)
    report = rlprobe.diagnose(shifted(agent, seed), seeds=2, jobs=1, budget=budget)
    ranked = [(cause.fault, round(cause.confidence, 3)) for cause in report.causes]
    took = time.perf_counter() - began
    return Cell(row.agent, row.names, seed, report.verdict, ranked, report.steps, round(took, 1))


def share(hits: int, of: int) -> str:
    """A share with its 95 % interval."""
    found = Share(hits, of)
    return f"{hits} of {of} ({100 * found.low:.0f} to {100 * found.high:.0f} %)"


def page(cells: list[Cell], healthy: list[Cell]) -> str:
    """The docs page."""
    right = [one for one in cells if one.ranked]
    lines = [
        "# How well mistakes are named",
        "",
        f"*{len(cells)} diagnoses of {len(MISTAKES)} mistakes in {len({m.agent for m in MISTAKES})} agents",
        "that share no code with the catalogue, and of the same agents without a mistake. Written by",
        "`python tests/measurements/accuracy.py --write`. Intervals are Wilson's, 95 %.*",
        "",
        "| what | how often |",
        "|---|---|",
        f"| detected | {share(sum(c.detected for c in cells), len(cells))} |",
        f"| named first | {share(sum(c.named for c in cells), len(cells))} |",
        f"| first name in the correct component | {share(sum(c.component for c in cells), len(cells))} |",
        f"| wrong name with over 50 % | {share(sum(c.wrong for c in cells), len(cells))} |",
        f"| detected without a name | {share(sum(c.detected and not c.ranked for c in cells), len(cells))} |",
        f"| correct agents called faulty | {share(sum(c.detected for c in healthy), len(healthy))} |",
        f"| environment steps, median | {median(c.steps for c in cells):,.0f} |",
        f"| environment steps of correct agents, median | {median(c.steps for c in healthy):,.0f} |",
        "",
        "## Can the confidence be believed?",
        "",
        "| confidence of the first name | correct |",
        "|---|---|",
    ]
    for low, high in BINS:
        inside = [c for c in right if low <= c.first[1] < high]
        if inside:
            words = f"{100 * low:.0f} to {min(100 * high, 100):.0f} %"
            lines.append(f"| {words} | {share(sum(c.named for c in inside), len(inside))} |")
    lines += [
        "",
        "![Share of right names beside their confidence, with 95 % intervals](accuracy.png)",
        "",
        "The picture counts every name of every report, not only the first one.",
        "",
        "## Each mistake",
        "",
        "| agent | mistake | verdict | first name | steps |",
        "|---|---|---|---|---|",
    ]
    for c in cells:
        name = f"`{c.first[0]}` {100 * c.first[1]:.0f} %" if c.ranked else "none"
        lines.append(f"| {c.agent} | `{c.names[0]}` | {c.verdict} | {name} | {c.steps:,} |")
    return "\n".join(lines) + "\n"


def kept(path: Path | None) -> list[Cell]:
    """The cells of an earlier run of the same tasks that ended early, from the first on."""
    rows = json.loads(path.read_text()) if path is not None and path.exists() else []
    return [Cell(**{**row, "names": tuple(row["names"])}) for row in rows]


def mark(cell: Cell) -> str:
    """One word on a cell."""
    if cell.named or (not cell.names and not cell.detected):
        return "ok"
    if cell.names and not cell.detected:
        return "UNSEEN"
    return "WRONG" if cell.wrong or not cell.names else "miss"


def main() -> None:
    """Diagnose every mistake and count."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--match", default="", help="only mistakes whose agent or name contains this")
    parser.add_argument("--only", default="", help="numbers of mistakes, with commas")
    parser.add_argument("--seeds", type=int, default=1, help="diagnoses of each, with other seeds")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--budget", type=float, default=120.0)
    parser.add_argument(
        "--json", type=Path, help="where cells are kept; those that it holds are not run again"
    )
    parser.add_argument("--write", action="store_true", help="write the docs page")
    args = parser.parse_args()
    numbers = {int(one) for one in args.only.split(",") if one}
    rows = [
        m
        for i, m in enumerate(MISTAKES)
        if (not numbers or i in numbers) and args.match in f"{m.agent} {m.names[0]}"
    ]
    correct = [Mistake(name, (), "", "") for name in sorted({m.agent for m in rows})] if not numbers else []
    tasks = [(row, 100 * seed, args.budget) for seed in range(args.seeds) for row in (*rows, *correct)]
    cells = kept(args.json)
    with multiprocessing.get_context("spawn").Pool(args.jobs, maxtasksperchild=8) as pool:
        for cell in pool.imap(diagnosed, tasks[len(cells) :]):
            cells.append(cell)
            if args.json:
                args.json.write_text(json.dumps([asdict(c) for c in cells], indent=1))
            name = cell.names[0] if cell.names else "(correct)"
            print(
                f"{mark(cell):6} {cell.agent:20} {name:32} {cell.verdict:12} {cell.ranked[:3]} "
                f"{cell.steps:,} steps {cell.seconds:.0f}s",
                flush=True,
            )
    mistaken, healthy = [c for c in cells if c.names], [c for c in cells if not c.names]
    print(Counter(c.verdict for c in healthy), file=sys.stderr)
    if mistaken and healthy:
        text = page(mistaken, healthy)
        print(text.split("## Each mistake")[0])
        if args.write:
            PAGE.write_text(text)
            draw([(chance, name in c.names) for c in cells for name, chance in c.ranked], DIAGRAM)


if __name__ == "__main__":
    main()
