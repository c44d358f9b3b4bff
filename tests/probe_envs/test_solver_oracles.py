"""The solver agrees with methods that share no code with it."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from probe_envs import (
    END,
    MDP,
    SUITE,
    WRAPPER_PROBES,
    ProbeVectorEnv,
    backup,
    evaluate,
    probe,
    solve,
    tabulate,
)
from probe_envs.observe import scalar


def discounted_returns(mdp, gamma, *, episodes, seed):
    """Returns of the optimal policy, played in the vector environment without time limit."""
    from dataclasses import replace

    mdp = replace(mdp, time_limit=None)
    solution = solve(mdp, gamma)
    best = {state: int(np.argmax(solution.Q[i])) for i, state in enumerate(solution.table.states)}
    envs = ProbeVectorEnv(mdp, num_envs=episodes, autoreset_mode="Disabled")
    envs.reset(seed=seed)
    totals, running, weight = np.zeros(episodes), np.ones(episodes, bool), 1.0
    names = np.array([best[envs.dynamics.state(c)] for c in range(envs.dynamics.codes)])
    while running.any() and weight > 1e-4:
        columns = names[envs._codes]
        actions = np.asarray(mdp.actions)[columns]
        if not envs.dynamics.listed or mdp.cuts:
            actions = actions.reshape(episodes, -1).astype(np.float32)
        _, rewards, ended, _, _ = envs.step(actions)
        totals += weight * rewards * running
        running &= ~ended
        if ended.any():
            envs.reset(options={"reset_mask": ended})
        weight *= gamma
    return totals


@pytest.mark.parametrize("name", [row.name for row in (*SUITE, *WRAPPER_PROBES)])
def test_the_optimal_policy_earns_the_optimal_value(name):
    """The mean of 2000 episodes lies within four standard errors of the exact value."""
    mdp, gamma = probe(name).mdp(), 0.8
    returns = discounted_returns(mdp, gamma, episodes=20 if name.startswith("BoxTarget") else 2000, seed=7)
    error = returns.std() / np.sqrt(len(returns))
    assert abs(returns.mean() - solve(mdp, gamma).start_value) <= 4 * error + 1e-3


def random_mdp(seed, states=4, actions=2):
    """A process with random laws; about a fifth of the outcomes end it."""
    rng = np.random.default_rng(seed)
    laws = {}
    for s, a in itertools.product(range(states), range(actions)):
        targets = [*rng.integers(0, states, 2).tolist(), END]
        chances = rng.dirichlet([2, 2, 1])
        law = {}
        for target, chance in zip(targets, chances, strict=True):
            key = (target, round(float(rng.normal()), 3))
            law[key] = law.get(key, 0.0) + float(chance)
        laws[s, a] = law
    return MDP(
        start=dict.fromkeys(range(states), 1 / states),
        actions=tuple(range(actions)),
        step=lambda s, a: laws[s, a],
        observe=scalar,
    )


@pytest.mark.parametrize("seed", range(8))
def test_the_best_of_all_policies_is_the_solution(seed):
    """Evaluating each of the 16 deterministic policies finds no better one than the solver."""
    mdp, gamma = random_mdp(seed), 0.9
    values = [
        evaluate(mdp, [np.eye(2)[a] for a in choice], gamma).V
        for choice in itertools.product((0, 1), repeat=4)
    ]
    assert pytest.approx(np.max(values, axis=0), abs=1e-9) == solve(mdp, gamma).V


@pytest.mark.parametrize("seed", range(4))
def test_policy_evaluation_equals_a_sum_over_time(seed):
    """Values from the linear system equal the reward distribution pushed forward 2000 steps."""
    mdp, gamma = random_mdp(seed), 0.9
    table = tabulate(mdp)
    policy = np.random.default_rng(seed).dirichlet([1, 1], 4)
    P, R = np.zeros((5, 5)), np.zeros(5)
    P[4, 4] = 1
    for s, a, t, r, p in table.rows():
        P[s, t] += policy[s, a] * p
        R[s] += policy[s, a] * p * r
    total, reach = np.zeros(5), np.eye(5)
    for t in range(2000):
        total += gamma**t * reach @ R
        reach = reach @ P
    assert pytest.approx(total[:4], abs=1e-9) == evaluate(mdp, policy, gamma).V


def test_the_solution_is_a_fixed_point_of_the_backup():
    """One more backup changes nothing, and a wrong value is moved towards the right one."""
    solution = solve(random_mdp(3), 0.9)
    assert backup(solution.table, solution.V, 0.9).max(axis=1) == pytest.approx(solution.V, abs=1e-12)
    off = backup(solution.table, solution.V + 1, 0.9).max(axis=1)
    assert (off < solution.V + 0.95).all()


@pytest.mark.parametrize("name", [row.name for row in (*SUITE, *WRAPPER_PROBES)])
def test_no_action_of_the_space_beats_the_declared_ones(name):
    """Random members of a continuous action space never earn more than the best candidate."""
    for options in ({}, {"continuous": True}):
        mdp = probe(name).mdp(**options)
        if mdp.action_space is None or not hasattr(mdp.action_space, "low"):
            continue
        solution = solve(mdp, 0.9)
        mdp.action_space.seed(0)
        for state, best in zip(solution.table.states, solution.V, strict=True):
            for _ in range(200):
                law = mdp.step(state, mdp.action_space.sample())
                value = sum(
                    p * (r + 0.9 * (0 if t is END else solution.value(t))) for (t, r), p in law.items()
                )
                assert value <= best + 1e-9


def test_a_candidate_that_is_missing_is_found_out():
    """The certificate above does fail when the optimum is not among the candidates."""
    from dataclasses import replace

    mdp = replace(probe("BoxTarget").mdp(), actions=(0.0, 1.0))
    mdp.action_space.seed(0)
    best = solve(mdp, 0.9).start_value
    samples = [next(iter(mdp.step(0, mdp.action_space.sample())))[1] for _ in range(200)]
    assert max(samples) > best + 0.1
