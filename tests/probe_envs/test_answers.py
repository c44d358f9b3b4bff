"""The solver's answers equal the formulas of every probe, worked out here by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from probe_envs import CHOICE_PROBES, SUITE, WRAPPER_PROBES, belief, evaluate, probe, solve
from probe_envs.mdp import END, MDP
from probe_envs.observe import scalar

GAMMAS = (0.5, 0.8, 0.9, 0.99)
LOCK = (1, 0, 0, 1, 1)  # the right actions


def right(wanted, other, correct):
    """Values of both actions, the right one first or second."""
    return [wanted, other] if correct == 0 else [other, wanted]


def deep_sea_values(g, n=5):
    """Backward through the grid, written with loops over rows and columns instead of states."""
    cost, value = 0.01 / n, np.zeros((n + 1, n))
    q = {}
    for row in reversed(range(n)):
        for column in range(row + 1):
            left = g * value[row + 1][max(column - 1, 0)]
            treasure = 1.0 if row == column == n - 1 else 0.0
            ahead = treasure - cost + g * value[row + 1][min(column + 1, n - 1)]
            q[row, column] = [left, ahead]
            value[row][column] = max(left, ahead)
    return q


def delayed_credit_values(g):
    """What is still to come after t steps, for either choice."""
    later = {
        (t, c): (1.0 if c else -1.0) * g ** (4 - t) + (0.3 * g ** (2 - t) if t <= 2 else 0.0)
        for t in range(1, 5)
        for c in (0, 1)
    }
    q = {key: [value, value] for key, value in later.items()}
    q[0, None] = [-(g**4) + 0.3 * g**2, g**4 + 0.3 * g**2]
    return q


# probe -> gamma -> {state: value of each action}
FORMULAS = {
    "Constant": lambda g: {0: [1.0]},
    "ObservationSign": lambda g: {-1: [-1.0], 1: [1.0]},
    "Decoder": lambda g: {0: [1 + 2 * g * g], 1: [2 * g], 2: [2.0]},
    "Chain": lambda g: {i: [g ** (6 - i)] for i in range(7)},
    "RandomExit": lambda g: {0: [1 / (1 - 0.75 * g)]},
    "TimeLimitLoop": lambda g: {"loop": [1 / (1 - g)]},
    "TruncBoot": lambda g: {0: [g + 3 * g * g], 1: [1 + 3 * g], 2: [3.0], 3: [-6.0]},
    "BothFlags": lambda g: {0: [g * g], 1: [g], 2: [1.0]},
    "RewardSet": lambda g: {0: [-1.0], 1: [-0.5], 2: [0.5], 3: [5.0]},
    "EpisodeLeak": lambda g: {"left": [0.0], "pay": [0.5], "right": [0.0], "take": [-0.5]},
    "ActionOrder": lambda g: {0: [0.1, 0.7, -0.4, 1.3, 0.4]},
    "ContextBandit": lambda g: {-1: [1.0, -0.5], 1: [-0.5, 1.0]},
    "JointAction": lambda g: {
        -1: [((a == 0) + (b == 1)) / 2 for a in range(3) for b in range(3)],
        1: [((a == 1) + (b == 2)) / 2 for a in range(3) for b in range(3)],
    },
    "DelayedCredit": delayed_credit_values,
    "MaxNotMean": lambda g: {0: [r + g for r in (0.0, 0.1, 0.3, 0.2)], 1: [0.5, 0.95, 0.65, 1.0]},
    "EqualActions": lambda g: {0: [g] * 4, 1: [1.0] * 4},
    "TwoBoxes": lambda g: {
        0: [g] * 18,
        1: [1 - 0.5 * (a - 0.8) ** 2 for a in sorted([*np.linspace(-1, 1, 17), 0.8])],
    },
    "WillToLive": lambda g: {0: [0.1 + 0.95 * g * max(0.5, 0.1 / (1 - 0.95 * g)), 0.5]},
    "BoxTarget": lambda g: {0: [-(((a - 5) / 4) ** 2) for a in np.arange(-2, 6.25, 0.25)]},
    "BoxTarget2D": lambda g: {
        0: [
            -(((a + 0.8) / 2) ** 2) - ((b - 4.8) / 6) ** 2
            for a in np.linspace(-2, 2, 11)
            for b in np.linspace(-6, 6, 11)
        ]
    },
    "Lock": lambda g: {i: right(g ** (4 - i), 0.0, LOCK[i]) for i in range(5)},
    "DeepSea": deep_sea_values,
    "TMaze": lambda g: {
        **{(t, sign): [g ** (3 - t)] * 2 for t in range(3) for sign in (0, 1)},
        **{(3, sign): [1.0 if a == sign else -1.0 for a in (0, 1)] for sign in (0, 1)},
    },
    "ScaledObservation": lambda g: {(d, s): right(1.0, -0.5, s > 0) for d in (-1, 0, 1) for s in (-1, 1)},
    "ScaledReward": lambda g: {-1: [-1e3], 1: [1e3]},
    "CashOut": lambda g: {
        "offer": [g / (1 - g), 6.0],
        "loop": [1 / (1 - g)] * 2,
        "before": [g / (1 - g)] * 2,
        "rest": [0.0] * 2,
    },
    "SkippedEnd": lambda g: {
        **{i: [sum(g**k * 2 ** (i + k) for k in range(6 - i)) + 16 * g ** (6 - i)] for i in range(6)},
        **{6 + i: [sum(g**k * 2 ** (i + k) for k in range(5 - i))] for i in range(5)},
    },
}


@pytest.mark.parametrize("gamma", GAMMAS)
@pytest.mark.parametrize("name", [row.name for row in (*SUITE, *WRAPPER_PROBES, *CHOICE_PROBES)])
def test_every_probe_has_the_values_of_its_formula(name, gamma):
    """Q of every state and action equals the formula to 1e-9, and V is its maximum."""
    solution, formula = solve(probe(name).mdp(), gamma), FORMULAS[name](gamma)
    assert set(solution.table.states) == set(formula)
    for state, values in formula.items():
        number = solution.table.number(state)
        assert solution.Q[number] == pytest.approx(values, abs=1e-9)
        assert solution.V[number] == pytest.approx(max(values), abs=1e-9)


@pytest.mark.parametrize("gamma", [0.999, 0.9999, 0.99999])
def test_discounts_close_to_one_are_exact_too(gamma):
    """Where sweeps converge slowly the values are as exact, relative to their size."""
    assert solve(probe("TimeLimitLoop").mdp(), gamma).start_value == pytest.approx(1 / (1 - gamma), rel=1e-10)
    stay = 0.1 / (1 - 0.95 * gamma)
    assert solve(probe("WillToLive").mdp(), gamma).start_value == pytest.approx(stay, rel=1e-10)


OPTIONS = [
    ("ActionOrder", {"start": 2}, lambda g: {0: [0.1, 0.7, -0.4, 1.3, 0.4]}),
    ("Chain", {"length": 3}, lambda g: {0: [g * g], 1: [g], 2: [1.0]}),
    ("RandomExit", {"exit_chance": 0.5}, lambda g: {0: [1 / (1 - g / 2)]}),
    ("WillToLive", {"mirror": True}, lambda g: {0: [-0.1 - 0.95 * g * min(0.5, 0.1 / (1 - 0.95 * g)), -0.5]}),
    ("Lock", {"size": 2}, lambda g: {0: [0.0, g], 1: [1.0, 0.0]}),
    ("DeepSea", {"size": 9}, lambda g: deep_sea_values(g, 9)),
    ("DelayedCredit", {"delay": 1}, lambda g: {(0, None): [-g, g], (1, 0): [-1.0, -1.0], (1, 1): [1.0, 1.0]}),
    ("RewardSet", {"reward_scale": 100.0}, lambda g: {0: [-100.0], 1: [-50.0], 2: [50.0], 3: [500.0]}),
    ("ScaledReward", {"scale": 1e-3}, lambda g: {-1: [-1e-3], 1: [1e-3]}),
    ("Decoder", {"reward_scale": 1e-3}, lambda g: {0: [1e-3 + 2e-3 * g * g], 1: [2e-3 * g], 2: [2e-3]}),
    ("BoxTarget", {"target": -0.1}, None),
]


@pytest.mark.parametrize("gamma", GAMMAS)
@pytest.mark.parametrize(
    ("name", "options", "formula"), OPTIONS, ids=lambda x: x if isinstance(x, str) else ""
)
def test_options_change_the_values_as_their_formula_says(name, options, formula, gamma):
    """Sizes, starts, mirrors and reward scales have the values worked out by hand."""
    solution = solve(probe(name).mdp(**options), gamma)
    if formula is None:
        assert solution.start_value == 0.0
        return
    for state, values in formula(gamma).items():
        assert solution.Q[solution.table.number(state)] == pytest.approx(values, abs=1e-9)


@pytest.mark.parametrize("size", [2, 5, 10, 30])
def test_deep_sea_pays_the_formula_of_its_page(size):
    """V(start) is the discounted treasure less the cost of every move to the right."""
    g = 0.99
    cost = 0.01 / size * sum(g**t for t in range(size))
    assert solve(probe("DeepSea").mdp(size=size), g).start_value == pytest.approx(
        g ** (size - 1) - cost, abs=1e-9
    )


@pytest.mark.parametrize(("gamma", "best"), [(0.8, [False, True]), (0.9, [True, False])])
def test_will_to_live_turns_at_its_discount(gamma, best):
    """Staying is right above gamma 0.842 and quitting below."""
    assert solve(probe("WillToLive").mdp(), gamma).optimal.tolist() == [best]


def test_ties_are_all_optimal():
    """Where nothing depends on the action, every action is an optimal one."""
    solution = solve(probe("DelayedCredit").mdp(), 0.9)
    assert solution.optimal[solution.table.number((2, 1))].tolist() == [True, True]
    assert solution.optimal[solution.table.number((0, None))].tolist() == [False, True]


@pytest.mark.parametrize("gamma", GAMMAS)
def test_soft_values_of_one_choice(gamma):
    """With a temperature, V is the scaled log-sum-exp of Q."""
    temperature = 0.3
    arms = np.array([0.1, 0.7, -0.4, 1.3, 0.4])
    solution = solve(probe("ActionOrder").mdp(), gamma, temperature=temperature)
    assert solution.Q[0] == pytest.approx(arms, abs=1e-9)
    assert solution.start_value == pytest.approx(
        temperature * math.log(sum(math.exp(r / temperature) for r in arms)), abs=1e-9
    )


@pytest.mark.parametrize("gamma", GAMMAS)
def test_soft_values_of_a_loop(gamma):
    """The entropy of a choice that recurs is earned again at every recurrence."""
    loop = MDP(start={0: 1.0}, actions=(0, 1), step=lambda _s, _a: {(0, 1.0): 1.0}, observe=scalar)
    value = (1 + 0.5 * math.log(2)) / (1 - gamma)
    assert solve(loop, gamma, temperature=0.5).start_value == pytest.approx(value, rel=1e-12)


def test_soft_values_approach_hard_ones():
    """A vanishing temperature gives the hard maximum."""
    mdp = probe("DeepSea").mdp()
    hard, soft = solve(mdp, 0.9), solve(mdp, 0.9, temperature=1e-6)
    assert pytest.approx(hard.V, abs=1e-4) == soft.V


@pytest.mark.parametrize("gamma", GAMMAS)
def test_policy_evaluation_of_a_mixed_policy(gamma):
    """Staying with chance p and quitting otherwise has the value of a geometric series."""
    p = 0.7
    value = (p * 0.1 + (1 - p) * 0.5) / (1 - gamma * p * 0.95)
    solution = evaluate(probe("WillToLive").mdp(), [[p, 1 - p]], gamma)
    assert solution.start_value == pytest.approx(value, abs=1e-9)
    assert solution.Q[0] == pytest.approx([0.1 + 0.95 * gamma * value, 0.5], abs=1e-9)


@pytest.mark.parametrize("gamma", GAMMAS)
def test_policy_evaluation_takes_a_function_of_the_state(gamma):
    """A uniform policy opens a lock with chance one half a step."""
    solution = evaluate(probe("Lock").mdp(), lambda _s: [0.5, 0.5], gamma)
    for i in range(5):
        assert solution.value(i) == pytest.approx(gamma ** (4 - i) / 2 ** (5 - i), abs=1e-9)


@pytest.mark.parametrize("gamma", GAMMAS)
def test_belief_remembers_nothing_that_was_not_seen(gamma):
    """Half-hidden DelayedCredit: all seen steps look alike for both choices, but who remembers chooses."""
    start = solve(belief(probe("DelayedCredit").mdp()), gamma)
    assert start.start_value == pytest.approx(gamma**4 + 0.3 * gamma**2, abs=1e-9)


def two_doors(*, cue: bool) -> MDP:
    """A hidden coin; the cue shows it once, then comes the choice, which looks the same either way."""

    def step(state, action):
        place, side = state
        if place == "cue":
            return {(("choice", side), 0.0): 1.0}
        return {(END, 2.0 if action == side else -1.0): 1.0}

    shown = {"cue": lambda side: 1.0 + side if cue else 0.0, "choice": lambda _side: 5.0}
    return MDP(
        start={("cue", 0): 0.25, ("cue", 1): 0.75},
        actions=(0, 1),
        step=step,
        observe=lambda s: [shown[s[0]](s[1])],
    )


@pytest.mark.parametrize("gamma", GAMMAS)
def test_belief_of_an_aliased_process(gamma):
    """Without the cue the best is the likelier side, 3/4 * 2 - 1/4; with it and memory always 2."""
    blind, seeing = solve(belief(two_doors(cue=False)), gamma), solve(belief(two_doors(cue=True)), gamma)
    assert blind.start_value == pytest.approx(1.25 * gamma, abs=1e-9)
    assert seeing.start_value == pytest.approx(2 * gamma, abs=1e-9)
    assert solve(two_doors(cue=False), gamma).start_value == pytest.approx(2 * gamma, abs=1e-9)


@pytest.mark.parametrize("gamma", GAMMAS)
def test_belief_keeps_every_reward_on_the_way(gamma):
    """Rewards of hidden outcomes count, though not seen: 5/4 - 3/4 first, then the likelier side."""

    def step(state, action):
        if state == "start":
            return {(0, 5.0): 0.25, (1, -1.0): 0.75}
        return {(END, 2.0 if action == state else -1.0): 1.0}

    hidden = MDP(start={"start": 1.0}, actions=(0, 1), step=step, observe=lambda s: [float(s == "start")])
    assert solve(belief(hidden), gamma).start_value == pytest.approx(0.5 + 1.25 * gamma, abs=1e-9)


def test_belief_of_a_visible_process_is_the_process():
    """Where every state looks different, belief changes no value."""
    for name in ("TruncBoot", "WillToLive", "Lock", "DeepSea"):
        mdp = probe(name).mdp()
        assert solve(belief(mdp), 0.9).start_value == pytest.approx(solve(mdp, 0.9).start_value, abs=1e-9)


@pytest.mark.parametrize("encoding", ["index", "image", "dict"])
def test_belief_reads_every_encoding(encoding):
    """States are told apart by dictionaries, numbers and pictures as by vectors."""
    mdp = probe("TruncBoot").mdp(encoding=encoding)
    assert solve(belief(mdp), 0.9).start_value == pytest.approx(solve(mdp, 0.9).start_value, abs=1e-9)
