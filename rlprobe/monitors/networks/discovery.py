"""The networks of the training code, and what their parameters are called."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

UNKNOWN = "a parameter"


class Inventory:
    """The networks of this process, by the names that the training code gives them."""

    def __init__(self) -> None:
        self.networks: list[tuple[str, weakref.ref[Any]]] = []
        self._names: dict[int, str] = {}
        self._modules: dict[int, str] = {}

    def look(self, networks: Mapping[str, Any]) -> None:
        """Take over the networks that the training code names.

        Args:
            networks: by name.
        """
        inner = {id(child) for one in networks.values() for child in one.modules() if child is not one}
        self.networks = []
        for called, root in networks.items():
            if id(root) in inner:
                continue
            self.networks.append((called, weakref.ref(root)))
            for name, p in root.named_parameters():
                full = f"{called}.{name}"
                self._names.setdefault(id(p), full)
                self._modules.setdefault(id(p), full.rpartition(".")[0])

    def name_of(self, parameter: Any) -> str:
        """What a parameter is called."""
        return self._names.get(id(parameter), UNKNOWN)

    def module_of(self, parameter: Any) -> str:
        """What the module is called that a parameter belongs to."""
        return self._modules.get(id(parameter), UNKNOWN)

    def parameters(self) -> Iterator[tuple[Any, str]]:
        """Every parameter of the networks that are still there, with its name."""
        for called, ref in self.networks:
            network = ref()
            if network is not None:
                for name, p in network.named_parameters():
                    yield p, f"{called}.{name}"
