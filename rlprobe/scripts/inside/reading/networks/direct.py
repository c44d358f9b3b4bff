"""Networks whose ``forward`` a script calls itself: ``net.forward(x)`` is heard as ``net(x)`` is."""

from __future__ import annotations

import functools
import sys
import threading
from typing import Any

from rlprobe.environments.user_code import in_library


class DirectCalls:
    """Sends direct calls of ``forward`` through the hooks of PyTorch, which hear calls of the network only.

    The classes of libraries stay as they are, and so do networks that TorchScript compiles.
    """

    def __init__(self) -> None:
        self._covered: dict[type, Any] = {}
        self._heard: set[tuple[int, int]] = set()
        self._inside: set[tuple[int, int]] = set()

    def cover(self, module: Any, *_: Any) -> None:
        """A network gets a layer or a parameter: from now on, its class is covered."""
        for kind in type(module).__mro__:
            if kind in self._covered or "forward" not in vars(kind) or _is_of_library(kind):
                continue
            self._covered[kind] = vars(kind)["forward"]
            kind.forward = self._through_hooks(self._covered[kind])  # type: ignore[attr-defined]

    def leave_to_compiler(self, jit: Any) -> None:
        """From now on, what ``torch.jit.script`` is given has its own ``forward`` again.

        Args:
            jit: the module ``torch.jit``.
        """
        plain = jit.script

        @functools.wraps(plain)
        def script(obj: Any, *args: Any, **kwargs: Any) -> Any:
            kinds = {kind for module in getattr(obj, "modules", list)() for kind in type(module).__mro__}
            for kind in kinds & self._covered.keys():
                kind.forward = self._covered[kind]  # type: ignore[attr-defined]
            return plain(obj, *args, **kwargs)

        jit.script = script

    def before_forward(self, module: Any) -> None:
        """The hooks hear a call; ``forward`` follows."""
        if not self._covered.keys().isdisjoint(type(module).__mro__):
            self._heard.add(_key(module))

    def _through_hooks(self, plain: Any) -> Any:
        @functools.wraps(plain)
        def forward(module: Any, *args: Any, **kwargs: Any) -> Any:
            key = _key(module)
            if key not in self._heard and key not in self._inside:
                return module(*args, **kwargs)
            self._heard.discard(key)
            nested = key in self._inside  # `super().forward(x)`
            self._inside.add(key)
            try:
                return plain(module, *args, **kwargs)
            finally:
                if not nested:
                    self._inside.discard(key)

        return forward


def _key(module: Any) -> tuple[int, int]:
    return threading.get_ident(), id(module)


def _is_of_library(kind: type) -> bool:
    file = str(getattr(sys.modules.get(kind.__module__), "__file__", "") or "")
    return kind.__module__.partition(".")[0] == "torch" or in_library(file)
