"""Hold the entropy weight that a script tunes, so that its values can be compared with exact soft ones."""

from __future__ import annotations

import importlib
import math
import re
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from gymnasium import spaces

from rlprobe.scripts.inside.changes.rules import in_lower_case
from rlprobe.scripts.inside.reading.frames import named_things

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ALPHAS = re.compile(
    r"(log_?)?(alpha|temp|temperature|ent(ropy)?_?(coef|coeff|coefficient|weight|temp|temperature|alpha))(_[a-z])?"
    r"|log_?ent(ropy)?"
)
"""Names of the weight of entropy, or of its logarithm."""
PLAINLY = re.compile(
    r"(log_?)?ent(ropy)?_?(coef|coeff|coefficient|weight|temp|temperature|tau|alpha)(_[a-z])?"
)
"""Those that mean nothing else: ``alpha`` may be a step size, or the share of a bonus."""
SOFT = re.compile(
    r"((q|value)\w*|[)\]](?=\s*-\s*[\w.]+(\(\))?\s*\*))"
    r"\s*-\s*(?P<weight>[\w.]+(\(\))?\s*\*\s*)?\(?\s*(?P<inside>\w*)log_?(\w+_)?(pi|p|prob|probabilitie)s?(_\w+)?\b",
    re.IGNORECASE,
)
"""Code that subtracts a log-probability from an action value, as the targets of soft values do."""
WEIGHTED = re.compile(r"tau|alpha|temp|ent|beta|scaled", re.IGNORECASE)
"""In the name of a log-probability that is weighted already, as in Munchausen DQN."""
PLUS_ENTROPY = re.compile(
    r"\b\w*(q|value)(?!\w*loss)\w*\s*\+\s*[\w.]+(\(\))?\s*\*\s*\w*(entropy|entropies)\b", re.IGNORECASE
)
"""Code that adds a weighted entropy to an action value."""
HELD = 0.2
"""The weight while it is held; a usual one where it is fixed."""


@cache
def has_soft_values(source: str) -> bool:
    """Whether the code of a script subtracts log-probabilities from values.

    >>> has_soft_values("target = min_q - alpha * next_log_pi"), has_soft_values("loss = -q + log_prob")
    (True, False)
    >>> has_soft_values("probs * (torch.min(q1(s), q2(s)) - self.alpha * log_action_probs)")
    True
    >>> has_soft_values("v = min_q + alpha * entropy"), has_soft_values("value_loss + beta * entropy")
    (True, False)
    """
    return SOFT.search(source) is not None or PLUS_ENTROPY.search(source) is not None


@cache
def has_no_weight(source: str) -> bool:
    """Whether it does so without a weight, which is then 1.

    >>> has_no_weight("next_value = new_q_value - log_prob"), has_no_weight("v = q - alpha * log_prob")
    (True, False)
    >>> has_no_weight("policy * (q_next - tau_log_pi_next)")
    False
    """
    found = [match["weight"] or WEIGHTED.search(match["inside"]) for match in SOFT.finditer(source)]
    return bool(found) and not any(found)


class HeldEntropy:
    """Puts the only number of an optimiser back after each step, if it is called as entropy weights are.

    A weight that is tuned falls during a run, and with it the exact values of a soft critic.

    Args:
        names: gives the names of the script where it is at that moment.
    """

    def __init__(self, names: Callable[[], Mapping[str, Any]]) -> None:
        self.names = names
        self.held = ""
        self._known: dict[int, float | None] = {}

    def watch(self) -> None:
        """Watch the optimisers of PyTorch from now on."""
        optimizer = importlib.import_module("torch.optim.optimizer")
        optimizer.register_optimizer_step_post_hook(self._put_back)

    def _put_back(self, optimiser: Any, *_: Any) -> None:
        only = [one for group in optimiser.param_groups for one in group["params"]]
        if len(only) != 1 or only[0].numel() != 1:
            return
        if id(optimiser) not in self._known:
            self._known[id(optimiser)] = self._to_hold(only[0])
        number = self._known[id(optimiser)]
        if number is not None:
            only[0].detach().fill_(number)

    def _to_hold(self, parameter: Any) -> float | None:
        """What an entropy weight, or its logarithm, is held at; None for another parameter."""
        for name, thing in named_things(self.names()):
            last = in_lower_case(name.rpartition(".")[2])
            if thing is parameter and ALPHAS.fullmatch(last):
                self.held = name
                return math.log(HELD) if "log" in last else HELD
        return None

    @property
    def notes(self) -> list[str]:
        """What is to be said of it; empty if nothing was held."""
        return [f"`{self.held}`, which it tunes, was held at {HELD} for its values"] if self.held else []


def log_volume(space: Any) -> float | None:
    """The logarithm of the volume of a bounded ``Box``; None for other spaces."""
    if not isinstance(space, spaces.Box) or not space.is_bounded():
        return None
    return float(np.log(np.asarray(space.high, np.float64) - space.low).sum())
