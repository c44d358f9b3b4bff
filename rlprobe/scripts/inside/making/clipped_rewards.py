"""Leave out wrappers that clip the rewards of Atari games: usual there, on a probe it looks like a fault."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import gymnasium as gym

if TYPE_CHECKING:
    from collections.abc import Callable

TRIED = (-5.0, -0.5, 0.5, 5.0)


def leave_out_clipping(note: Callable[[str], None]) -> None:
    """Let wrappers pass on the rewards that they would clip; ``note`` is told of it.

    The environment must have an emulator: clipped rewards of other tasks are a fault that is named.
    """
    plain = gym.RewardWrapper.step
    known: WeakKeyDictionary[Any, bool] = WeakKeyDictionary()

    @functools.wraps(plain)
    def step(wrapper: Any, action: Any) -> Any:
        if wrapper not in known:
            known[wrapper] = hasattr(wrapper.unwrapped, "ale") and is_clipping(wrapper.reward)
            if known[wrapper]:
                note(f"{type(wrapper).__name__} was left out: it clips rewards, as is usual on Atari games")
        return wrapper.env.step(action) if known[wrapper] else plain(wrapper, action)

    gym.RewardWrapper.step = step  # type: ignore[method-assign,assignment]


def is_clipping(reward: Callable[[Any], Any]) -> bool:
    """Whether a function clips rewards to -1 and 1, or takes their sign.

    >>> import numpy as np
    >>> is_clipping(np.sign), is_clipping(lambda r: max(-1, min(r, 1))), is_clipping(lambda r: 0.1 * r)
    (True, True, False)
    """
    try:
        made = [float(reward(one)) for one in TRIED]
    except Exception:  # noqa: BLE001 - a function of the script
        return False
    return made[0] == -1.0 and made[3] == 1.0 and -1.0 <= made[1] < 0.0 < made[2] <= 1.0
