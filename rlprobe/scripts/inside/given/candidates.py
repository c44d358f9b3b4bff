"""What the networks of a script answer to observations: any of it may be the critic or the policy."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from rlprobe.scripts.inside.given.calling import Candidate
from rlprobe.scripts.inside.reading.frames import named_things
from rlprobe.scripts.inside.reading.functions.callables import METHOD
from rlprobe.scripts.inside.reading.networks.choosing import CRITIC, TARGET

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from numpy.typing import NDArray

    from rlprobe.scripts.inside.given.calling import Calling

POLICY_METHOD = re.compile(
    r"(get_|action_|compute_|forward_)*(pi|policy|actor|probs?|logits|dist(ribution)?)"
)
MOST_NETWORKS = 80


class Candidates:
    """Finds the networks of a script and asks them.

    Args:
        torch: the library.
        calling: asks a function about observations.
    """

    def __init__(self, torch: Any, calling: Calling) -> None:
        self.torch, self.calling = torch, calling

    def _modules(self, names: Mapping[str, Any]) -> list[tuple[str, Any]]:
        """The networks that the script has names for, and their parts."""
        found: dict[int, tuple[str, Any]] = {}
        for name, thing in named_things(names):
            if not isinstance(thing, self.torch.nn.Module):
                continue
            for inner, module in thing.named_modules():
                full = f"{name}.{inner}" if inner else name
                if id(module) not in found or len(full) < len(found[id(module)][0]):
                    found[id(module)] = full, module
        return list(found.values())[:MOST_NETWORKS]

    def all(self, names: Mapping[str, Any], rows: list[Any]) -> Iterator[Candidate]:
        """Each network, and its methods that are named like a value or a policy, if they answer."""
        plain = self.torch.nn.Module
        for name, module in self._modules(names):
            own = [m for m in dir(type(module)) if not hasattr(plain, m)]
            methods = [m for m in own if METHOD.fullmatch(m) or POLICY_METHOD.fullmatch(m)]
            offered = [(name, module), *((f"{name}.{m}()", getattr(module, m)) for m in methods)]
            for label, function in offered:
                for path, array in self._tried(function, rows):
                    full = label + "".join(f"[{part}]" for part in path)
                    yield Candidate(full, module, function, path, array)

    def _tried(self, function: Any, rows: list[Any], *more: Any) -> list[tuple[tuple[Any, ...], Any]]:
        try:
            return self.calling.asked(function, rows, *more)
        except Exception:  # noqa: BLE001 - it takes something else than observations
            return []

    def of_pairs(self, names: Mapping[str, Any], rows: list[Any], actions: NDArray[Any]) -> Candidate | None:
        """A critic of observations and actions."""
        for name, module in self._modules(names):
            if not CRITIC.search(name) or TARGET.search(name):
                continue
            for function in (module, _joined(module, self.torch)):
                for path, array in self._tried(function, rows, actions):
                    if array.shape[1] == 1:
                        return Candidate(name, module, function, path, array)
        return None


def _joined(module: Any, torch: Any) -> Callable[..., Any]:
    return lambda *parts: module(torch.cat(parts, dim=1))
