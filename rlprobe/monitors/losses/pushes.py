"""What losses do to the probabilities of actions: whether they push them at all, and the right ones."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

Kind = Literal["", "none", "some", "astray"]
"""``"none"``: no gradient reaches log-probabilities. ``"astray"``: gradients do, but they have nothing to do
with the rewards of the actions. ``"some"``: anything else; empty if too little was seen."""
LEAST_LOSSES = 12
"""Losses with log-probabilities before it is said that none of them moves a policy."""
LEAST_ACTIONS, MOST_ACTIONS = 200, 6_000
"""Actions whose weights are compared with their rewards."""
LEAST_IN_LOSS = 8
"""Actions in one loss: the number that is subtracted from all rewards differs from loss to loss."""
ASTRAY_BELOW = 0.25
"""Correlation of the weights of actions with their rewards: over three standard errors of
``LEAST_ACTIONS``. That of correct agents is 0.9 or more."""


class Pushes:
    """The gradients that losses send to the log-probabilities of the actions that were taken.

    A policy gradient weighs each log-probability with an advantage. Where an episode is one step from one
    state, the advantage is the reward of the action, less a number that is the same for all of them.

    Args:
        pays: the reward of each action, counted from 0, where an episode is such a step; None elsewhere.
    """

    def __init__(self, pays: Sequence[float] | None) -> None:
        self._pays = None if pays is None else np.asarray(pays, float)
        self._losses: list[list[bool]] = []
        self._weights: list[NDArray[np.float64]] = []
        self._rewards: list[NDArray[np.float64]] = []
        self._actions = 0

    def listen(self, nodes: Sequence[tuple[Any, Any]]) -> None:
        """Hear of the gradients of one loss.

        Args:
            nodes: those of log-probabilities, each with the tensor of its actions; None if it is not known.
        """
        if not nodes:
            return
        self._losses.append([])
        for node, actions in nodes:
            node.register_prehook(partial(self._hear, self._losses[-1], actions))

    def _hear(self, pushes: list[bool], actions: Any, gradients: Any) -> None:
        gradient = gradients[0]
        if gradient is None:
            return
        pushes.append(bool(gradient.any()))
        known = actions is not None and actions.numel() == gradient.numel()
        if self._pays is None or not known or self._actions >= MOST_ACTIONS:
            return
        chosen = actions.detach().cpu().numpy().reshape(-1)
        weights = -gradient.detach().cpu().numpy().astype(float).reshape(-1) * len(chosen)
        used = (weights != 0.0) & (chosen >= 0) & (chosen < len(self._pays))
        if used.sum() < LEAST_IN_LOSS:
            return
        rewards = self._pays[chosen[used].astype(int)]
        self._weights.append(weights[used] - weights[used].mean())
        self._rewards.append(rewards - rewards.mean())
        self._actions += int(used.sum())

    @property
    def kind(self) -> Kind:
        """What the losses do."""
        told = [any(one) for one in self._losses if one]
        if len(told) < LEAST_LOSSES:
            return ""
        if not any(told):
            return "none"
        return "some" if self.correlation is None or self.correlation > ASTRAY_BELOW else "astray"

    @property
    def correlation(self) -> float | None:
        """That of the weights of actions in a loss with their rewards; None if unknown, or if negative.

        Weights with the wrong sign are another fault.
        """
        if self._actions < LEAST_ACTIONS:
            return None
        weights, rewards = np.concatenate(self._weights), np.concatenate(self._rewards)
        if min(weights.std(), rewards.std()) < 1e-9:
            return None
        found = float(np.corrcoef(weights, rewards)[0, 1])
        return found if found > -ASTRAY_BELOW else None

    @property
    def said(self) -> str:
        """A sentence if the weights have nothing to do with the rewards; empty otherwise."""
        if self.kind != "astray":
            return ""
        return (
            f"the weights that losses give to the log-probabilities of {self._actions:,} actions have a "
            f"correlation of {self.correlation:.2f} with the rewards of these actions"
        )
