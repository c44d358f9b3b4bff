"""The adapter for Stable-Baselines3."""

from __future__ import annotations

import pickle
import random
import warnings

import gymnasium as gym
import numpy as np
import pytest

from probe_envs import probe, solve
from rlprobe.agent import Setting

pytest.importorskip("stable_baselines3")
import torch
from stable_baselines3 import A2C, DDPG, DQN, PPO, SAC, TD3
from stable_baselines3.common.buffers import RolloutBuffer

from rlprobe.adapters.sb3 import sb3_agent, sb3_algorithm
from rlprobe.adapters.sb3.vec_env import SameStepVecEnv

GAMMA = 0.9
CONTINUOUS = (SAC, TD3, DDPG)


def build(factory, name="Constant", *, setting=None, mode=None, **options):
    """An untrained agent of ``factory`` on the probe; four environments if a mode is given."""
    setting = setting or Setting(gamma=GAMMA)
    if mode is None:
        return factory(gym.make(f"probe/{name}-v0", **options), setting)
    env = gym.make_vec(
        f"probe/{name}-v0",
        num_envs=4,
        vectorization_mode="vector_entry_point",
        autoreset_mode=mode,
        **options,
    )
    return factory(env, Setting(gamma=GAMMA, num_envs=4))


def global_states():
    """The states of the three process-wide generators."""
    return random.getstate(), np.random.get_state()[1].tolist(), torch.get_rng_state().tolist()  # noqa: NPY002


def truth(name):
    """Observations of every state and their exact values."""
    solution = solve(probe(name).mdp(), GAMMA)
    return np.stack([solution.table.mdp.observe(s) for s in solution.table.states]), solution.V


@pytest.mark.parametrize(
    "algorithm", [PPO, DQN, SAC, *(pytest.param(one, marks=pytest.mark.slow) for one in (A2C, TD3, DDPG))]
)
def test_values_come_near_the_exact_answer(algorithm):
    """With the fast settings each algorithm learns a truncated probe within 3 % in about a thousand steps."""
    agent = build(sb3_agent(algorithm), "TruncBoot", continuous=algorithm in CONTINUOUS)
    agent.learn(1_536)
    observations, values = truth("TruncBoot")
    np.testing.assert_allclose(agent.value(observations), values, atol=0.15)


@pytest.mark.parametrize("mode", ["SameStep", "Disabled"])
@pytest.mark.parametrize("algorithm", [PPO, DQN])
def test_values_come_near_the_exact_answer_on_vector_environments(algorithm, mode):
    """The library sees true final observations and truncations of a vector environment."""
    agent = build(sb3_agent(algorithm), "TruncBoot", mode=mode)
    agent.learn(3_000)
    observations, values = truth("TruncBoot")
    np.testing.assert_allclose(agent.value(observations), values, atol=0.15)


def test_next_step_autoreset_is_refused():
    """A mode that the library's contract cannot express is refused with the remedy."""
    with pytest.raises(ValueError, match="SameStep"):
        build(sb3_agent(PPO), mode="NextStep")


@pytest.mark.parametrize("mode", ["SameStep", "Disabled"])
def test_the_vector_face_equals_the_librarys_own(mode):
    """Observations, rewards, ends and infos agree with ``DummyVecEnv``, step by step under the same seeds."""
    from stable_baselines3.common.vec_env import DummyVecEnv

    name = "probe/TruncBoot-v0"
    ours = SameStepVecEnv(
        gym.make_vec(name, num_envs=3, vectorization_mode="vector_entry_point", autoreset_mode=mode)
    )
    theirs = DummyVecEnv([lambda: gym.make(name)] * 3)
    for env in (ours, theirs):
        env.seed(5)
    np.testing.assert_array_equal(ours.reset(), theirs.reset())
    cut = 0
    for _ in range(40):
        mine, their = (env.step(np.zeros(3, dtype=np.int64)) for env in (ours, theirs))
        for a, b in zip(mine[:3], their[:3], strict=True):
            np.testing.assert_array_equal(a, b)
        for a, b in zip(mine[3], their[3], strict=True):
            assert a["TimeLimit.truncated"] == b["TimeLimit.truncated"]
            assert ("terminal_observation" in a) == ("terminal_observation" in b)
            np.testing.assert_array_equal(a.get("terminal_observation", 0), b.get("terminal_observation", 0))
            cut += a["TimeLimit.truncated"]
    assert cut > 5


def test_every_argument_of_the_user_wins():
    """Neither the fast settings nor the setting of the run overrule what the user gave."""

    class Buffer(RolloutBuffer):
        pass

    given = {
        "policy": "MlpPolicy",
        "learning_rate": 0.123,
        "n_steps": 48,
        "batch_size": 24,
        "gamma": 0.5,
        "seed": 7,
        "gae_lambda": 0.7,
        "policy_kwargs": {"net_arch": [5]},
        "rollout_buffer_class": Buffer,
    }
    agent = build(sb3_agent(PPO, **given), setting=Setting(gamma=GAMMA, rollout_length=16))
    model = agent.model
    assert (model.learning_rate, model.n_steps, model.batch_size, model.seed) == (0.123, 48, 24, 7)
    assert (agent.gamma, agent.gae_lambda) == (0.5, 0.7)
    assert model.policy_kwargs["net_arch"] == [5]
    assert isinstance(model.rollout_buffer, Buffer)


def test_the_setting_reaches_the_library():
    """Discount, seed and requests of a run become the library's arguments."""
    setting = Setting(gamma=0.8, seed=11, rollout_length=5, replay_capacity=64, target_interval=40)
    on, off = build(sb3_agent(PPO), setting=setting).model, build(sb3_agent(DQN), setting=setting).model
    assert (on.gamma, on.seed, on.n_steps) == (0.8, 11, 5)
    assert (off.gamma, off.buffer_size, off.target_update_interval) == (0.8, 64, 40)


@pytest.mark.parametrize("algorithm", [PPO, A2C, DQN])
def test_defaults_leave_the_librarys_settings_alone(algorithm):
    """With ``defaults=True`` learning rate, lengths and networks are those of a bare construction."""
    bare = algorithm("MlpPolicy", gym.make("probe/Constant-v0"))
    model = build(sb3_agent(algorithm, defaults=True)).model
    for name in (
        "learning_rate",
        "n_steps",
        "batch_size",
        "policy_kwargs",
        "train_freq",
    ):
        assert getattr(model, name, None) == getattr(bare, name, None), name
    assert model.gamma == GAMMA


def test_defaults_synchronise_the_target_network_within_a_run():
    """The library's 10,000 steps are longer than a run; what the user names is kept."""
    intervals = [
        build(sb3_agent(DQN, defaults=True, **given)).model.target_update_interval
        for given in ({}, {"target_update_interval": 2_000})
    ]
    assert intervals == [500, 2_000]
    assert build(sb3_agent(SAC, defaults=True), continuous=True).model.target_update_interval == 1


def test_defaults_keep_entropy_out_of_the_values():
    """Under the library's settings SAC adapts its weight of entropy from near 0, or from what was given."""

    def first(**given):
        return build(sb3_agent(SAC, defaults=True, **given), continuous=True).temperature

    assert first() == pytest.approx(0.005)
    assert first(ent_coef=0.7) == pytest.approx(0.7)


def test_values_that_contain_entropy_say_so():
    """A maximum-entropy critic tells the weight of its entropy, one without entropy tells 0."""
    told = [build(sb3_agent(algorithm), continuous=True).temperature for algorithm in (SAC, TD3)]
    assert told == [pytest.approx(0.002), 0.0]


def test_subclasses_keep_the_settings_and_support_of_their_ancestor():
    """A user's subclass with extra arguments is built with the fast settings of what it derives from."""

    class Mine(DQN):
        def __init__(self, *args, bonus=0.0, **kwargs):
            self.bonus = bonus
            super().__init__(*args, **kwargs)

    factory = sb3_agent(Mine, bonus=2.0)
    model = build(factory).model
    assert (factory.actions, factory.name) == (frozenset({"discrete"}), "sb3:Mine")
    assert (model.bonus, model.target_update_interval) == (
        2.0,
        build(sb3_agent(DQN)).model.target_update_interval,
    )


def test_learning_goes_on_without_a_reset():
    """Chunks of ``learn`` continue the episode, and an excess of one chunk is taken off the next."""
    agent = build(sb3_agent(PPO, n_steps=48), "TimeLimitLoop")
    resets = []
    agent.model.env.reset, reset = lambda: resets.append(1) or reset(), agent.model.env.reset
    for _ in range(6):
        agent.learn(16)
    assert (len(resets), agent.model.num_timesteps) == (1, 96)


@pytest.mark.parametrize("algorithm", [PPO, DQN])
def test_the_seed_fixes_everything_and_the_global_state_is_untouched(algorithm):
    """Agents that learn in turns do not disturb each other, nor anyone else's random numbers."""
    before = global_states()
    alone = build(sb3_agent(algorithm), "ContextBandit")
    alone.learn(256)
    one, other = build(sb3_agent(algorithm), "ContextBandit"), build(sb3_agent(algorithm), "ContextBandit")
    for _ in range(2):
        one.learn(128)
        other.learn(64)
    assert before == global_states()
    observations, _ = truth("ContextBandit")
    np.testing.assert_array_equal(alone.value(observations), one.value(observations))
    assert not np.array_equal(alone.value(observations), other.value(observations))


def test_what_an_agent_shows_depends_on_what_it_has():
    """Chances for discrete actor-critics, action values for DQN, and nothing that is not there."""
    observations, _ = truth("ContextBandit")
    ppo, dqn = build(sb3_agent(PPO), "ContextBandit"), build(sb3_agent(DQN), "ContextBandit")
    np.testing.assert_allclose(ppo.policy(observations).sum(axis=1), 1.0, atol=1e-6)
    assert dqn.q_values(observations).shape == (2, 2)
    assert not hasattr(dqn, "policy")
    assert not hasattr(build(sb3_agent(PPO), "BoxTarget"), "policy")
    assert (ppo.on_policy, dqn.on_policy, ppo.loss, dqn.loss) == (True, False, "squared", "huber")


def test_entropy_coefficients_are_told():
    """Fixed and learned coefficients of SAC are what the agent says they are."""
    fixed = build(sb3_agent(SAC, ent_coef=0.05), continuous=True)
    learned = build(sb3_agent(SAC, ent_coef="auto_0.25"), continuous=True)
    assert (fixed.entropy_coefficient, learned.entropy_coefficient) == (0.05, 0.25)


def test_the_librarys_warnings_stay_inside():
    """A rollout that the batch size does not divide makes the library warn, and nobody else."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        build(sb3_agent(PPO, n_steps=10, batch_size=7)).learn(20)


def test_an_unknown_name_is_answered_with_the_known_ones():
    """The error for a mistyped algorithm lists those there are."""
    with pytest.raises(ValueError, match="PPO, A2C, DQN, SAC, TD3, DDPG"):
        sb3_algorithm("PPO2")
    with pytest.raises(TypeError, match=r"stable_baselines3\.PPO"):
        sb3_agent("PPO")


def test_a_factory_can_be_sent_to_another_process():
    """What ``sb3_agent`` returns survives pickling."""
    copy = pickle.loads(pickle.dumps(sb3_agent(PPO, n_steps=32)))
    assert copy == sb3_agent(PPO, n_steps=32)
