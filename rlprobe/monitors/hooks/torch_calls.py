"""Listen to what training code asks of torch: optimizers, losses, samples, ratios, clipped gradients."""

from __future__ import annotations

import contextlib
import functools
import importlib
import sys
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from rlprobe.monitors.hooks.patches import Patches
    from rlprobe.monitors.listener import Listener


class _Here(threading.local):
    """Whether this thread is inside a call that is already listened to."""

    inside = False


class TorchHooks:
    """Hears optimizers, distributions and gradients.

    Args:
        patches: what is replaced, to be put back.
        listener: hears every call.
    """

    def __init__(self, patches: Patches, listener: Listener) -> None:
        self.patches, self.listener = patches, listener
        self.here = _Here()
        self.torch: Any = sys.modules["torch"]
        self._optimizers()
        self._distributions()
        for owner in (self.torch, self.torch.Tensor):
            self._put_exp(owner)
        clip = self.torch.nn.utils
        self._clip(clip, "clip_grad_norm_")
        self.patches.put(self.torch.Tensor, "backward", self._backward(self.torch.Tensor.backward))

    def _optimizers(self) -> None:
        module = importlib.import_module("torch.optim.optimizer")
        listener = self.listener
        plain = module.Optimizer.__init__

        @functools.wraps(plain)
        def made(self: Any, *args: Any, **kwargs: Any) -> None:
            plain(self, *args, **kwargs)
            if listener.alive:
                listener.made_optimizer()

        self.patches.put(module.Optimizer, "__init__", made)

        before = module.register_optimizer_step_pre_hook(listener.before_update)
        after = module.register_optimizer_step_post_hook(listener.after_update)
        self.patches.on_removal(before.remove)
        self.patches.on_removal(after.remove)

    def _distributions(self) -> None:
        for cls in kinds_of_distributions(self.torch):
            for name in ("sample", "rsample"):
                plain = vars(cls).get(name)
                if callable(plain):
                    self.patches.put(cls, name, self._sample(plain))
            plain = vars(cls).get("entropy")
            if callable(plain):
                self.patches.put(cls, "entropy", self._entropy(plain))

    def _sample(self, plain: Callable[..., Any]) -> Callable[..., Any]:
        here, listener = self.here, self.listener

        @functools.wraps(plain)
        def sample(self: Any, *args: Any, **kwargs: Any) -> Any:
            if here.inside or not listener.wants_sample():
                return plain(self, *args, **kwargs)
            here.inside = True
            try:
                result = plain(self, *args, **kwargs)
            finally:
                here.inside = False
            listener.sampled(self)
            return result

        return sample

    def _entropy(self, plain: Callable[..., Any]) -> Callable[..., Any]:
        listener = self.listener

        @functools.wraps(plain)
        def entropy(self: Any, *args: Any, **kwargs: Any) -> Any:
            result = plain(self, *args, **kwargs)
            listener.entropy(result)
            return result

        return entropy

    def _backward(self, plain: Callable[..., Any]) -> Callable[..., Any]:
        listener = self.listener

        @functools.wraps(plain)
        def backward(self: Any, *args: Any, **kwargs: Any) -> Any:
            if listener.alive:
                listener.before_backward(self)
            return plain(self, *args, **kwargs)

        return backward

    def _put_exp(self, owner: Any) -> None:
        plain = owner.exp
        ours = self._exp(plain)
        self.patches.put(owner, "exp", ours)
        with contextlib.suppress(Exception):  # so that torch.jit.script still knows the function
            table = importlib.import_module("torch.jit._builtins")._get_builtin_table()  # noqa: SLF001
            if id(plain) in table:
                table[id(ours)] = table[id(plain)]
                self.patches.on_removal(lambda: table.pop(id(ours), None))

    def _exp(self, plain: Callable[..., Any]) -> Callable[..., Any]:
        listener = self.listener
        compiling = getattr(getattr(self.torch, "compiler", None), "is_compiling", lambda: False)

        @functools.wraps(plain)
        def exp(*args: Any, **kwargs: Any) -> Any:
            result = plain(*args, **kwargs)
            if listener.wants_ratio() and not compiling() and args and is_difference(args[0]):
                listener.ratio(result)
            return result

        return exp

    def _clip(self, owner: Any, name: str) -> None:
        plain, listener = getattr(owner, name), self.listener

        @functools.wraps(plain)
        def clip(parameters: Any, max_norm: Any, *args: Any, **kwargs: Any) -> Any:
            norm = plain(parameters, max_norm, *args, **kwargs)
            if listener.alive:
                listener.clipped(norm, float(max_norm))
            return norm

        for module in list(sys.modules.values()):
            names = getattr(module, "__dict__", None)
            if isinstance(names, dict) and names.get(name) is plain:
                self.patches.put(module, name, clip)


def kinds_of_distributions(torch: Any) -> set[type]:
    """All classes of distributions that are defined now."""
    waiting, found = [torch.distributions.Distribution], set()
    while waiting:
        if (cls := waiting.pop()) not in found:
            found.add(cls)
            waiting += cls.__subclasses__()
    return found


def is_difference(tensor: Any) -> bool:
    """Whether a tensor is a new log-probability minus an old one: only the first has a gradient.

    Softmaxes and standard deviations are no such differences.
    """
    node = getattr(tensor, "grad_fn", None)
    if node is None or type(node).__name__ != "SubBackward0":
        return False
    (new, _), (old, _) = node.next_functions
    return new is not None and old is None
