"""Watch which networks a script acts with, on an environment of any observations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from gymnasium import spaces

from rlprobe.scripts.inside.reading.networks.hooks import Networks
from rlprobe.scripts.inside.reading.networks.rows import MOST_ROWS

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Watching(Networks):
    """As ``Networks``, where observations are known only while they are the latest.

    ``acted``: of each network that was called first after a step, the latest input of that kind and the
    observations that the environments showed then.
    """

    def __init__(self, torch: Any, gate: Any) -> None:
        self.acted: dict[int, tuple[Any, Any, list[Any]]] = {}
        self._acted_at: dict[int, int] = {}
        super().__init__(torch, gate)

    def actions_of(self, space: spaces.Space[Any]) -> None:
        """Know the size of outputs that are about actions."""
        if isinstance(space, spaces.Discrete):
            self.actions = int(space.n)
        elif space.shape:
            self.width = int(np.prod(space.shape))

    def _leave(self, module: Any, args: Any, result: Any) -> None:
        super()._leave(module, args, result)
        if self.quiet or self._depth or not args or not isinstance(args[0], self.torch.Tensor):
            return
        begun = [env for env in self.stages if env.looks]
        if self._acted_at.get(id(module)) == self.gate.stamp or not begun:
            return
        self._acted_at[id(module)] = self.gate.stamp
        if args[0].ndim < 2 or args[0].shape[0] in {1, len(begun)}:
            looks = [look for env in begun for look in env.looks]
            self.acted[id(module)] = module, args[0].detach().clone(), looks

    def _all_looks(self) -> NDArray[np.float32] | None:
        looks = [look for env in self.stages for look in env.looks]
        shapes = {look.shape if isinstance(look, np.ndarray) else None for look in looks}
        if len(shapes) != 1 or None in shapes:
            return None
        flat = np.array([np.asarray(look, np.float32).reshape(-1) for look in looks])
        return flat if 0 < flat.shape[1] <= MOST_ROWS else None

    def is_policy(self, module: Any) -> bool:
        """Whether a distribution over actions was made from what the network returns."""
        inner = set(map(id, module.modules()))
        return any(one.policy and id(one.module) in inner for one in self.outputs.values())
