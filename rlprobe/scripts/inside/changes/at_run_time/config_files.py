"""Apply the same rules to the numbers in the configuration files of a script: YAML, TOML and JSON."""

from __future__ import annotations

import functools
import importlib
import importlib.util
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from rlprobe.scripts.inside.changes.rewriting import Rewriting

READERS = {"yaml": ("yaml", "omegaconf", "hydra"), "tomllib": ("tomllib",), "tomli": ("tomli",)}
"""Modules with a function ``load``, and the imports of a script by which it may be called."""


def read_config_files(rules: Rewriting, imported: Collection[str]) -> None:
    """Apply ``rules`` to what the script reads from its configuration files.

    Args:
        rules: the rules.
        imported: the names of the modules that the script imports.
    """
    packages = {name.partition(".")[0] for name in imported}
    for reader, users in READERS.items():
        if packages.intersection(users) and importlib.util.find_spec(reader) is not None:
            module = importlib.import_module(reader)
            module.load = _changed(module.load, rules)  # type: ignore[attr-defined] # safe_load calls it
    json.load = _changed(json.load, rules)


def _changed(plain: Callable[..., Any], rules: Rewriting) -> Callable[..., Any]:
    """A function that reads a file, and applies the rules to what it holds."""

    @functools.wraps(plain)
    def load(stream: Any, *args: Any, **kwargs: Any) -> Any:
        name = getattr(stream, "name", None)
        return _apply(plain(stream, *args, **kwargs), rules, Path(str(name)).name if name else "text")

    return load


def _apply(value: Any, rules: Rewriting, place: str, above: str = "") -> Any:
    """Change the numbers of nested dictionaries in place, by their own name or by ``above`` and it.

    In ``eps: {frames: 200000}``, the name is ``eps_frames``.
    """
    if isinstance(value, dict):
        for key, one in value.items():
            if not _is_number(one):
                value[key] = _apply(one, rules, place, str(key))
                continue
            value[key] = _number(str(key), one, rules, place)
            if above and value[key] == one:
                value[key] = _number(f"{above}_{key}", one, rules, place)
    elif isinstance(value, list):
        value[:] = [_apply(one, rules, place, above) for one in value]
    return value


def _is_number(value: Any) -> bool:
    """Whether a value is a number; YAML reads ``3e-4`` as a text.

    >>> [_is_number(value) for value in (3, True, "3e-4", "adam", [1])]
    [True, True, True, False, False]
    """
    try:
        return isinstance(value, (int, float, str)) and float(value) == float(value)
    except ValueError:
        return False


def _number(name: str, old: Any, rules: Rewriting, place: str) -> Any:
    """What the rules make of a number with this name."""
    said = float(old) if isinstance(old, str) else old
    read = rules.new(name, said)
    if read is None:
        return old
    rule, new = read
    rules.found.setdefault(
        (rule.what, name), {"what": rule.what, "name": name, "old": said, "new": new, "place": place}
    )
    return type(old)(new) if isinstance(old, (str, float)) else new
