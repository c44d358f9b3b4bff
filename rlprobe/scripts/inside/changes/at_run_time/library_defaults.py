"""Apply the same rules to the defaults of Stable-Baselines3 that a script does not set."""

from __future__ import annotations

import functools
import inspect
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rlprobe.scripts.inside.changes.rewriting import Rewriting

LIBRARIES = ("stable_baselines3", "sb3_contrib")
ON_POLICY = "stable_baselines3.common.on_policy_algorithm"
ROLLOUT, FEWEST = 512, 16
"""Steps of all environments between two updates, and the fewest of each."""


def read_defaults(rules: Rewriting) -> None:
    """Apply ``rules`` to the defaults of the algorithms that are loaded."""
    for library in LIBRARIES:
        for name, algorithm in vars(sys.modules.get(library, object)).items():
            if inspect.isclass(algorithm) and hasattr(algorithm, "learn"):
                _change(algorithm.__init__, name, rules)
    if ON_POLICY in sys.modules and any(rule.names.fullmatch("n_steps") for rule in rules.rules):
        _shorten_rollouts(sys.modules[ON_POLICY].OnPolicyAlgorithm, rules)


def _shorten_rollouts(algorithm: Any, rules: Rewriting) -> None:
    """Divide the steps of a rollout among several environments: they make an update less often."""
    plain = algorithm._setup_model  # noqa: SLF001 - where the number of environments is known first
    alone: dict[int, int] = {}

    @functools.wraps(plain)
    def setup(model: Any) -> None:
        steps = max(FEWEST, ROLLOUT // model.n_envs // FEWEST * FEWEST)
        read = [one for (_, name), one in (rules.defaults | rules.found).items() if name == "n_steps"]
        ours = [one for one in read if alone.setdefault(id(one), one["new"]) == model.n_steps]
        if ours and model.n_envs > 1 and model.n_steps > steps:
            model.n_steps = steps
            for one in ours:
                one["new"] = steps
        plain(model)

    algorithm._setup_model = setup  # noqa: SLF001


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
