"""Which mistakes a check finds: ``python tests/measurements/planted_functions.py [--markdown]``.

Prints, for each planted function, what the check said, and how many were caught and named. With
``--markdown`` it prints the table of the documentation.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from checks.mistakes import PLANTED, bookkeeping, policies, rollouts, strangers, targets  # noqa: F401 - they register

import rlprobe


def said(one):
    """The id that the check names, ``"unnamed"``, or ``"missed"``."""
    try:
        getattr(rlprobe.check, one.family)(one.function)
    except rlprobe.check.CheckFailure as failure:
        return failure.mistake or "unnamed"
    except (rlprobe.check.NotUnderstoodError, rlprobe.check.FunctionRaisedError) as error:
        return f"missed ({type(error).__name__})"
    return "missed"


def table(rows):
    """A row for each family in Markdown."""
    lines = ["| family | planted | caught | named | mistakes |", "| --- | --- | --- | --- | --- |"]
    for family in dict.fromkeys(one.family for one, _, _ in rows):
        mine = [(one, answer) for one, answer, _ in rows if one.family == family]
        caught = sum("missed" not in answer for _, answer in mine)
        named = sum(answer == one.mistake for one, answer in mine)
        ids = ", ".join(dict.fromkeys(f"`{one.mistake}`" for one, _ in mine))
        lines.append(f"| `{family}` | {len(mine)} | {caught} | {named} | {ids} |")
    return "\n".join(lines)


def main() -> None:
    """Check every planted function."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--markdown", action="store_true")
    args = parser.parse_args()
    rows = []
    for one in PLANTED:
        began = time.process_time()
        rows.append((one, said(one), time.process_time() - began))
    if args.markdown:
        print(table(rows))
        return
    for one, answer, seconds in rows:
        mark = "ok  " if answer == one.mistake else "MISS" if "missed" in answer else "name"
        print(f"{mark} {one.family:24} {one.function.__name__:34} {answer}  {seconds:.1f} s")
    caught = sum("missed" not in answer for _, answer, _ in rows)
    named = sum(answer == one.mistake for one, answer, _ in rows)
    seconds = sum(s for *_, s in rows)
    print(f"{len(rows)} planted, {caught} caught, {named} named; {seconds:.0f} s of processor time")


if __name__ == "__main__":
    main()
