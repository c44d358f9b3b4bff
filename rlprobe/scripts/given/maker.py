"""A ``make_agent`` that runs a training script on the environment it is given."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rlprobe.diagnosis.questions import AgentError
from rlprobe.scripts.given.agent import GivenAgent
from rlprobe.scripts.inside.changes.rewriting import Rewriting
from rlprobe.scripts.inside.given.parcels import ParcelError, packed_space
from rlprobe.scripts.inside.order import Order
from rlprobe.scripts.inside.sources import vector_api_of
from rlprobe.scripts.notebooks.cells import code_of
from rlprobe.scripts.scratch import scratch_for

if TYPE_CHECKING:
    import gymnasium as gym

    from rlprobe.agent import Setting
    from rlprobe.scripts.launch import Launch

LIKE_A_DISCOUNT = 0.5, 1.0
"""A constant between these, times something called r, is the discount of a return."""
LONG_RUN_STEPS = 1_000_000
"""What ``{steps}`` says where nobody knows how long the run will be."""


@dataclass(frozen=True)
class GivenScript:
    """A training script as a ``make_agent(env, setting)``: it runs unchanged, in a process of its own.

    Args:
        launch: the script and its arguments; ``{seed}``, ``{gamma}`` and ``{steps}`` are replaced.
        value: expression for values of ``observations``; ``"none"`` to read none; None to look for them.
        act: the same for actions.
        replace: classes and functions that make environments, ``module:name``, beside Gymnasium's.
        vector_api: ``"0.29"`` for vector environments as before Gymnasium 1.0; None for what the script
            needs.
        steps: what ``{steps}`` becomes.
        env: what the user calls the environment.
    """

    launch: Launch
    value: str | None = None
    act: str | None = None
    replace: tuple[str, ...] = ()
    vector_api: str | None = None
    steps: int = LONG_RUN_STEPS
    env: str = "the environment"

    @property
    def name(self) -> str:
        """The script, as typed."""
        return self.launch.target

    def __call__(self, env: gym.Env[Any, Any], setting: Setting) -> GivenAgent:
        """Start the script on ``env``; it waits before its first step.

        Raises:
            AgentError: the script does not fit the environment, or ended before its first step.
        """
        try:
            given = {
                "name": self.env,
                "observations": packed_space(env.observation_space),
                "actions": packed_space(env.action_space),
            }
        except ParcelError as error:
            raise AgentError(f"{self.name}: {error}") from None
        scratch = scratch_for(self.launch)
        order = Order(
            target=self.launch.runs,
            is_module=self.launch.is_module,
            args=self.launch.filled(seed=setting.seed, gamma=setting.gamma, steps=self.steps),
            folder=str(Path(self.launch.start).resolve()),
            scratch=str(scratch),
            seed=setting.seed,
            steps=self.steps,
            quicken=False,
            value=self.value,
            act=self.act,
            replace=self.replace,
            vector_api=self.vector_api or vector_api_of(self.launch),
            given=given,
        )
        return GivenAgent(self.launch, order, env, _scales(self.launch.path))


def _scales(path: Path) -> list[tuple[str, float, str]]:
    """The constants that the source multiplies rewards with."""
    rules = Rewriting([])
    try:
        rules(ast.parse(code_of(path)), path.name)
    except (SyntaxError, ValueError, OSError):
        return []
    return [one for one in rules.scales if not LIKE_A_DISCOUNT[0] < one[1] < LIKE_A_DISCOUNT[1]]
