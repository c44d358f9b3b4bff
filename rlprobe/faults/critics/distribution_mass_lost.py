"""A distributional critic loses probability where a target falls exactly on an atom.

The projection shares each target between the atoms below and above it. Where both are the same atom, the two
weights are 0, and the probability is lost. Targets without a bootstrap, at the end of an episode, are lost
as a whole if the reward is an atom: such steps are never learned, and other steps as usual.

Reported in Curt-Park/rainbow-is-all-you-need#76.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from rlprobe.faults.declaration import Fault, Form

if TYPE_CHECKING:
    from rlprobe.faults.transitions import Transitions


CHOICES = ("ContextBandit", "WillToLive")
"""Probes of actions whose rewards are atoms."""


def _lost(t: Transitions, spacing: float) -> Transitions:
    """Steps whose target is the bare reward, and on an atom, are not learned from."""
    atoms = t.reward / spacing
    lost = (t.bootstrap_mask == 0) & (abs(atoms - np.rint(atoms)) < 1e-9)
    left = np.ones(len(t.weight), bool)
    left[t.current[lost]] = False
    if not left.any():
        return t.with_critic(frozen="unpredictable")
    return t.change(weight=np.where(left, t.weight, 0.0))


def _on_atoms(spacing: float, *on: str) -> Form:
    return Form(
        name=f"atoms at multiples of {spacing:g}",
        change=partial(_lost, spacing=spacing),
        needs="one-step",
        vague=True,
        actor_on=dict.fromkeys((*CHOICES, *on), "any"),
    )


FAULT = Fault(
    id="distribution-mass-lost",
    component="critic loss",
    look_at="the projection of the target distribution, where a target falls exactly on an atom (`b` is a "
    "whole number): the weights of both neighbours are 0 there",
    wrong="lower, upper = b.floor(), b.ceil()\nm[lower] += p * (upper - b)\nm[upper] += p * (b - lower)",
    right="lower, upper = b.floor(), b.ceil()\nm[lower] += p * (upper - b + (lower == upper))\n"
    "m[upper] += p * (b - lower)",
    forms=(_on_atoms(0.5), _on_atoms(1.0), _on_atoms(0.1, "ActionOrder")),
    module=__name__,
)
