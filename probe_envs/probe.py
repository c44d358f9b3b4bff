"""A probe: an MDP, what it tests, and which faults it isolates."""

from __future__ import annotations

import inspect
import sys
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from probe_envs.observe import encode
from probe_envs.options import OptionError, number
from probe_envs.transform import (
    continuous_actions,
    repeat_actions,
    scale_rewards,
    with_first_step,
    with_own_end,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from probe_envs.mdp import MDP

Asks = Literal["value", "action", "exploration"]


@dataclass(frozen=True, kw_only=True)
class Probe:
    """One row of the suite.

    Args:
        name: a short name for what it isolates; the environment is ``probe/<name>-v0``.
        declare: returns the MDP; its keyword arguments are options of the environment.
        asks: ``"value"``: the critic must learn exact values; ``"action"``: the policy must find the
            best action; ``"exploration"``: measured, not judged.
        isolates: ids of the faults that it isolates.
        prerequisites: names of the probes that must pass first; otherwise a failure here has their cause.
        options: options of ``declare`` for this probe.
    """

    name: str
    declare: Callable[..., MDP]
    asks: Asks
    isolates: tuple[str, ...] = ()
    prerequisites: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The Gymnasium id."""
        return f"probe/{self.name}-v0"

    @property
    def doc(self) -> str:
        """What it is, its exact values and what a failure means: the docstring of its file."""
        return inspect.cleandoc(sys.modules[self.declare.__module__].__doc__ or "")

    def mdp(
        self,
        *,
        encoding: str | None = None,
        continuous: bool = False,
        reward_scale: float = 1.0,
        actions: int | None = None,
        longer: bool = False,
        own_end: bool = False,
        **options: Any,
    ) -> MDP:
        """The MDP.

        Args:
            encoding: another encoding of the same observations: ``"index"``, ``"image"`` or ``"dict"``.
            continuous: use ``Box(-1, 1, (1,))`` as action space, cut into one interval per action.
            reward_scale: factor of every reward.
            actions: number of discrete actions; additional ones repeat the declared ones.
            own_end: end episodes that terminate in an observation of its own, for tables without a mask.
            longer: put one more step before each episode, for agents that cannot learn from single steps.
            options: keyword arguments of the declaration, such as the size.

        Raises:
            OptionError: an option that the declaration does not have; the message lists those it has.
        """
        known = inspect.signature(self.declare).parameters
        for option in options:
            if option not in known:
                every = [*known, *list(inspect.signature(Probe.mdp).parameters)[1:-1]]
                raise OptionError(f"{self.id} has no option {option!r}; it has {', '.join(every)}")
        mdp = self.declare(**{**self.options, **options})
        if reward_scale != 1.0:
            mdp = scale_rewards(mdp, number("reward_scale", reward_scale))
        if actions is not None:
            mdp = repeat_actions(mdp, actions)
        if continuous:
            mdp = continuous_actions(mdp)
        if longer:
            mdp = with_first_step(mdp)
        if own_end:
            mdp = with_own_end(mdp)
        mdp = encode(mdp, encoding) if encoding else mdp
        again = partial(
            self.mdp,
            encoding=encoding,
            continuous=continuous,
            reward_scale=reward_scale,
            actions=actions,
            longer=longer,
            own_end=own_end,
            **options,
        )
        object.__setattr__(mdp, "made_by", again)  # a transform of the result forgets it
        return mdp
