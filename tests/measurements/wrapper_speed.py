"""Write the tables of ``docs/wrappers/speed.md``: ``python tests/measurements/wrapper_speed.py``.

``--only TEXT`` prints the shapes whose group or name contains the text, and writes nothing.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import sys
import warnings
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from benchmarks.test_wrapper_speed import overhead  # noqa: E402
from benchmarks.wrapper_shapes import cases  # noqa: E402

PAGE = ROOT / "docs" / "wrappers" / "speed.md"
BEGIN, END = "<!-- measured: {} -->", "<!-- end -->"
HEAD = (
    "| {} | Gymnasium | SB3 | ours | times less | ours, `fast` | times less |\n|---|--:|--:|--:|--:|--:|--:|"
)
GROUPS = {
    "single": "single environment",
    "vector": "environments x components",
    "far": "far from 0",
    "frozen single": "single environment, frozen",
    "frozen vector": "environments x components, frozen",
}


def row(case, found):
    """One line of a table."""
    plain, fast = found.times_less
    numbers = [f"{found.gymnasium:.1f}", "" if found.sb3 is None else f"{found.sb3:.1f}"]
    numbers += [f"{found.plain:.1f}", f"{plain:.1f}"]
    numbers += ["", ""] if found.fast is None else [f"{found.fast:.1f}", f"{fast:.1f}"]
    return f"| {case.name} | " + " | ".join(numbers) + " |"


def summary(results, position):
    """Median and lowest ratio of the shapes that count."""
    ratios = [found.times_less[position] for found in results]
    return f"median {statistics.median(ratios):.1f}, lowest {min(ratios):.1f}"


def replaced(page, mark, text):
    """``page`` with what stands between ``mark`` and its end exchanged for ``text``."""
    begin = BEGIN.format(mark)
    before, after = page.split(begin)
    return f"{before}{begin}\n{text}\n{END}{after.split(END, maxsplit=1)[1]}"


def main():
    """Measure, print, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only")
    only = parser.parse_args().only
    warnings.simplefilter("ignore")
    tables = {group: [HEAD.format(title)] for group, title in GROUPS.items()}
    counting = []
    for case in cases():
        if only and only not in f"{case.group} {case.name}":
            continue
        found = overhead(case)
        tables[case.group].append(row(case, found))
        print(case.group, tables[case.group][-1], flush=True)
        if case.group in {"single", "vector"}:
            counting.append(found)
    if counting:
        lines = [f"without `fast`: {summary(counting, 0)}"]
        lines += [f"with `fast`: {summary(counting, 1)}"] if counting[0].fast else []
        print(*lines, sep="\n")
    if only:
        return
    names = ("gymnasium", "stable-baselines3", "numpy", "numba")
    versions = ", ".join(f"{name} {version(name)}" for name in names)
    text = PAGE.read_text()
    text = replaced(text, "versions", f"{versions}, Python {platform.python_version()}.")
    text = replaced(text, "summary", "\n".join(f"- {line}" for line in lines))
    for group, table in tables.items():
        text = replaced(text, group, "\n" + "\n".join(table) + "\n")
    PAGE.write_text(text)


if __name__ == "__main__":
    main()
