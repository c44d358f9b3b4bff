"""Transforms change exactly the values they should, and planted faults teach the numbers of the pages."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from gymnasium import spaces

from probe_envs import END, SUITE, WRAPPER_PROBES, ProbeEnv, probe, solve, tabulate
from probe_envs.observe import ENCODINGS, affine, blank, encode, one_hot, scalar
from probe_envs.probes.cash_out import cash_out
from probe_envs.transform import (
    continuous_actions,
    scale_rewards,
    shift_rewards,
)

NAMES = [row.name for row in (*SUITE, *WRAPPER_PROBES)]
GAMMA = 0.9


def plant(mdp, change):
    """The process with ``change(state, action, target, reward) -> (target, reward)`` in every outcome."""

    def step(state, action):
        law = {}
        for (target, reward), chance in mdp.step(state, action).items():
            outcome = change(state, action, target, reward)
            law[outcome] = law.get(outcome, 0.0) + chance
        return law

    return replace(mdp, step=step)


def right(name):
    """The values of the first states in order of discovery."""
    return solve(probe(name).mdp(), GAMMA).V.round(10).tolist()


# probe, fault planted in its process -> the values that the page of the probe says it teaches
PLANTED = {
    "rewards clipped": (
        "RewardSet",
        lambda _s, _a, t, r: (t, min(max(r, -1.0), 1.0)),
        [-1.0, -0.5, 0.5, 1.0],
    ),
    "rewards by sign": ("RewardSet", lambda _s, _a, t, r: (t, float(np.sign(r))), [-1.0, -1.0, 1.0, 1.0]),
    "rewards as integers": ("RewardSet", lambda _s, _a, t, r: (t, float(int(r))), [-1.0, 0.0, 0.0, 5.0]),
    "mean subtracted": ("RewardSet", lambda _s, _a, t, r: (t, r - 1.0), [-2.0, -1.5, -0.5, 4.0]),
    "termination ignored": ("Constant", lambda s, _a, _t, r: (s, r), [10.0]),
    "ends at once": ("Decoder", lambda _s, _a, _t, r: (END, r), [1.0]),
    "next is same": ("Chain", lambda s, _a, t, r: (t if t is END else s, r), [0.0]),
    "truncation ends": ("TruncBoot", lambda s, _a, t, r: (END if s == 1 else t, r), [0.9, 3.0, -6.0, 1.0]),
    "loop never ends": ("RandomExit", lambda s, _a, _t, r: (s, r), [10.0]),
    "both flags go on": ("BothFlags", lambda s, _a, _t, r: (min(s + 1, 2), r), [8.1, 9.0, 10.0]),
}


@pytest.mark.parametrize("fault", PLANTED)
def test_a_planted_fault_teaches_the_numbers_of_the_page(fault):
    """The same solver predicts the wrong values, and they are far from the right ones."""
    name, change, wrong = PLANTED[fault]
    learned = solve(plant(probe(name).mdp(), change), GAMMA)
    assert pytest.approx(wrong, abs=1e-9) == learned.V
    assert np.abs(np.array(right(name))[: len(wrong)] - wrong).max() > 0.4


def test_a_sign_flipped_in_the_rewards_turns_every_choice():
    """In every probe that asks for an action, the flipped process has another optimum."""
    for name in (
        "ActionOrder",
        "ContextBandit",
        "WillToLive",
        "BoxTarget",
        "Lock",
        "DelayedCredit",
        "DeepSea",
        "TMaze",
    ):
        mdp = probe(name).mdp()
        good, bad = solve(mdp, GAMMA), solve(plant(mdp, lambda _s, _a, t, r: (t, -r)), GAMMA)
        assert (good.optimal != bad.optimal).any(), name


def test_hiding_the_observation_makes_it_worth_nothing():
    """Without the observation the best an agent can do in ContextBandit is a coin: 0.25."""
    from probe_envs import belief

    mdp = probe("ContextBandit").mdp()
    assert solve(belief(mdp), GAMMA).start_value == pytest.approx(1.0)
    assert solve(belief(replace(mdp, observe=blank)), GAMMA).start_value == pytest.approx(0.25)


@pytest.mark.parametrize("name", NAMES)
def test_scaled_rewards_scale_values(name):
    """Every value is multiplied, no choice changes."""
    mdp = probe(name).mdp()
    plain, scaled = solve(mdp, GAMMA), solve(scale_rewards(mdp, 7.5), GAMMA)
    assert pytest.approx(7.5 * plain.Q, abs=1e-9) == scaled.Q
    assert (scaled.optimal == plain.optimal).all()


@pytest.mark.parametrize("name", NAMES)
def test_shifted_rewards_pay_for_every_step(name):
    """Adding c to each reward adds c to a one-step value and c / (1 - gamma) to an endless one."""
    mdp = probe(name).mdp()
    shift = solve(shift_rewards(mdp, 2.0), GAMMA).V - solve(mdp, GAMMA).V
    lengths = {
        "Constant": 1,
        "ObservationSign": 1,
        "RewardSet": 1,
        "ActionOrder": 1,
        "ScaledObservation": 1,
        "ScaledReward": 1,
        "SkippedEnd": 7,
        "ContextBandit": 1,
        "BoxTarget": 1,
        "Decoder": 3,
        "Chain": 7,
        "BothFlags": 3,
        "DelayedCredit": 5,
        "TMaze": 4,
        "DeepSea": 5,
    }
    endless = {"TimeLimitLoop": 1.0, "RandomExit": 0.75}
    if name in lengths:
        assert shift[0] == pytest.approx(2 * sum(GAMMA**t for t in range(lengths[name])), abs=1e-9)
    elif name in endless:
        assert shift[0] == pytest.approx(2 / (1 - endless[name] * GAMMA), abs=1e-9)


def test_shifting_turns_will_to_live():
    """The probe against shifted rewards: subtracting 0.2 makes quitting right, and its mirror turns back."""
    assert solve(probe("WillToLive").mdp(), GAMMA).optimal.tolist() == [[True, False]]
    assert solve(shift_rewards(probe("WillToLive").mdp(), -0.2), GAMMA).optimal.tolist() == [[False, True]]
    mirror = probe("WillToLive").mdp(mirror=True)
    assert solve(mirror, GAMMA).optimal.tolist() == [[False, True]]
    assert solve(shift_rewards(mirror, 0.2), GAMMA).optimal.tolist() == [[True, False]]


@pytest.mark.parametrize("name", NAMES)
def test_continuous_actions_are_the_same_actions(name):
    """Cut into intervals, the actions keep their values in their order."""
    mdp = probe(name).mdp()
    plain, cut = solve(mdp, GAMMA), solve(continuous_actions(mdp), GAMMA)
    assert pytest.approx(plain.Q, abs=1e-12) == cut.Q


def test_intervals_end_where_they_should():
    """The least float of an interval belongs to it, in the scalar and in the vector environment alike."""
    mdp = probe("ActionOrder").mdp(continuous=True)
    env = ProbeEnv(mdp)
    rewards = (0.1, 0.7, -0.4, 1.3, 0.4)
    for i, edge in enumerate(np.float32([-1.0, -0.6, -0.2, 0.2, 0.6])):
        env.reset()
        inside = max(edge, np.nextafter(np.float32(-1 + 0.4 * i), np.float32(2)))
        assert env.step(np.array([inside], np.float32))[1] == rewards[i]
    env.reset()
    assert env.step(np.array([1.0], np.float32))[1] == rewards[4]
    assert env.step.__self__.action_space == spaces.Box(-1.0, 1.0, (1,), np.float32)


@pytest.mark.parametrize("name", [row.name for row in (*SUITE, *WRAPPER_PROBES) if row.asks == "value"])
def test_cash_out_asks_what_the_process_is_worth(name):
    """Entering is right exactly below the discounted start value."""
    mdp = probe(name).mdp()
    worth = GAMMA * solve(mdp, GAMMA).start_value
    for sure, enter in ((worth - 0.01, True), (worth + 0.01, False)):
        solution = solve(cash_out(mdp, sure), GAMMA)
        assert solution.Q[0][:2] == pytest.approx([worth, sure], abs=1e-9)
        assert solution.optimal[0][:2].tolist() == [enter, not enter]


def test_cash_out_is_seen_and_lasts_one_step_longer():
    """The offer has an observation of its own, and the clock allows for it."""
    env = ProbeEnv(cash_out(probe("TimeLimitLoop").mdp(), 1.0))
    assert env.reset(seed=0)[0].tolist() == [0.0, 1.0]
    steps = [env.step(0) for _ in range(6)]
    assert [step[3] for step in steps] == [False] * 5 + [True]
    assert steps[0][0].tolist() == [1.0, 0.0]
    env.reset()
    assert env.step(1)[1:4] == (1.0, True, False)


def test_standardising_makes_scaled_observation_plain():
    """The useless component is a million times the useful one; standardised, both have deviation 1."""
    mdp = probe("ScaledObservation").mdp()
    views = np.stack([mdp.observe(state) for state in tabulate(mdp).states]).astype(np.float64)
    assert views.std(axis=0)[0] / views.std(axis=0)[1] == pytest.approx(816_496.6, rel=1e-4)
    assert views.mean(axis=0) == pytest.approx([1e5, 0.0])
    standard = (views - views.mean(axis=0)) / views.std(axis=0)
    assert sorted({round(x, 6) for x in standard[:, 1].tolist()}) == [-1.0, 1.0]


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("name", NAMES)
def test_encodings_tell_apart_what_was_apart(name, encoding):
    """Equal observations stay equal, different ones stay different, and no value changes."""
    mdp = probe(name).mdp()
    coded = encode(mdp, encoding)

    def looks(process):
        states = tabulate(mdp).states
        views = [*map(process.observe, states), *map(process.end_view, states)]
        return [
            str({k: v.tolist() for k, v in x.items()}) if isinstance(x, dict) else str(x.tolist())
            for x in views
        ]

    plain, new = looks(mdp), looks(coded)
    for i in range(len(plain)):
        assert [x == plain[i] for x in plain] == [x == new[i] for x in new]
    assert solve(coded, GAMMA).V.tolist() == solve(mdp, GAMMA).V.tolist()


def test_observation_maps():
    """The maps from state to array give the shapes and numbers they name."""
    assert scalar(-1).tolist() == [-1.0]
    assert one_hot(4)(2).tolist() == [0, 0, 1, 0]
    assert affine(one_hot(2), scale=[1e3, 1e-3], offset=1.0)(1).tolist() == pytest.approx([1.0, 1.001])
    assert blank("x").dtype == one_hot(2)(0).dtype == scalar(1).dtype == np.float32


def test_every_row_of_the_suite_is_complete():
    """Names are unique, prerequisites come earlier, and each page has its three parts."""
    for i, row in enumerate(SUITE):
        assert row.name not in [other.name for other in SUITE[:i]]
        assert set(row.prerequisites) <= {other.name for other in SUITE[:i]}
        assert row.doc.startswith(f"{row.name}: ")
        assert "**Exact answer.**" in row.doc
        assert "**What a failure means.**" in row.doc
