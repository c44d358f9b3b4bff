"""Scripts that learn from rewards of their own are told from those that hear of a change late."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest

from rlprobe.scripts.first_run.rewards import learns_other_rewards


class Learner:
    """Values of 1, which fall to -10 once more than a share of all transitions have the new rewards."""

    def __init__(self, share, steps=3_000):
        self.first, self.count, self.until = np.zeros(2), SimpleNamespace(over=False), math.inf
        self.share, self.steps, self.before = share, steps, None

    def read(self):
        """The values now."""
        new = 0.0 if self.before is None else 1.0 - self.before / self.steps
        return np.full(2, -10.0 if new > self.share else 1.0)

    observed = ()

    def asked(self, _):
        """What was seen of its losses."""
        return {"observed": self.observed}

    def negate_rewards(self):
        """All rewards from now on have the other sign."""
        self.before = self.steps

    def learn(self, steps):
        """Take some steps."""
        self.steps += steps


@pytest.mark.parametrize(("share", "own"), [(0.0, False), (0.3, False), (0.49, False), (1.0, True)])
def test_rewards_of_its_own_are_those_whose_sign_never_matters(share, own):
    """On-policy, from a mean over a replay memory, and from its larger half, as with clipped gradients."""
    assert learns_other_rewards(Learner(share)) is own


def test_nothing_is_concluded_where_little_was_learned_or_time_is_up():
    """Values as at the beginning, and a run that ends before half of the memory is new."""
    unmoved, out_of_time = Learner(1.0), Learner(1.0)
    unmoved.first = np.ones(2)
    out_of_time.until = 0.0
    assert not learns_other_rewards(unmoved)
    assert not learns_other_rewards(out_of_time)


def test_a_fault_that_was_seen_in_losses_may_be_why():
    """Values stay as they are where no gradient is left of large errors."""
    clipped = Learner(1.0)
    clipped.observed = [["td-error-clipped", "differences were clipped"]]
    assert not learns_other_rewards(clipped)
