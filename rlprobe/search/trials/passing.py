"""How a parameter reaches a script: as an option, as ``name=value``, by a file, or by the environment.

The script is not run for that: its source says which it is, and the report says what was taken.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from rlprobe.output.files import write_atomically

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SETTINGS: Final = (".yaml", ".yml", ".json", ".toml", ".ini", ".cfg", ".gin", ".conf", ".env", ".txt", ".py")
LARGEST_BYTES: Final = 1_000_000
ASSIGNED: Final = re.compile(
    r"^\s*(?:import|from)\s+hydra\b|@hydra\.main|OmegaConf\.from_cli|"
    r"sys\.argv[^\0]*(?:split|partition)\(\s*[\"']=|(?:split|partition)\(\s*[\"']=[^\0]*sys\.argv",
    re.MULTILINE,
)
"""What tells that a script takes ``name=value``."""


@dataclass(frozen=True)
class Way:
    """How one parameter is passed.

    Args:
        name: of the parameter, as the user calls it.
        kind: ``"placeholder"``, ``"file"``, ``"environment"``, ``"assignment"`` or ``"option"``.
        spelled: as the script calls it: the option, the key, the variable, or the file.
    """

    name: str
    kind: str
    spelled: str

    def __str__(self) -> str:
        words = {
            "placeholder": f"{{{self.name}}} in the arguments",
            "file": f"{self.name} in {self.spelled}",
            "environment": f"the variable {self.spelled}",
            "assignment": f"{self.spelled}=VALUE",
            "option": f"{self.spelled} VALUE",
        }
        return words[self.kind]


def way_of(name: str, source: str, args: Sequence[str]) -> Way:
    """How a parameter reaches the script with that source and those arguments.

    >>> way_of("learning-rate", 'parser.add_argument("--learning_rate")', ()).spelled
    '--learning_rate'
    >>> str(way_of("lr", 'LR = float(os.environ.get("LR", "3e-4"))', ())), str(way_of("a", "", ("x={a}",)))
    ('the variable LR', '{a} in the arguments')
    """
    if any("{" + name + "}" in one for one in args):
        return Way(name, "placeholder", name)
    for one in args:
        file = settings_file(one)
        if file is not None and (keyed(file, name) or "{" + name + "}" in file.read_text(errors="replace")):
            return Way(name, "file", file.name)
    spellings = list(dict.fromkeys((name, name.replace("-", "_"), name.replace("_", "-"))))
    for spelled in (*spellings, *(one.upper() for one in spellings)):
        if re.search(rf"(?:environ(?:\.get)?|getenv)\s*[\[(]\s*[\"']{re.escape(spelled)}[\"']", source):
            return Way(name, "environment", spelled)
    if ASSIGNED.search(source):
        return Way(name, "assignment", name)
    return Way(name, "option", _option(source, spellings))


def _option(source: str, spellings: Sequence[str]) -> str:
    """The option as the source spells it; as the user does, if it does not stand there."""
    for form in (r"[\"'](--?{})[\"'/= ]", r"[\"'](){}[\"']", r"\b(){}\s*[:=](?!=)"):
        for spelled in spellings:
            found = re.search(form.format(re.escape(spelled)), source)
            if found and not found[1] and re.search(r"\btyper\b", source):
                return f"--{spelled.replace('_', '-')}"  # as typer spells the arguments of functions
            if found:
                return found[1] or f"--{spelled}"
    return f"--{spellings[0]}"


def settings_file(argument: str) -> Path | None:
    """The file of settings that an argument names, alone or as ``--config=FILE``."""
    path = Path(argument.rpartition("=")[2])
    fits = path.suffix in SETTINGS and path.is_file() and path.stat().st_size < LARGEST_BYTES
    return path if fits else None


def keyed(path: Path, name: str) -> bool:
    """Whether a file of settings has a key of that name."""
    text = path.read_text(errors="replace")
    if path.suffix == ".json":
        try:
            return _replaced(json.loads(text), name, None)[1]
        except ValueError:
            return False
    return bool(_line(name).search(text))


def filled(path: Path, settings: Mapping[str, str], folder: Path) -> Path:
    """A copy of a file of settings in the folder of a run, with the values of that run."""
    text = path.read_text(errors="replace")
    for name, value in settings.items():
        text = text.replace("{" + name + "}", value)
    if path.suffix == ".json":
        content = json.loads(text)
        for name, value in settings.items():
            content = _replaced(content, name, _plain(value))[0]
        text = json.dumps(content, indent=2) + "\n"
    else:
        for name, value in settings.items():
            found = _line(name).search(text)
            text = text[: found.end(1)] + _pointed(value) + text[found.end() :] if found else text
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(folder / path.name, text.encode())
    return folder / path.name


def _pointed(value: str) -> str:
    """A number that YAML does not take for a word: 1e-05 becomes 1.0e-05.

    >>> _pointed("1e-05"), _pointed("0.5"), _pointed("relu")
    ('1.0e-05', '0.5', 'relu')
    """
    return re.sub(r"^(-?\d+)e", r"\1.0e", value)


def _line(name: str) -> re.Pattern[str]:
    """``name: value`` or ``name = value``; dashes and underscores are the same."""
    last = re.escape(name.rpartition(".")[2]).replace(r"\-", "[-_]").replace("_", "[-_]")
    start = rf"""^(\s*(?:[\w.]+\.)?[\"']?{last}[\"']?\s*[:=]\s*)"""
    return re.compile(rf"{start}[^\s#,][^#,\n]*?(?=\s*(?:[#,}}\]]|$))", re.MULTILINE)


def _replaced(content: Any, name: str, value: Any) -> tuple[Any, bool]:
    """JSON with another value of the first key of that name, and whether there is one."""
    if not isinstance(content, dict):
        return content, False
    wanted = name.rpartition(".")[2].replace("-", "_")
    for key, old in content.items():
        if str(key).replace("-", "_") == wanted and not isinstance(old, dict):
            return content | {key: value}, True
    for key, old in content.items():
        new, found = _replaced(old, name, value)
        if found:
            return content | {key: new}, True
    return content, False


def _plain(value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        return value
