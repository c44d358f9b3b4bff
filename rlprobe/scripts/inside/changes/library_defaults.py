"""Apply the same rules to the defaults of Stable-Baselines3 that a script does not set."""

from __future__ import annotations

import inspect
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rlprobe.scripts.inside.changes.rewriting import Rewriting

LIBRARIES = ("stable_baselines3", "sb3_contrib")


def read_defaults(rules: Rewriting) -> None:
    """Apply ``rules`` to the defaults of the algorithms that are loaded."""
    for library in LIBRARIES:
        for name, algorithm in vars(sys.modules.get(library, object)).items():
            if inspect.isclass(algorithm) and hasattr(algorithm, "learn"):
                _change(algorithm.__init__, name, rules)


def _change(function: Any, name: str, rules: Rewriting) -> None:
    defaults = function.__defaults__ or ()
    names = function.__code__.co_varnames[: function.__code__.co_argcount][-len(defaults) or None :]
    found = []
    for option, old in zip(names, defaults, strict=False):
        read = rules.new(option, old) if type(old) in {int, float} else None
        if read is not None:
            rule, new = read
            rules.defaults[name, option] = {
                "what": rule.what,
                "name": option,
                "old": old,
                "new": new,
                "place": f"the default of {name}",
            }
        found.append(old if read is None else read[1])
    function.__defaults__ = tuple(found)
