"""The reference agents reach the exact answers of the probes, in every kind of environment."""

from __future__ import annotations

import random

import gymnasium as gym
import numpy as np
import pytest

from probe_envs import probe, solve
from rlprobe.agent import Setting

torch = pytest.importorskip("torch")
from rlprobe.agents import cem, dqn, ppo, tabular  # noqa: E402

GAMMA = 0.9
FACTORIES = {
    "ppo": ppo.make_agent,
    "dqn": dqn.make_agent,
    "q-learning": tabular.make_agent,
    "sarsa": tabular.make_sarsa,
}
VALUE_PROBES = [
    "Constant",
    "ObservationSign",
    "Decoder",
    "TimeLimitLoop",
    "TruncBoot",
    "BothFlags",
    "RewardSet",
]
MODES = {"next_step": "NextStep", "same_step": "SameStep", "disabled": "Disabled"}


def trained(factory, name, steps, *, seed=0, mode=None, **options):
    """An agent of ``factory`` after ``steps`` steps on the probe, with the probe's exact solution."""
    chosen = probe(name)
    if mode is None:
        env, setting = gym.make(chosen.id, **options), Setting(gamma=GAMMA, seed=seed)
    else:
        env = gym.make_vec(
            chosen.id,
            num_envs=4,
            vectorization_mode="vector_entry_point",
            autoreset_mode=MODES[mode],
            **options,
        )
        setting = Setting(gamma=GAMMA, seed=seed, num_envs=4, autoreset_mode=mode)
    agent = factory(env, setting)
    agent.learn(steps)
    solution = solve(chosen.mdp(**options), GAMMA)
    return agent, solution


def global_states():
    """The states of the three process-wide generators."""
    return random.getstate(), np.random.get_state()[1].tolist(), torch.get_rng_state().tolist()  # noqa: NPY002


def views(solution):
    """The observations of every state, ``(S, ...)``."""
    return np.stack([solution.table.mdp.observe(state) for state in solution.table.states])


@pytest.mark.parametrize("name", VALUE_PROBES)
@pytest.mark.parametrize("factory", ["ppo", pytest.param("dqn", marks=pytest.mark.slow)])
def test_values_equal_the_exact_answer(factory, name):
    """Where nothing is random but the start, the critic is within 1 % of the truth."""
    agent, solution = trained(FACTORIES[factory], name, 1_600)
    np.testing.assert_allclose(agent.value(views(solution)), solution.V, rtol=0.01, atol=0.01)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", ["TruncBoot", "ObservationSign"])
@pytest.mark.parametrize("factory", ["ppo", "dqn"])
def test_values_are_exact_under_every_autoreset_mode(factory, name, mode):
    """Four environments side by side teach the same values, whoever resets them and whenever."""
    agent, solution = trained(FACTORIES[factory], name, 2_000, mode=mode)
    np.testing.assert_allclose(agent.value(views(solution)), solution.V, rtol=0.01, atol=0.01)


@pytest.mark.parametrize("factory", FACTORIES)
def test_random_termination_is_averaged(factory):
    """A noisy return is estimated within 15 % of its mean."""
    agent, solution = trained(FACTORIES[factory], "RandomExit", 2_000)
    np.testing.assert_allclose(agent.value(views(solution)), solution.V, rtol=0.15)


@pytest.mark.parametrize(
    ("factory", "name"),
    [
        *[(factory, name) for factory in [*FACTORIES, "cem"] for name in ["ActionOrder", "ContextBandit"]],
        ("ppo", "DelayedCredit"),
        ("cem", "DelayedCredit"),
    ],
)
def test_actors_find_an_optimal_action(factory, name):
    """In every state that the optimal policy visits the greedy action is an optimal one."""
    agent, solution = trained({**FACTORIES, "cem": cem.make_agent}[factory], name, 1_600)
    starts = solution.table.start > 0
    chosen = np.asarray(agent.act(views(solution)))
    assert solution.optimal[np.arange(len(chosen)), chosen][starts].all()


@pytest.mark.parametrize("factory", [*FACTORIES, "cem"])
def test_a_discrete_space_may_start_anywhere(factory):
    """With ``Discrete(5, start=2)`` the actions stay in the space and the best one is found."""
    agent, solution = trained({**FACTORIES, "cem": cem.make_agent}[factory], "ActionOrder", 1_000, start=2)
    assert agent.act(views(solution)).tolist() == [2 + int(solution.optimal[0].argmax())]


@pytest.mark.parametrize("factory", [ppo.make_agent, cem.make_agent])
def test_continuous_actors_find_the_target(factory):
    """The action that pays most in ``Box(-2, 6)`` is found within 0.6."""
    agent, solution = trained(factory, "BoxTarget", 2_000)
    assert abs(float(agent.act(views(solution))[0, 0]) - 5.0) < 0.6


@pytest.mark.parametrize("factory", [*FACTORIES, "cem"])
def test_the_seed_fixes_everything_and_the_global_state_is_untouched(factory):
    """The same seed gives the same agent, another one another, and no process-wide generator moves."""
    make = {**FACTORIES, "cem": cem.make_agent}[factory]
    before = global_states()
    results = []
    for seed in (3, 3, 4):
        agent, solution = trained(make, "RandomExit", 300, seed=seed)
        results.append(agent.mean if factory == "cem" else agent.value(views(solution)))
    assert before == global_states()
    np.testing.assert_array_equal(results[0], results[1])
    assert not np.array_equal(results[0], results[2])


@pytest.mark.parametrize("factory", ["ppo", "dqn"])
def test_requests_are_honoured(factory):
    """Rollout length, replay capacity and target interval are what the setting wishes."""
    wishes = Setting(rollout_length=5, replay_capacity=64, target_interval=40)
    agent = FACTORIES[factory](gym.make("probe/Constant-v0"), wishes)
    agent.learn(80)
    if factory == "ppo":
        assert agent.length == 5
    else:
        assert (agent.replay.size, agent.target_interval * agent.options.train_every) == (64, 40)


@pytest.mark.parametrize("encoding", ["image", "dict"])
@pytest.mark.parametrize("factory", ["ppo", pytest.param("dqn", marks=pytest.mark.slow)])
def test_other_looks_of_the_observations_are_read(factory, encoding):
    """Pictures and dictionaries lead to the same values."""
    chosen = probe("Decoder")
    env = gym.make(chosen.id, encoding=encoding)
    agent = FACTORIES[factory](env, Setting(gamma=GAMMA))
    agent.learn(1_600)
    solution = solve(chosen.mdp(encoding=encoding), GAMMA)
    looks = [solution.table.mdp.observe(state) for state in solution.table.states]
    batch = {k: np.stack([x[k] for x in looks]) for k in looks[0]} if encoding == "dict" else np.stack(looks)
    np.testing.assert_allclose(agent.value(batch), solution.V, atol=0.1)
