"""Identities hold for what is right, whatever it is compared with, and are told of what is wrong."""

from __future__ import annotations

import numpy as np
import pytest
from checks.mistakes import PLANTED, bookkeeping, policies, rollouts, strangers, targets  # noqa: F401 - they register

import rlprobe
from rlprobe.checks.evidence.identity import Asked, asked_of
from rlprobe.checks.evidence.registry import IDENTITIES
from rlprobe.checks.families import FAMILIES
from rlprobe.checks.trial.reading import RECORD, Choice, Reading

WITHOUT = {"frame_stack", "minibatch_indices"}
"""Families whose functions draw at random, or whose result is compared as a whole."""


def as_reading(family, formula):
    """A formula of a case, as a function that reads everything from it."""
    attributes = {role.name: 0 for role in family.roles}
    layout = "TN" if "N" in next(iter(family.cases())).sizes else "B"
    return Reading(
        formula, (Choice("case", RECORD),), frozenset({"case"}), layout=layout, attributes=attributes
    )


def broken(family, formula, output):
    """Which identities a formula breaks as a result of this name."""
    box = {}

    def function(_):
        return formula(box["case"])[output]

    class Boxed(Asked):
        def __call__(self, case):
            box["case"] = case
            return super().__call__(case)

        def seen(self, case):
            return case

    cases = list(family.cases())[:12]
    asked = Boxed(as_reading(family, function), family, output, 0)
    found = asked_of(asked, IDENTITIES[family.name], cases)
    return [says for says, holds in found.items() if not holds]


@pytest.mark.parametrize(
    "family", [one for one in FAMILIES if one.name not in WITHOUT], ids=lambda one: one.name
)
def test_the_references_have_the_identities_of_their_family(family):
    """Each identity is asked of the reference, for every result that it speaks of."""
    spoken = {one.output for one in IDENTITIES[family.name]}
    outputs = spoken - {""} or {next(iter(family.outputs))}
    for output in outputs:
        assert broken(family, family.right, output) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", ["gae", "q_target", "kl_categorical", "c51_projection", "ppo_loss"])
def test_identities_find_mistakes_by_themselves(name):
    """Without any comparison, identities find a good part of the known mistakes."""
    family = next(one for one in FAMILIES if one.name == name)
    spoken = next((one.output for one in IDENTITIES[name] if one.output), next(iter(family.outputs)))
    able = [m for m in family.mistakes if spoken in m.outputs(next(iter(family.cases())))]
    found = [mistake for mistake in able if broken(family, mistake.outputs, spoken)]
    assert len(found) >= 0.4 * len(able)


def told(name):
    """What the check of a planted mistake says."""
    one = next(one for one in PLANTED if one.function.__name__ == name)
    with pytest.raises(rlprobe.check.CheckFailure) as raised:
        getattr(rlprobe.check, one.family)(one.function)
    return str(raised.value)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("gae_uncut", "two episodes in one rollout give what two calls give"),
        ("kl_cross", "the divergence of a distribution from itself is 0"),
        ("log_prob_plus", "the density of the action integrates to 1, by quadrature"),
        ("ppo_loss_ascends", "where the ratio is 1, the loss is minus the mean advantage"),
        ("c51_loses_mass", "projected probabilities sum to 1"),
    ],
)
def test_a_broken_identity_is_told(name, says):
    """It stands in the failure's text."""
    assert f"It breaks an identity: {says}" in told(name)


def test_an_unknown_mistake_is_found_by_an_identity():
    """Even where it equals nothing known and every convention was tried."""

    def gae(rewards, values, dones, last_value, gamma, lam):
        out, running, following = [], 0.0, last_value
        for t in reversed(range(len(rewards))):
            going = 1.0 - dones[t]
            running = rewards[t] + gamma * going * following - values[t] + (gamma + lam) / 2 * going * running
            following = values[t]
            out.insert(0, running)
        return np.stack(out)

    with pytest.raises(rlprobe.check.CheckFailure, match="at lambda = 0, advantages are TD errors") as raised:
        rlprobe.check.gae(gae)
    assert raised.value.mistake is None
