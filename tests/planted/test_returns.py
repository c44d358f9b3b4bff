"""What mistakes in summing rewards teach a Monte-Carlo learner, against what is predicted."""

from __future__ import annotations

import gymnasium as gym
import numpy as np
import pytest

from planted.reinforce import BUGS, MakeReinforce
from probe_envs import probe
from probe_envs.dynamics import Dynamics
from rlprobe.agent import Setting
from rlprobe.faults import fault
from rlprobe.faults.prediction import predict
from rlprobe.faults.transitions import Learner, observed_in

BATCH = {2: 0, 5: 3, 10: 5}


@pytest.mark.parametrize("name", ["Decoder", "Chain", "RandomExit", "TimeLimitLoop", "RewardSet"])
@pytest.mark.parametrize(("bug", "episodes"), [*((bug, 5) for bug in BUGS), ("returns-cross-episodes", 2)])
def test_the_learned_returns_are_the_predicted_ones(bug, episodes, name):
    """Running means over a few thousand steps come to the prediction for batches of that many episodes."""
    mdp = probe(name).mdp()
    agent = MakeReinforce(bug, episodes)(gym.make(f"probe/{name}-v0"), Setting(gamma=0.9))
    agent.env.reset(seed=0)
    agent.learn(12_000)
    views = observed_in(Dynamics(mdp))
    form = fault(bug).forms[BATCH[episodes] if bug == "returns-cross-episodes" else 0]
    predicted = predict(mdp, Learner(gamma=0.9, lam=1.0), (form,)).mean[views.queried]
    learned = agent.value(views.observations[views.queried])
    assert learned == pytest.approx(predicted, rel=0.12, abs=0.2)


@pytest.mark.parametrize("name", ["Constant", "Decoder", "Chain", "RandomExit"])
def test_batches_that_end_with_the_episode_in_which_they_are_full(name):
    """Whole episodes of 16 steps or more: how many depends on their lengths."""
    mdp = probe(name).mdp()
    agent = MakeReinforce("returns-cross-episodes", 1, 16)(gym.make(f"probe/{name}-v0"), Setting(gamma=0.9))
    agent.env.reset(seed=0)
    agent.learn(12_000)
    views = observed_in(Dynamics(mdp))
    forms = {form.name: form for form in fault("returns-cross-episodes").forms}
    form = forms["batches of whole episodes, 16 steps or more"]
    predicted = predict(mdp, Learner(gamma=0.9, lam=1.0), (form,)).mean[views.queried]
    learned = agent.value(views.observations[views.queried])
    assert learned == pytest.approx(predicted, rel=0.06, abs=0.1)


def test_without_a_bug_only_truncation_is_wrong():
    """Monte-Carlo returns stop at a time limit by their nature, and are right everywhere else."""
    agent = MakeReinforce()(gym.make("probe/Decoder-v0"), Setting(gamma=0.9))
    agent.learn(1_000)
    np.testing.assert_allclose(agent.value(np.eye(4, dtype=np.float32)[:3]), [2.62, 1.8, 2.0], atol=0.01)
