"""What the monitors find: ``python tests/measurements/monitors.py --write docs/monitors/measured.md``.

``--results FILE`` keeps every outcome in a file, so that a long measurement can be done in parts: what stands
there is not run again.

Runs scripts with planted mistakes and without, and algorithms of Stable-Baselines3, each under
``rlprobe run`` in a copy of a process that has imported the libraries. Writes a page with the findings on
each mistake, and the alarms on healthy runs with a 95 % Wilson interval.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import runpy
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from monitored import HEALTHY, PLANTED, SB3, Planted

from rlprobe.stats.intervals import Share

WRITTEN = Path(__file__).parents[1] / "monitors" / "written"
OF_SB3 = """
import sys, json, stable_baselines3, torch, gymnasium, probe_envs
torch.set_num_threads(1)
name, env, steps, more, seed = json.loads(sys.argv[1])
model = getattr(stable_baselines3, name)("MlpPolicy", env, seed=seed, device="cpu", **more)
callback = None
if len(sys.argv) > 2:
    from rlprobe.adapters.sb3 import WatchCallback
    callback = WatchCallback(sys.argv[2])
model.learn(steps, callback=callback)
"""
LIMITS = """Ranges were set on healthy runs of the same kinds with other seeds, and on many of these mistakes,
so the shares are optimistic. Each mistake was measured with one seed. A mistake that raises only
a note counts as named, although a note does not change the verdict. All runs were measured with
the same code, except for one threshold: after the first 44 healthy runs and 59 mistakes, the
number of measurements after which a parameter without an optimizer is reported was lowered from
20 to 12. That matters only in runs of under 100 updates."""
Results = dict[str, tuple[str, list[tuple[str, str]]]]
"""Verdict, and findings with severities, of each run."""


@dataclass(frozen=True)
class Cell:
    """One run: a healthy kind or a planted mistake, with a seed."""

    kind: str
    seed: int
    words: tuple[str, ...]
    planted: Planted | None = None

    @property
    def by_callback(self) -> bool:
        """Whether ``WatchCallback`` watches, as it does for every other seed of Stable-Baselines3."""
        return self.kind.startswith("SB3") and self.seed % 2 == 1

    @property
    def key(self) -> str:
        """Its name in the file of results."""
        return f"{self.kind} seed {self.seed}"


def cells(seeds: int, healthy: int, folder: str, first: int = 0) -> list[Cell]:
    """Every run that is wanted: of each seed first the healthy ones, then the planted mistakes."""
    of_sb3 = Path(folder) / "of_sb3.py"
    of_sb3.write_text(OF_SB3)
    found = []
    for number in range(max(seeds, healthy)):
        seed = number
        if number < healthy:
            seed = first + number
            for name, more in HEALTHY:
                words = (str(WRITTEN / name), "--seed", str(seed), *more)
                task = more[1] if more and more[0] == "--env-id" else ""
                found.append(Cell(f"{name} {task}".strip(), seed, words))
            for name, (algorithm, env, steps, settings) in SB3.items():
                said = json.dumps([algorithm, env, steps, settings, seed])
                found.append(Cell(f"SB3 {name}", seed, (str(of_sb3), said)))
        if number < seeds:
            seed = number
            for one in PLANTED:
                words = (str(WRITTEN / one.script), "--seed", str(seed), "--fault", one.fault, *one.more)
                found.append(Cell(f"{one.script} {one.fault}", seed, words, one))
    return found


def watched(cell: Cell) -> tuple[str, list[tuple[str, str]]]:
    """Run a script under the monitors, in a copy of this process."""
    with tempfile.TemporaryDirectory() as folder:
        child = os.fork()
        if child == 0:
            with contextlib.suppress(BaseException), Path(os.devnull).open("w") as nowhere:
                os.dup2(nowhere.fileno(), 1)
                os.dup2(nowhere.fileno(), 2)
                from rlprobe.cli import main as command

                if cell.by_callback:
                    sys.argv = [*cell.words, folder]
                    runpy.run_path(cell.words[0], run_name="__main__")
                else:
                    command(["run", "--quiet", "--out", folder, *cell.words])
            os._exit(0)
        os.waitpid(child, 0)
        path = Path(folder) / "verdict.json"
        if not path.exists():
            raise RuntimeError(f"{cell.key}: expected a verdict, got none: run it by hand to see why")
        said = json.loads(path.read_text())
    if said.get("problems"):
        print("  problems:", said["problems"])
    return said["verdict"], [(one["id"], one["severity"]) for one in said["findings"]]


def page(done: list[Cell], results: Results) -> str:
    """The documentation page."""
    planted = [one for one in done if one.planted]
    healthy = [one for one in done if not one.planted]
    named, caught, rows = [], [], []
    for one in planted:
        assert one.planted is not None
        verdict, found = results[one.key]
        named.append(any(name in one.planted.names for name, _ in found))
        caught.append(_alarms(found) != [] or named[-1])
        word = "yes" if named[-1] else "other" if caught[-1] else "**missed**"
        names = ", ".join(name for name, _ in found) or "nothing"
        rows.append(f"| {one.planted.script} | {one.planted.fault} | {verdict} | {names} | {word} |")
    calm = []
    for kind in dict.fromkeys(one.kind for one in healthy):
        these = [one for one in healthy if one.kind == kind]
        alarms = sorted({name for one in these for name in _alarms(results[one.key][1])})
        hit = sum(1 for one in these if _alarms(results[one.key][1]))
        calm.append(f"| {kind} | {len(these)} | {hit} | {', '.join(alarms) or 'none'} |")
    false = sum(1 for one in healthy if _alarms(results[one.key][1]))
    how = (
        "Written by `python tests/measurements/monitors.py`: short runs, each in a process of its own. "
        "Verdicts depend on numbers of steps and updates, and not on the speed of the machine."
    )
    right = (
        f"**Planted mistakes**: {_in_words(sum(caught), len(caught))} raise a finding, "
        f"{_in_words(sum(named), len(named))} one that names the mistake."
    )
    parts = [
        "# How often the monitors are correct",
        how,
        right,
        f"**Healthy runs**: {_in_words(false, len(healthy))} raise an alarm. Notes are not alarms.",
        LIMITS,
        (Path(__file__).parent / "monitors_cost.md").read_text().strip(),
        "## Planted mistakes",
        "| script | mistake | verdict | findings | named |\n|---|---|---|---|---|\n" + "\n".join(rows),
        "## Healthy runs",
        "| run | seeds | with an alarm | alarms |\n|---|---|---|---|\n" + "\n".join(calm),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _alarms(found: list[tuple[str, str]]) -> list[str]:
    """The findings that change the verdict."""
    return [name for name, severity in found if severity != "note"]


def _in_words(hits: int, total: int) -> str:
    share = Share(hits, total)
    return f"{hits} of {total} (95 % interval {100 * share.low:.1f} to {100 * share.high:.1f} %)"


def _read(path: str | None) -> Results:
    """Outcomes that were measured before, the latest of each."""
    if path is None or not Path(path).exists():
        return {}
    rows = [json.loads(line) for line in Path(path).read_text().splitlines()]
    return {key: (verdict, [(name, severity) for name, severity in found]) for key, verdict, found in rows}


def main() -> None:
    """Run everything and write the page."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=1, help="of each planted mistake")
    parser.add_argument("--healthy", type=int, default=5, help="seeds of each healthy run")
    parser.add_argument(
        "--first-seed", type=int, default=0, help="of healthy runs; ranges were set on 0 to 9"
    )
    parser.add_argument("--only", default="", help="part of the name of mistakes or healthy runs")
    parser.add_argument("--write", help="the page")
    parser.add_argument("--results", help="file of JSON lines that outcomes are added to, and read from")
    parser.add_argument("--read-only", action="store_true", help="run nothing: show what is in the file")
    args = parser.parse_args()
    results = _read(args.results)
    import stable_baselines3  # noqa: F401 - so that copies of this process need not import it
    import torch

    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        wanted = [
            one for one in cells(args.seeds, args.healthy, folder, args.first_seed) if args.only in one.key
        ]
        for cell in wanted if not args.read_only else ():
            if cell.key in results:
                continue
            results[cell.key] = watched(cell)
            print(cell.key, *results[cell.key], flush=True)
            if args.results:
                with Path(args.results).open("a") as file:
                    file.write(json.dumps([cell.key, *results[cell.key]]) + "\n")
    text = page([one for one in wanted if one.key in results], results)
    if args.write:
        Path(args.write).write_text(text)
    else:
        print(text)


if __name__ == "__main__":
    main()
