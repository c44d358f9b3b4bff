"""An environment whose steps are taken by the process that asked for the run."""

from __future__ import annotations

import sys
from collections import Counter, deque
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from rlprobe.scripts.inside.given.parcels import packed, unpacked
from rlprobe.scripts.inside.stage import PASSED_ON, StandIn

if TYPE_CHECKING:
    from types import CodeType, FrameType

    import gymnasium as gym
    from gymnasium import spaces

    from rlprobe.scripts.inside.gate import Gate

KEPT_TRANSITIONS = 200
"""The latest observations, with the actions taken there."""


class GivenEnv(StandIn):
    """Stands for one environment of the user.

    Args:
        number: tells the environments of a script apart.
        observation_space, action_space: those of the user's environment.
        original: the environment that the script asked for, unstepped; answers for everything else.
        gate: lets steps through, and carries them.
    """

    def __init__(
        self,
        number: int,
        observation_space: spaces.Space[Any],
        action_space: spaces.Space[Any],
        original: gym.Env[Any, Any],
        gate: Gate,
    ) -> None:
        super().__init__(original)
        self.number, self.gate = number, gate
        self.observation_space, self.action_space = observation_space, action_space
        self.now = 0
        self.looks: list[Any] = []
        self.sites: Counter[tuple[CodeType, int]] = Counter()
        self.views = SimpleNamespace(asked=sys.maxsize)
        self.recent: deque[tuple[Any, Any]] = deque(maxlen=KEPT_TRANSITIONS)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, Any]:
        """Begin an episode."""
        if seed is not None:
            super().reset(seed=seed)
        answer = self._call({"do": "reset", "seed": seed, "options": packed(options)})
        return self._shown(answer), unpacked(answer["info"])

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        """Take one step, when the gate lets it through."""
        self.gate.pass_one()
        self.sites[_caller()] += 1
        if self.looks:
            self.recent.append((self.looks[0], action))
        answer = self._call({"do": "step", "action": packed(action)})
        terminated, truncated = answer["terminated"], answer["truncated"]
        self.gate.at_end = terminated or truncated
        self.gate.episodes += self.gate.at_end
        return self._shown(answer), answer["reward"], terminated, truncated, unpacked(answer["info"])

    def _call(self, message: dict[str, Any]) -> dict[str, Any]:
        return self.gate.call({"at": "env", "env": self.number, **message})

    def _shown(self, answer: dict[str, Any]) -> Any:
        observation = unpacked(answer["observation"])
        self.looks = [observation]
        return observation


def _caller() -> tuple[CodeType, int]:
    """The line that steps, behind wrappers and vector environments."""
    frame: FrameType | None = sys._getframe(2)  # noqa: SLF001 - the caller of step
    while frame is not None and frame.f_back is not None and frame.f_code.co_name in PASSED_ON:
        frame = frame.f_back
    assert frame is not None
    return frame.f_code, frame.f_lineno
