"""What short rollouts change in the numbers that a fault teaches."""

from __future__ import annotations

import gymnasium as gym
import numpy as np
import pytest

from probe_envs import probe
from probe_envs.dynamics import Dynamics
from rlprobe.faults import fault
from rlprobe.faults.prediction import predict
from rlprobe.faults.rollouts import phases
from rlprobe.faults.stored import transitions_of
from rlprobe.faults.transitions import Learner, observed_in

GAMMA, LAM = 0.9, 0.95


def simulated(name, length, not_done, *, bonus):
    """Values of a table that is trained on rollouts of ``length``, averaged over the last third of them.

    ``not_done`` makes the factors of the recursion from the flags of a rollout; with ``bonus`` the value of
    a truncated step's final observation is added to its reward.
    """
    env = gym.make(probe(name).id)
    seen, _ = env.reset(seed=0)
    values, total, count = {}, {}, 0
    for update in range(6_000):
        rows = []
        for _ in range(length):
            after, reward, terminated, truncated, _ = env.step(0)
            if bonus and truncated and not terminated:
                reward += GAMMA * values.get(after.tobytes(), 0.0)
            rows.append((seen.tobytes(), reward, terminated or truncated))
            seen = env.reset()[0] if terminated or truncated else after
        keys, rewards, done = zip(*rows, strict=True)
        v = np.array([values.get(key, 0.0) for key in (*keys, seen.tobytes())])
        go_on, carry, targets = not_done(np.array(done)), 0.0, {}
        for t in reversed(range(length)):
            carry = rewards[t] + GAMMA * go_on[t] * (v[t + 1] + LAM * carry) - v[t]
            targets.setdefault(keys[t], []).append(v[t] + carry)
        for key, found in targets.items():
            values[key] = values.get(key, 0.0) + 0.01 * len(found) * (np.mean(found) - values.get(key, 0.0))
        if update >= 4_000:
            count += 1
            for key, value in values.items():
                total[key] = total.get(key, 0.0) + value
    return {key: value / count for key, value in total.items()}


def early(done):
    """The flag of the next row; the last row keeps its own."""
    return 1.0 - np.append(done[1:], done[-1])


def late(done):
    """The flag of the row before, over the beginning of a rollout too."""
    found, late.before = 1.0 - np.append(late.before, done[:-1]), done[-1]
    return found


@pytest.mark.parametrize("length", [4, 7])
@pytest.mark.parametrize("name", ["Decoder", "TimeLimitLoop", "TruncBoot"])
@pytest.mark.parametrize(
    ("which", "not_done", "form", "bonus"),
    [
        ("done-one-early", early, 0, False),
        ("done-one-early", early, 1, True),
        ("done-one-late", late, 1, True),
    ],
)
def test_flags_shifted_by_one_teach_what_is_predicted(name, length, which, not_done, form, bonus):
    """A simulated learner comes to the predicted values; episodes have 2, 3 or 5 steps."""
    late.before = False
    found = simulated(name, length, not_done, bonus=bonus)
    learner = Learner(gamma=GAMMA, lam=LAM, rollout=length)
    mdp = probe(name).mdp()
    predicted = predict(mdp, learner, (fault(which).forms[form],))
    for key, value in found.items():
        number = [np.asarray(o).tobytes() for o in observed_in(Dynamics(mdp)).observations].index(key)
        assert value == pytest.approx(predicted.mean[number], abs=0.12, rel=0.02)


@pytest.mark.parametrize(("name", "length"), [("Decoder", 6), ("Chain", 7)])
def test_rollouts_in_step_with_episodes_teach_what_is_predicted(name, length):
    """Only some places of a rollout ever hold a step, where the episodes have 3 or 7 steps."""
    late.before = False
    found = simulated(name, length, late, bonus=True)
    learner = Learner(gamma=GAMMA, lam=LAM, rollout=length)
    predicted = predict(probe(name).mdp(), learner, (fault("done-one-late").forms[1],))
    numbers = [np.asarray(o).tobytes() for o in observed_in(Dynamics(probe(name).mdp())).observations]
    for key, value in found.items():
        assert value == pytest.approx(predicted.mean[numbers.index(key)], abs=0.12, rel=0.02)


def test_where_learning_began_matters_only_if_episodes_and_rollouts_are_in_step():
    """Four episodes of one step in turn: in step with rollouts of 8, but not with those of 5."""
    transitions = transitions_of(probe("EpisodeLeak").mdp())
    assert [phases(transitions, length) for length in (8, 5)] == [4, 1]
    form = fault("gae-not-cut").forms[1]
    every = [
        predict(probe("EpisodeLeak").mdp(), Learner(gamma=GAMMA, lam=LAM, rollout=8, phase=i), (form,))
        for i in range(4)
    ]
    measured = [0.4275, 0.0, -0.16868]  # what A2C of Stable-Baselines3 learns
    assert min(abs(values.mean - measured).max() for values in every) < 1e-4


@pytest.mark.parametrize("name", ["Decoder", "Chain", "TimeLimitLoop", "TruncBoot", "RandomExit"])
def test_rollouts_change_nothing_in_what_a_correct_learner_learns(name):
    """Where a state is seen as it is, sums that end early bootstrap from right values."""
    whole = predict(probe(name).mdp(), Learner(gamma=GAMMA, lam=LAM))
    short = predict(probe(name).mdp(), Learner(gamma=GAMMA, lam=LAM, rollout=4))
    np.testing.assert_allclose(short.mean, whole.mean, atol=1e-9)
