"""How well faults are told from choices alone: ``python tests/measurements/choices_accuracy.py``.

Mistakes in values, as people make them, in two scripts of ``tests/scripts/written``, one at a time, with
``--value none``: no critic is read. ``--correct`` diagnoses the scripts as they are: none may be faulty.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent / "people"))

from accuracy import Cell, mark, share

import rlprobe
from rlprobe.scripts import script_agent

WRITTEN = Path(__file__).parents[1] / "scripts" / "written"


class Mistake(NamedTuple):
    """One wrong piece of text in one script; the first of ``names`` is the expected one."""

    script: str
    names: str
    right: str
    wrong: str


def rows(script: str, *mistakes: tuple[str, str, str]) -> tuple[Mistake, ...]:
    """The mistakes in one script."""
    return tuple(Mistake(script, *one) for one in mistakes)


IN_TABLES = rows(
    "q_table",
    ("truncation-as-termination", "(not terminated)", "(not done)"),
    ("termination-ignored", " * (not terminated)", ""),
    ("no-discount", "reward + gamma * np.max", "reward + np.max"),
    ("discount-exponent", "reward + gamma * np.max", "reward + gamma**2 * np.max"),
    ("no-bootstrap target-never-synced", "reward + gamma * np.max", "reward + 0.0 * np.max"),
    ("reward-clipped", "target = reward +", "target = np.sign(reward) +"),
    ("reward-clipped", "target = reward +", "target = min(max(reward, -1), 1) +"),
    ("reward-shifted", "target = reward +", "mean = 0.99 * mean + 0.01 * reward; target = reward - mean +"),
    ("reward-cast-to-int", "target = reward +", "target = int(reward) +"),
    ("done-mask-inverted", "* (not terminated)", "* terminated"),
    ("terminal-reward-dropped", "target = reward +", "target = reward * (not terminated) +"),
    ("sign-flipped", "target = reward +", "target = -reward +"),
    ("next-observation-is-observation", "np.max(q_table[next_state])", "np.max(q_table[state])"),
    ("wrong-max", "np.max(q_table[next_state])", "np.argmax(q_table[next_state])"),
    ("terminated-and-truncated-bootstraps", "(not terminated)", "(not terminated or truncated)"),
    ("reward-rescaled", "target = reward +", "target = 0.1 * reward +"),
)
SYNC = (
    "target_net_state_dict[key] = policy_net_state_dict[key] * TAU + target_net_state_dict[key] * (1 - TAU)"
)
IN_NETWORKS = rows(
    "dqn_tutorial",
    ("truncation-as-termination", "torch.tensor([float(terminated)])", "torch.tensor([float(done)])"),
    ("termination-ignored", "next_state_values * (1 - done_batch)", "next_state_values"),
    ("no-discount", "reward_batch + GAMMA * next_state_values", "reward_batch + next_state_values"),
    ("discount-exponent", "reward_batch + GAMMA * next", "reward_batch + GAMMA ** 2 * next"),
    ("no-bootstrap target-never-synced", SYNC, "pass"),
    ("reward-clipped", "torch.tensor([reward]", "torch.tensor([max(-1.0, min(1.0, reward))]"),
    ("reward-cast-to-int", "torch.tensor([reward]", "torch.tensor([int(reward)]"),
    ("done-mask-inverted", "(1 - done_batch)", "done_batch"),
    ("sign-flipped", "reward_batch + GAMMA", "-reward_batch + GAMMA"),
    ("next-observation-is-observation", "target_net(next_state_batch)", "target_net(state_batch)"),
)  # fmt: skip
MISTAKES = (*IN_TABLES, *IN_NETWORKS)
CORRECT = (
    "q_table", "q_dict_blackjack", "linear_fourier", "dqn_tutorial", "double_dqn", "minimal_dqn", "numpy_dqn",
    "duelling_agent", "c51", "single_file_ppo", "minimal_ppo", "ppo_epochs_buffer", "ppo_continuous",
    "a2c_main", "reinforce_baseline", "tile_actor_critic", "sac_continuous", "td3_pendulum",
)  # fmt: skip


def planted(mistake: Mistake) -> str:
    """The text of the script with the mistake."""
    text = (WRITTEN / f"{mistake.script}.py").read_text()
    if text.count(mistake.right) != 1:
        raise SystemExit(f"{mistake.script}: expected once: {mistake.right!r}")
    text = text.replace(mistake.right, mistake.wrong)
    return text.replace("alpha = 0.1\n", "alpha = 0.1\nmean = 0.0\n") if "mean =" in mistake.wrong else text


def diagnosed(text: str, mistake: Mistake, args: argparse.Namespace) -> Cell:
    """What a diagnosis without values says of a script."""
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{mistake.script}.py"
        path.write_text(text)
        report = rlprobe.diagnose(
            script_agent(path, value="none"), seeds=args.seeds, jobs=args.jobs, budget=args.budget
        )
    ranked = [(cause.fault, round(cause.confidence, 3)) for cause in report.causes]
    took = time.perf_counter() - began
    return Cell(mistake.script, tuple(mistake.names.split()), 0, report.verdict, ranked, report.steps, took)


def main() -> None:
    """Diagnose every script and count."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--match", default="")
    parser.add_argument("--correct", action="store_true")
    parser.add_argument("--budget", type=float, default=120.0)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=2)
    args = parser.parse_args()
    cells = []
    for mistake in (Mistake(name, "", "", "") for name in CORRECT) if args.correct else MISTAKES:
        if args.match not in f"{mistake.script} {mistake.names}":
            continue
        text = (WRITTEN / f"{mistake.script}.py").read_text() if args.correct else planted(mistake)
        cell = diagnosed(text, mistake, args)
        cells.append(cell)
        print(
            f"{'' if args.correct else mark(cell):6} {cell.agent:18} {mistake.names:36} {cell.verdict:12} "
            f"{cell.ranked[:3]} {cell.steps:,} steps {cell.seconds:.0f}s",
            flush=True,
        )
    print("faulty", share(sum(c.detected for c in cells), len(cells)))
    if not args.correct:
        print("named first", share(sum(c.named for c in cells), len(cells)))
        print("faults named:", ", ".join(sorted({c.first[0] for c in cells if c.named})))
        print("wrong name with over 50 %", share(sum(c.wrong for c in cells), len(cells)))


if __name__ == "__main__":
    main()
