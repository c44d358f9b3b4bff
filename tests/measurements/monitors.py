"""What the monitors find: ``python tests/measurements/monitors.py --write docs/monitors/measured.md``.

``--results FILE`` keeps every outcome in a file, so that a long measurement can be done in parts.

Runs single-file scripts with planted mistakes and without, and algorithms of Stable-Baselines3, each under
``rlprobe.watch`` in a process of its own. Writes a page with the findings on each mistake, the alarms on
healthy runs with a 95 % Wilson interval, and, with ``--overhead``, the processor time that watching costs.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from rlprobe.stats.intervals import Share

WRITTEN = Path(__file__).parents[1] / "monitors" / "written"
CONTINUOUS = ("--env-id", "Pendulum-v1")
ANY_SIZE = ("update-too-large", "policy-step-too-large")


@dataclass(frozen=True)
class Planted:
    """A mistake in a script, and the findings that name it.

    Args:
        script: name of the script.
        fault: what ``--fault`` plants.
        names: the findings of which one has to be raised.
        more: other arguments.
    """

    script: str
    fault: str
    names: tuple[str, ...]
    more: tuple[str, ...] = ()


NONE_HELD = ("parameters-without-optimizer",)
NO_FIT = ("value-explains-nothing", "value-residual", "value-offset", "value-echo")
PLANTED = (
    Planted("ppo.py", "learning-rate-x100", ANY_SIZE),
    Planted("ppo.py", "learning-rate-/1000", ("update-too-small", "policy-never-moves")),
    Planted("ppo.py", "entropy-far-too-much", ("entropy-never-falls",)),
    Planted("ppo.py", "entropy-with-wrong-sign", ("entropy-collapse",)),
    Planted("ppo.py", "epochs-far-too-many", ("policy-step-too-large",)),
    Planted("ppo.py", "dropout-in-training-mode", ("first-ratio-not-one",)),
    Planted("ppo.py", "stale-log-probabilities", ("first-ratio-not-one",)),
    Planted("ppo.py", "observations-shuffled-apart", ("first-ratio-not-one",)),
    Planted("ppo.py", "clipped-action-stored", ("first-ratio-not-one",), CONTINUOUS),
    Planted("ppo.py", "policy-detached", ("no-gradient", "policy-never-moves")),
    Planted("ppo.py", "detached-critic", ("no-gradient",)),
    Planted("ppo.py", "value-loss-left-out", ("no-gradient",)),
    Planted("ppo.py", "optimizer-without-critic", NONE_HELD),
    Planted("ppo.py", "optimizer-without-actor", NONE_HELD),
    Planted("ppo.py", "reward-x1000", ("targets-large",)),
    Planted("ppo.py", "reward-becomes-nan", ("gradient-not-finite", "reward-not-finite")),
    Planted("ppo.py", "rewards-lost", NO_FIT),
    Planted("ppo.py", "values-off-by-100", ("value-offset",)),
    Planted("ppo.py", "targets-are-values", NO_FIT),
    Planted("ppo.py", "targets-with-wrong-sign", NO_FIT),
    Planted("ppo.py", "advantages-all-zero", ("policy-never-moves", "entropy-never-falls")),
    Planted("ppo.py", "observations-x1000", ("units-saturated",)),
    Planted("ppo.py", "last-layer-not-small", ("initial-policy-not-random",)),
    Planted("ppo.py", "update-never-reached", ("no-update",)),
    Planted("dqn.py", "learning-rate-x100", (*ANY_SIZE, "q-overestimated", "units-dormant")),
    Planted("dqn.py", "learning-rate-/1000", ("update-too-small",)),
    Planted("dqn.py", "target-never-synchronised", ("target-network-never-changes",)),
    Planted("dqn.py", "termination-ignored", ("q-overestimated",)),
    Planted("dqn.py", "optimizer-of-the-target", NONE_HELD),
    Planted("dqn.py", "memory-of-zeros", ("memory-of-zeros",)),
    Planted("dqn.py", "reward-x1000", ("targets-large", "q-overestimated")),
    Planted("dqn.py", "update-never-reached", ("no-update",)),
    Planted("td3.py", "learning-rate-x100", (*ANY_SIZE, "actions-at-bounds", "q-overestimated")),
    Planted("td3.py", "learning-rate-/1000", ("update-too-small",)),
    Planted("td3.py", "target-never-synchronised", ("target-network-never-changes",)),
    Planted("td3.py", "second-critic-not-held", NONE_HELD),
    Planted("td3.py", "policy-detached", ("no-gradient",)),
    Planted("td3.py", "memory-of-zeros", ("memory-of-zeros",)),
    Planted("td3.py", "squash-far-too-wide", ("actions-at-bounds",)),
    Planted("td3.py", "reward-x1000", ("targets-large",)),
    Planted("reinforce.py", "head-not-held", NONE_HELD),
    Planted("reinforce.py", "nan-reward", ("gradient-not-finite",)),
)
SB3 = {
    "PPO CartPole": ("PPO", "CartPole-v1", 16_000, {"n_steps": 256, "learning_rate": 1e-3}),
    "A2C CartPole": ("A2C", "CartPole-v1", 16_000, {}),
    "DQN CartPole": ("DQN", "CartPole-v1", 12_000, {"learning_rate": 1e-3, "target_update_interval": 500}),
    "PPO Acrobot": ("PPO", "Acrobot-v1", 16_000, {"n_steps": 512}),
    "PPO Pendulum": ("PPO", "Pendulum-v1", 16_000, {"gamma": 0.9, "learning_rate": 1e-3, "n_steps": 512}),
    "SAC Pendulum": ("SAC", "Pendulum-v1", 4_000, {"learning_rate": 1e-3}),
    "TD3 Pendulum": ("TD3", "Pendulum-v1", 4_000, {"learning_rate": 1e-3}),
    "DDPG Pendulum": ("DDPG", "Pendulum-v1", 4_000, {"learning_rate": 1e-3}),
    "PPO Decoder": ("PPO", "probe/Decoder-v0", 8_000, {"n_steps": 256}),
    "DQN ContextBandit": ("DQN", "probe/ContextBandit-v0", 8_000, {}),
}
HEALTHY = (
    ("ppo.py", ()),
    ("ppo.py", CONTINUOUS),
    ("ppo.py", ("--env-id", "Acrobot-v1")),
    ("dqn.py", ()),
    ("td3.py", ()),
    ("reinforce.py", ("--episodes", "200")),
)
OF_SB3 = """
import sys, json, stable_baselines3, torch, gymnasium, probe_envs
torch.set_num_threads(1)
name, env, steps, more, seed = json.loads(sys.argv[1])
model = getattr(stable_baselines3, name)("MlpPolicy", env, seed=seed, device="cpu", **more)
model.learn(steps)
"""


@dataclass(frozen=True)
class Outcome:
    """What one run came to."""

    what: str
    seed: int
    verdict: str
    findings: tuple[tuple[str, str], ...]
    cpu: float

    @property
    def alarms(self) -> list[str]:
        """The findings that change the verdict."""
        return [name for name, severity in self.findings if severity != "note"]


def watched(what: str, words: list[str], seed: int) -> Outcome:
    """Run a script under the monitors."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-m", "rlprobe", "run", "--quiet", "--out", folder, *words],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        path = Path(folder) / "verdict.json"
        said = json.loads(path.read_text()) if path.exists() else {"verdict": done.stderr, "findings": []}
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    found = tuple((one["id"], one["severity"]) for one in said["findings"])
    if said.get("problems"):
        print("  problems:", said["problems"])
    outcome = Outcome(what, seed, said["verdict"], found, after.ru_utime - before.ru_utime)
    print(f"{what} seed {seed}: {outcome.verdict} {list(found)} {outcome.cpu:.0f} s", flush=True)
    return outcome


def of_sb3(name: str, seed: int, folder: str) -> Outcome:
    """Run an algorithm of Stable-Baselines3 under the monitors."""
    script = Path(folder) / "of_sb3.py"
    script.write_text(OF_SB3)
    algorithm, env, steps, more = SB3[name]
    return watched(f"SB3 {name}", [str(script), json.dumps([algorithm, env, steps, more, seed])], seed)


def script(name: str, seed: int, *more: str) -> Outcome:
    """Run one of the written scripts."""
    what = " ".join([name, *(word for word in more if not word.startswith("--") and not word.isdigit())])
    return watched(what, [str(WRITTEN / name), "--seed", str(seed), *more], seed)


def overhead(rounds: int) -> str:
    """Processor time with and without, in interleaved rounds, of PPO on a 2 x 64 network."""
    plain, seen = [], []
    words = [str(WRITTEN / "ppo.py"), "--total-timesteps", "16384"]
    for number in range(rounds):
        for times, start in (
            (plain, []),
            (seen, ["-m", "rlprobe", "run", "--quiet", "--out", "/tmp/overhead"]),
        ):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            subprocess.run([sys.executable, *start, *words], check=True, capture_output=True)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            times.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        print(f"round {number}: {plain[-1]:.2f} s plain, {seen[-1]:.2f} s watched", flush=True)
    ratio = statistics.median(b / a for a, b in zip(plain, seen, strict=True)) - 1.0
    return f"{100 * ratio:.1f} % (median of {rounds} interleaved rounds; {min(plain):.1f} s without)"


def page(found: list[tuple[Planted, Outcome]], healthy: list[Outcome], cost: str) -> str:
    """The documentation page."""
    named = [any(name in dict(o.findings) for name in p.names) for p, o in found]
    caught = [bool(o.alarms) or n for (_, o), n in zip(found, named, strict=True)]
    false = [one for one in healthy if one.alarms]
    share = Share(len(false), len(healthy))
    rows = [
        f"| {p.script} | {p.fault} | {o.verdict} | {', '.join(n for n, s in o.findings) or 'nothing'} | "
        f"{'yes' if n else 'other' if c else '**missed**'} |"
        for (p, o), n, c in zip(found, named, caught, strict=True)
    ]
    kinds = list(dict.fromkeys(one.what for one in healthy))
    calm = [
        f"| {kind} | {sum(o.what == kind for o in healthy)} | "
        f"{', '.join(sorted({a for o in healthy if o.what == kind for a in o.alarms})) or 'none'} |"
        for kind in kinds
    ]
    right, any_ = Share(sum(named), len(named)), Share(sum(caught), len(caught))
    parts = [
        "# What the monitors find, measured",
        "Written by `python tests/measurements/monitors.py`: short runs, each in a process of its own.",
        f"**Planted mistakes**: {_in_words(any_)} raise a finding, {_in_words(right)} one that names them.",
        f"**Healthy runs**: {_in_words(share)} raise an alarm. Notes are no alarms.",
        f"**Processor time of watching**, on a 2 x 64 network: {cost}." if cost else "",
        "## Planted mistakes",
        "| script | mistake | verdict | findings | named |\n|---|---|---|---|---|\n" + "\n".join(rows),
        "## Healthy runs",
        "| run | seeds | alarms |\n|---|---|---|\n" + "\n".join(calm),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _read(path: str | None) -> dict[tuple[str, int], Outcome]:
    """Outcomes that were measured before, the latest of each."""
    if path is None or not Path(path).exists():
        return {}
    rows = [json.loads(line) for line in Path(path).read_text().splitlines()]
    return {
        (what, seed): Outcome(what, seed, verdict, tuple((n, s) for n, s in findings), cpu)
        for what, seed, verdict, findings, cpu in rows
    }


def _in_words(share: Share) -> str:
    bounds = f"95 % interval {100 * share.low:.1f} to {100 * share.high:.1f} %"
    return f"{share.hits} of {share.total} ({bounds})"


def main() -> None:
    """Run everything and write the page."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=1, help="of each planted mistake")
    parser.add_argument("--healthy", type=int, default=2, help="seeds of each healthy run")
    parser.add_argument("--only", default="", help="part of the name of mistakes or healthy runs")
    parser.add_argument("--overhead", type=int, default=0, help="rounds of the comparison of processor time")
    parser.add_argument("--write", help="the page")
    parser.add_argument("--results", help="file of JSON lines that outcomes are added to, and read from")
    args = parser.parse_args()
    before = _read(args.results)
    found = [
        (one, script(one.script, seed, "--fault", one.fault, *one.more))
        for one in PLANTED
        for seed in range(args.seeds)
        if args.only in f"{one.script} {one.fault}"
    ]
    healthy = []
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(args.healthy):
            healthy += [
                script(name, seed, *more) for name, more in HEALTHY if args.only in f"{name} {' '.join(more)}"
            ]
            healthy += [of_sb3(name, seed, folder) for name in SB3 if args.only in f"SB3 {name}"]
    cost = overhead(args.overhead) if args.overhead else ""
    if args.results:
        with Path(args.results).open("a") as file:
            rows = [
                [o.what, o.seed, o.verdict, o.findings, o.cpu] for o in (*(o for _, o in found), *healthy)
            ]
            file.writelines(json.dumps(row) + "\n" for row in rows)
        by_name = {f"{p.script} {p.fault}": p for p in PLANTED}
        for outcome in before.values():
            planted = next((p for name, p in by_name.items() if outcome.what.startswith(name)), None)
            if planted is None:
                healthy.append(outcome)
            else:
                found.append((planted, outcome))
    text = page(found, healthy, cost)
    print(text)
    if args.write:
        Path(args.write).write_text(text)


if __name__ == "__main__":
    main()
