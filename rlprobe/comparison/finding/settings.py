"""Seed, task and algorithm of a run: from configuration files, else from names of folders and files."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

CONFIGURATIONS: Final = (
    "config.yaml", "config.yml", "config.json", "args.yml", "args.yaml", "args.json", "params.json",
    "variant.json", "hparams.yaml", "hparams.json", "flags.json", "settings.json", "settings.yaml",
    "hyperparameters.json", "cfg.yaml", "config.toml", "wandb-metadata.json", "metadata.json",
    "hyperparams.yaml",
)  # fmt: skip
FOLDERS: Final = (".hydra", "files", "config", "configs")
"""Folders beside the logs of a run in which its configuration may lie."""
WANTED: Final = {
    "seed": ("seed", "random_seed", "rng_seed"),
    "task": ("env_id", "env", "env_name", "environment", "task", "env-id", "gym_id", "environment_id"),
    "algorithm": ("algo", "algorithm", "alg", "agent", "algo_name", "exp_name"),
}
LARGEST_BYTES: Final = 1_000_000
TASK: Final = re.compile(r"(?:ALE[/-])?[A-Za-z][A-Za-z0-9]*(?:-[A-Za-z0-9]+)*-v\d+")
SEED: Final = re.compile(
    r"(?:^|[^A-Za-z])(?:random_?seed|rng_?seed|seed|sd|s)[-_=. ]?(\d+)(?![A-Za-z0-9])", re.IGNORECASE
)
RUN: Final = re.compile(
    r"(?:^|[^A-Za-z])(?:run|trial|rep|replicate|r|exp)[-_=. ]?(\d+)(?![A-Za-z0-9])", re.IGNORECASE
)
CLEANRL: Final = re.compile(r"^(?P<task>.+)__(?P<algorithm>.+)__(?P<seed>\d+)__\d{9,}$")
MADE_UP: Final = re.compile(r"^[a-z]+-[a-z]+-\d+$")
"""A name that W&B has made up, such as lucky-sunset-12: it tells no algorithm."""
TIME: Final = re.compile(
    r"(?<!\d)(?:\d{2,4}[-_.]?\d{2}[-_.]?\d{2}[-_T ]+\d{2}[-_:.h]?\d{2}(?:[-_:.m]?\d{2})?s?|"
    r"20\d{2}[-_.]?\d{2}[-_.]?\d{2}|1[67]\d{8}(?:\d{3})?)(?!\d)"
)
"""Dates and times in names, which are no seeds."""
LAST: Final = re.compile(r"[-_. ](\d{1,6})$")


def from_configuration(folders: Iterable[Path]) -> dict[str, tuple[str, str]]:
    """What configuration files say: ``seed``, ``task``, ``algorithm``, each with the file that says so.

    Args:
        folders: where to look, nearest first.
    """
    found: dict[str, tuple[str, str]] = {}
    for folder in folders:
        for place in (folder, *(folder / name for name in FOLDERS)):
            for name in CONFIGURATIONS:
                path = place / name
                if path.is_file() and path.stat().st_size < LARGEST_BYTES:
                    for fact, value in facts_of(path).items():
                        found.setdefault(fact, (value, name))
        for fact, value in _parameters(folder / "params").items():
            found.setdefault(fact, (value, f"params of {folder.name}"))
    return found


def _parameters(folder: Path) -> dict[str, str]:
    """What MLflow keeps of a run: a file for each parameter, with its value."""
    if not folder.is_dir():
        return {}
    paths = {fact: [folder / name for name in names] for fact, names in WANTED.items()}
    given = {fact: next((path for path in here if path.is_file()), None) for fact, here in paths.items()}
    return {
        fact: path.read_text("utf-8", "replace").strip() for fact, path in given.items() if path is not None
    }


def facts_of(path: Path) -> dict[str, str]:
    """What one configuration file says; nothing if it cannot be read."""
    text = path.read_text("utf-8", errors="replace")
    try:
        settings = _flat(json.loads(text)) if path.suffix == ".json" else _lines(text)
    except (ValueError, RecursionError):
        return {}
    return {
        fact: settings[name]
        for fact, names in WANTED.items()
        for name in reversed(names)
        if settings.get(name, "").lower() not in {"", "null", "none", "~"}
    }


def _flat(settings: Any) -> dict[str, str]:
    """Names with a plain value, from any depth; the outermost wins."""
    found: dict[str, str] = {}
    deeper: list[Any] = []
    items = (
        settings.items()
        if isinstance(settings, dict)
        else enumerate(settings)
        if isinstance(settings, list)
        else ()
    )
    for name, value in items:
        if isinstance(value, dict) and "value" in value:
            value = value["value"]  # noqa: PLW2901 - as W&B writes it
        if isinstance(value, (str, int, float)) and not isinstance(value, bool):
            found[str(name).lower()] = str(value)
        else:
            deeper.append(value)
    for part in deeper:
        found = _flat(part) | found
    return found


def _lines(text: str) -> dict[str, str]:
    """``name: value`` of YAML and TOML, without a parser; also W&B's ``value:`` and the pairs of RL Zoo."""
    found: dict[str, tuple[int, str]] = {}
    pending: tuple[int, str] | None = None
    for line in text.splitlines():
        indent, words = len(line) - len(line.lstrip()), line.split(" #")[0].strip()
        pair = re.match(r"^-\s+-\s+([\w-]+)$", words)
        second = re.match(r"^-\s+([^\s:]+)$", words)
        given = re.match(r"^(?:-\s+)?[\"']?([\w-]+)[\"']?\s*[:=]\s*(.*)$", words)
        if pair:
            pending = (indent, pair[1].lower())
        elif pending and (second or (given and given[1] == "value" and indent > pending[0])):
            value = second[1] if second else given[2] if given else ""
            _keep(found, pending[1], pending[0], value)
            pending = None
        elif given and given[2]:
            _keep(found, given[1].lower(), indent, given[2])
        elif given:
            pending = (indent, given[1].lower())
    return {name: value for name, (_, value) in found.items()}


def _keep(found: dict[str, tuple[int, str]], name: str, indent: int, value: str) -> None:
    """The outermost value of a name is kept."""
    text = value.strip().strip("\"',")
    if name not in found or indent < found[name][0]:
        found[name] = (indent, text)


def bare(name: str) -> str:
    """A name without the suffix of a log, and without what TensorBoard adds to a download.

    >>> bare("ppo_3.monitor.csv"), bare("run-PPO_1-tag-rollout_ep_rew_mean.csv")
    ('ppo_3', 'PPO_1')
    """
    stem = re.sub(r"(\.monitor)?\.(csv|tsv|txt|jsonl|ndjson|json|npz|npy|parquet|monitor)$", "", name)
    return re.sub(r"^run-(.+?)-tag-.+$", r"\1", stem)


def from_names(parts: Iterable[str]) -> dict[str, tuple[str, str]]:
    """What the names of a file and its folders say, innermost first.

    >>> from_names(["progress.csv", "seed_3", "CartPole-v1"])
    {'seed': ('3', 'the name seed_3'), 'task': ('CartPole-v1', 'the name CartPole-v1')}
    >>> from_names(["CartPole-v1__ppo__7__1700000000"])["algorithm"][0]
    'ppo'
    """
    found: dict[str, tuple[str, str]] = {}
    for part in parts:
        stem = bare(part)
        where = f"the name {part}"
        whole = CLEANRL.match(stem)
        if whole:
            for fact, value in whole.groupdict().items():
                found.setdefault(fact, (value, where))
            continue
        task = TASK.search(stem)
        rest = TIME.sub("", stem.replace(task[0], "", 1) if task else stem).rstrip("-_. ")
        number = SEED.search(rest) or RUN.search(rest) or LAST.search(rest) or re.match(r"^(\d{1,6})$", rest)
        if number:
            found.setdefault("seed", (number[1], where))
        if task:
            found.setdefault("task", (task[0], where))
    return found


def without_seed(name: str) -> str:
    """A name without seed, task and suffix.

    >>> without_seed("ppo_3.csv"), without_seed("seed_4"), without_seed("CartPole-v1_sac_seed2")
    ('ppo', '', 'sac')
    >>> without_seed("ppo-lr1e-3_s3")
    'ppo-lr1e-3'
    """
    stem = TIME.sub("", TASK.sub("", bare(name), count=1)).strip("-_. ")
    for pattern in (SEED, RUN, LAST):
        stem, found = pattern.subn("", stem, count=1)
        if found:
            break
    stem = stem.strip("-_. ")
    return "" if re.fullmatch(r"\d*", stem) else stem
