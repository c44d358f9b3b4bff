"""The planted faults are there, run, and teach what they are said to teach."""

from __future__ import annotations

import gymnasium as gym
import numpy as np
import pytest

pytest.importorskip("stable_baselines3")

from planted import PLANTED, foreign_dqn, foreign_ppo
from probe_envs import probe, solve
from rlprobe.agent import Setting

GAMMA = 0.9
REQUIRED = {
    "no-discount",
    "discount-exponent",
    "truncation-as-termination",
    "termination-ignored",
    "done-one-early",
    "gae-not-cut",
    "truncation-bootstraps-reset-observation",
    "terminated-and-truncated-bootstraps",
    "observation-ignored",
    "loss-broadcast",
    "reward-clipped",
    "reward-shifted",
    "reward-lag",
    "sign-flipped",
    "autoreset-row-stored",
    "next-observation-is-observation",
}


def learned(make_agent, name, steps, mode=None, **options):
    """The values an agent learns on a probe, and the right ones."""
    chosen = probe(name)
    if mode is None:
        env, setting = gym.make(chosen.id, **options), Setting(gamma=GAMMA)
    else:
        env = gym.make_vec(
            chosen.id, num_envs=4, vectorization_mode="vector_entry_point", autoreset_mode=mode, **options
        )
        setting = Setting(gamma=GAMMA, num_envs=4, autoreset_mode="next_step")
    agent = make_agent(env, setting)
    agent.learn(steps)
    solution = solve(chosen.mdp(**options), GAMMA)
    looks = np.stack([solution.table.mdp.observe(state) for state in solution.table.states])
    values = agent.value(looks) if hasattr(agent, "value") else agent.q_values(looks).max(axis=1)
    return values, solution.V


def one(fault, family, form):
    """The planted fault of this name."""
    [found] = [p for p in PLANTED if (p.fault, p.family, p.form) == (fault, family, form)]
    return found.make_agent


def test_every_fault_is_planted_in_several_families():
    """Each of the sixteen faults is planted in at least two families that share no code."""
    families = {fault: {p.family for p in PLANTED if p.fault == fault} for fault in REQUIRED}
    assert {fault for fault, where in families.items() if len(where) < 2} == set()
    assert len({str(p) for p in PLANTED}) == len(PLANTED)


@pytest.mark.slow
@pytest.mark.parametrize("planted", PLANTED, ids=str)
def test_planted_agents_run(planted):
    """Every faulty agent can be built, learns a few steps and acts inside the space."""
    make = planted.make_agent
    continuous = "discrete" not in getattr(make, "actions", {"discrete"})
    options = {"continuous": True} if continuous else {}
    if planted.fault == "autoreset-row-stored":
        env = gym.make_vec(
            "probe/Decoder-v0",
            num_envs=2,
            vectorization_mode="vector_entry_point",
            autoreset_mode="NextStep",
            **options,
        )
        space, setting = env.single_action_space, Setting(num_envs=2, autoreset_mode="next_step")
    else:
        env = gym.make("probe/Decoder-v0", **options)
        space, setting = env.action_space, Setting()
    agent = make(env, setting)
    agent.learn(80)
    observations = np.eye(4, dtype=np.float32)[:3]
    actions = np.asarray(agent.act(observations)).astype(space.dtype)
    assert all(space.contains(action) for action in actions)


@pytest.mark.parametrize(
    ("fault", "form", "name", "wrong"),
    [
        ("truncation-as-termination", "terminated or truncated", "TruncBoot", {1: 1.0}),
        ("reward-clipped", "sign", "RewardSet", {0: -1.0, 1: -1.0, 2: 1.0, 3: 1.0}),
        ("no-discount", "everywhere", "Decoder", {0: 3.0, 1: 2.0, 2: 2.0}),
        ("discount-exponent", "squared", "Decoder", {0: 1 + 2 * 0.9**4, 1: 2 * 0.9**2, 2: 2.0}),
        ("reward-lag", "last reward as value", "Decoder", {0: 2.358, 1: 2.62, 2: 1.8}),
        ("observation-ignored", None, "RewardSet", {0: 1.0, 1: 1.0, 2: 1.0, 3: 1.0}),
    ],
)
@pytest.mark.parametrize("family", ["PPO", "DQN"])
def test_faults_teach_the_published_wrong_numbers(family, fault, form, name, wrong):
    """What the fault catalogue says each fault turns the right values into is what the agent learns."""
    form = form or {"PPO": "actor and critic", "DQN": "input lost"}[family]
    values, exact = learned(one(fault, family, form), name, 1_600)
    if name == "TruncBoot":
        wrong = {int(np.flatnonzero(np.isclose(exact, 3.7))[0]): 1.0}
    for state, number in wrong.items():
        assert abs(values[state] - number) < 0.3, (values, exact)


@pytest.mark.parametrize("family", ["PPO", "DQN"])
def test_a_stored_reset_row_halves_the_value(family):
    """Where the last observation looks like the first, the row that only resets halves what is learned."""
    values, exact = learned(
        one("autoreset-row-stored", family, "as a step"), "ObservationSign", 2_500, "NextStep"
    )
    np.testing.assert_allclose(values, exact / 2, atol=0.15)


@pytest.mark.parametrize(
    "make_agent", [foreign_ppo.MakeForeignPPO(), foreign_dqn.MakeForeignDQN()], ids=["PPO", "DQN"]
)
@pytest.mark.parametrize("name", ["ObservationSign", "Decoder", "TruncBoot", "RewardSet"])
def test_foreign_agents_are_right_without_a_bug(make_agent, name):
    """The outside agents learn the exact values, so that what a bug changes is the bug's."""
    values, exact = learned(make_agent, name, 2_048)
    np.testing.assert_allclose(values, exact, atol=0.25)


@pytest.mark.parametrize(
    ("form", "expected"),
    [("mean of the actions", 0.9975), ("best action of the state before", 0.885)],
)
def test_a_wrong_maximum_teaches_the_predicted_number(form, expected):
    """What Q-learning learns of the first choice of MaxNotMean names what stood for the best action."""
    values, _ = learned(one("wrong-max", "Q-learning", form), "MaxNotMean", 4_000)
    assert values == pytest.approx([expected, 1.0], abs=0.02)


def test_a_categorical_critic_that_loses_mass_learns_nothing_where_a_reward_is_an_atom():
    """Rewards of half units are lost, rewards between two atoms are learned."""
    [make] = [p.make_agent for p in PLANTED if p.fault == "distribution-mass-lost"]
    on_atoms, _ = learned(make, "RewardSet", 2_000)
    between, exact = learned(make, "RewardSet", 2_000, rewards=(-0.75, 0.3, 1.4))
    assert abs(on_atoms - 2.5).max() < 0.5  # the mean of all atoms, as at first
    np.testing.assert_allclose(between, exact, atol=0.1)
