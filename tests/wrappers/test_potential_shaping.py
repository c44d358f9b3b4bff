"""Shaping keeps the best policy and lowers values by the potential, in every autoreset mode."""

from __future__ import annotations

import re

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode, SyncVectorEnv
from gymnasium.wrappers import Autoreset, TimeLimit

import rlprobe
from probe_envs import SUITE, WRAPPER_PROBES, ProbeEnv, ProbeVectorEnv, evaluate, probe, solve
from probe_envs.transform import shape_rewards
from rlprobe import PotentialShaping
from rlprobe.wrappers import PotentialError, vector

PROBES = (*SUITE, *WRAPPER_PROBES)
GAMMA = 0.9
MODES = list(AutoresetMode)
RANDOM = np.random.default_rng(0)


def phi(observation):
    """Some number for each observation, as uneven as a hash."""
    if isinstance(observation, dict):
        return sum(phi(part) for part in observation.values())
    numbers = np.asarray(observation, dtype=np.float64).reshape(-1)
    return float(3.0 * np.sin(numbers @ np.arange(1, numbers.size + 1) * 1.7 + 0.3))


def of_state(mdp):
    """The same potential as a function of the state."""
    return lambda state: phi(mdp.observe(state))


@pytest.mark.parametrize("row", PROBES, ids=lambda row: row.name)
def test_the_best_policy_stays_and_values_are_lower_by_the_potential(row):
    """On every probe, by the solver: the same sets of best actions, and V' = V - phi to 1e-9."""
    mdp = row.mdp()
    plain, shaped = solve(mdp, GAMMA), solve(shape_rewards(mdp, of_state(mdp), GAMMA), GAMMA)
    lower = np.array([of_state(mdp)(state) for state in plain.table.states])
    np.testing.assert_array_equal(plain.optimal, shaped.optimal)
    np.testing.assert_allclose(shaped.V, plain.V - lower, atol=1e-9)
    states, actions = plain.table.shape
    anything = np.random.default_rng(0).dirichlet(np.ones(actions), states)
    np.testing.assert_allclose(
        evaluate(shape_rewards(mdp, of_state(mdp), GAMMA), anything, GAMMA).V,
        evaluate(mdp, anything, GAMMA).V - lower,
        atol=1e-9,
    )


def step_both(shaped, wrapped, rng, steps=60):
    """Rewards of the shaped process and of the wrapped environment for the same seeds and actions."""
    shaped.reset(seed=3), wrapped.reset(seed=3)
    space = wrapped.action_space
    space.seed(int(rng.integers(1000)))
    pairs = []
    for _ in range(steps):
        actions = space.sample()
        (_, a, terminated, truncated, _), (_, b, *_, infos) = shaped.step(actions), wrapped.step(actions)
        pairs.append((a, b, infos))
        ended = np.atleast_1d(terminated | truncated)
        if not ended.any():
            continue
        if not isinstance(wrapped, gym.vector.VectorEnv):
            shaped.reset(), wrapped.reset()
        elif wrapped.metadata["autoreset_mode"] == AutoresetMode.DISABLED:
            shaped.reset(options={"reset_mask": ended}), wrapped.reset(options={"reset_mask": ended})
    return pairs


@pytest.mark.parametrize("mode", [None, *MODES])
@pytest.mark.parametrize("row", PROBES, ids=lambda row: row.name)
def test_the_wrapper_is_that_shaping_in_every_autoreset_mode(row, mode):
    """Step for step the wrapped environment pays what the shaped process pays, and 0 for a reset."""
    mdp = row.mdp()
    shaped = shape_rewards(mdp, of_state(mdp), GAMMA)
    if mode is None:
        pair = ProbeEnv(shaped), PotentialShaping(ProbeEnv(mdp), phi, GAMMA)
    else:
        pair = (
            ProbeVectorEnv(shaped, num_envs=3, autoreset_mode=mode),
            vector.PotentialShaping(ProbeVectorEnv(mdp, num_envs=3, autoreset_mode=mode), phi, GAMMA),
        )
    for expected, got, _ in step_both(*pair, np.random.default_rng(1)):
        np.testing.assert_allclose(got, expected, atol=1e-12)


def test_a_potential_that_is_kept_at_termination_changes_the_best_policy():
    """The frequent mistake, measured: an action that ends the episode can become the best."""
    changed = []
    for row in PROBES:
        mdp = row.mdp()
        wrong = solve(shape_rewards(mdp, of_state(mdp), GAMMA, keep_at_end=True), GAMMA)
        if (wrong.optimal != solve(mdp, GAMMA).optimal).any():
            changed.append(row.name)
    assert changed == ["WillToLive", "Lock", "DeepSea"]


class Walk(gym.Env):
    """Three steps to the right terminate with 1; the observation is the place."""

    observation_space = gym.spaces.Box(0, 3, (1,), np.float32)
    action_space = gym.spaces.Discrete(2)

    def reset(self, *, seed=None, options=None):
        """Start on the left."""
        super().reset(seed=seed)
        self.x = 0
        return self.look(), {}

    def look(self):
        """The place."""
        return np.array([self.x], np.float32)

    def step(self, action):
        """Go right or stay."""
        self.x += int(action)
        return self.look(), float(self.x == 3), self.x == 3, False, {"x": self.x}


def place(observation):
    """A potential that grows towards the goal."""
    return 10.0 + float(observation[0])


@pytest.mark.parametrize(("on_truncation", "last"), [("bootstrap", 0.5 * 11 - 11), ("terminal", -11.0)])
def test_truncation_keeps_the_potential_for_learners_that_bootstrap(on_truncation, last):
    """At a time limit phi(s') is kept, or 0 with "terminal"; single and in every autoreset mode."""
    env = PotentialShaping(TimeLimit(Walk(), 2), place, 0.5, on_truncation)
    env.reset(seed=0)
    assert [env.step(a)[1] for a in (1, 0)] == [0.5 * 11 - 10, last]
    for mode in MODES:
        envs = SyncVectorEnv([lambda: TimeLimit(Walk(), 2)] * 2, autoreset_mode=mode)
        envs = vector.PotentialShaping(envs, place, 0.5, on_truncation)
        envs.reset(seed=0)
        rewards = [envs.step(np.array([a, a]))[1].tolist() for a in (1, 0)]
        assert rewards == [[0.5 * 11 - 10] * 2, [last] * 2], mode


def test_the_potential_vanishes_where_an_episode_terminates_in_its_last_allowed_step():
    """Terminated and truncated at once is a termination."""
    env = PotentialShaping(TimeLimit(Walk(), 3), place, 0.5)
    env.reset(seed=0)
    *_, last = [env.step(1) for _ in range(3)]
    assert last[1] == 1.0 - 12.0
    assert last[2:4] == (True, True)


def test_unshaped_rewards_and_returns_are_in_info():
    """What the task itself pays is told at every step, single and vector; resets are marked as no step."""
    env = PotentialShaping(Walk(), place, 0.5)
    env.reset(seed=0)
    told = [env.step(1)[4]["rlprobe"] for _ in range(3)]
    assert [one["unshaped_reward"] for one in told] == [0.0, 0.0, 1.0]
    assert told[-1]["unshaped_return"] == 1.0
    envs = vector.PotentialShaping(SyncVectorEnv([Walk, Walk]), place, 0.5)
    envs.reset(seed=0)
    told = [envs.step(np.array([1, 0]))[4]["rlprobe"] for _ in range(4)]
    assert [one["unshaped_return"].tolist() for one in told] == [[0, 0], [0, 0], [1, 0], [0, 0]]
    assert [one["_unshaped_reward"].tolist() for one in told][2:] == [[True, True], [False, True]]


def test_an_autoreset_beneath_is_not_shaped():
    """The step with which gymnasium.wrappers.Autoreset resets pays nothing, and shaping begins anew."""
    env = PotentialShaping(Autoreset(Walk()), place, 0.5)
    env.reset(seed=0)
    rewards = [env.step(1)[1] for _ in range(5)]
    assert rewards == [0.5 * 11 - 10, 0.5 * 12 - 11, 1 - 12, 0.0, 0.5 * 11 - 10]


def test_a_batched_potential_gives_the_same():
    """The potential of a batch shapes as that of each observation does, for final observations too."""
    make = [lambda: TimeLimit(gym.make("CartPole-v1"), 7)] * 3
    for mode in MODES[:2]:
        pair = [
            vector.PotentialShaping(
                SyncVectorEnv(make, autoreset_mode=mode), lambda x: 5.0 * x[..., 2], 0.9, batched=batched
            )
            for batched in (False, True)
        ]
        for a, b, _ in step_both(*pair, np.random.default_rng(0), steps=30):
            np.testing.assert_allclose(a, b, atol=1e-6)


class Rising:
    """A potential with a memory: the best place so far."""

    best = 0.0

    def __call__(self, observation):
        """The largest number so far."""
        self.best = max(self.best, float(observation[0]))
        return self.best


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (lambda x: float("nan"), r"phi\(observation\) is nan.* at reset; expected a finite number"),
        (lambda x: -np.inf if x[0] > 0 else 0.0, r"is -inf.* at step 1"),
        (lambda x: x, r"expected one number from phi\(observation\), got ndarray of shape \(1,\)"),
        (lambda x: np.zeros((2, 2)), r"shape \(2, 2\)"),
        (lambda x: None, "got None"),
        (lambda x: "high", "got 'high'"),
        (lambda x: [1.0, 2.0], r"list of shape \(2,\)"),
        (Rising(), "phi gave 0 and then 1 for the same observation.* at step 1.*depends on history"),
        (lambda x: RANDOM.random(), "random or depends on history"),
    ],
)
@pytest.mark.parametrize("many", [False, True])
def test_a_potential_that_is_none_is_refused(bad, said, many):
    """NaN, infinity, another shape, text, memory and chance: one line that says where and what to do."""
    if isinstance(bad, Rising):
        bad = Rising()
    wrap = vector.PotentialShaping if many else PotentialShaping
    env = wrap(SyncVectorEnv([Walk]) if many else Walk(), bad, 0.9)
    action = np.array([1]) if many else 1

    def play():
        env.reset(seed=0)
        for _ in range(3):
            env.step(action)

    with pytest.raises(PotentialError, match=said) as caught:
        play()
    assert "\n" not in str(caught.value)
    assert re.match(r"(vector\.)?PotentialShaping", str(caught.value))


def test_a_potential_may_be_undefined_where_the_episode_ends():
    """It is never asked for a terminal observation, where a distance in a denominator is 0."""
    env = PotentialShaping(Walk(), lambda x: 1.0 / (3.0 - float(x[0])), 0.9)
    env.reset(seed=0)
    assert [env.step(1)[2] for _ in range(3)] == [False, False, True]


def test_a_batched_potential_that_mixes_environments_is_refused():
    """The mean over all environments is no potential of one of them."""
    envs = vector.PotentialShaping(
        SyncVectorEnv([lambda: gym.make("CartPole-v1")] * 2),
        lambda x: np.full(len(x), x.mean()),
        0.9,
        batched=True,
    )
    with pytest.raises(PotentialError, match="treat each observation by itself"):
        envs.reset(seed=0)


def test_wrong_arguments_are_refused_at_construction():
    """The wrong face, a number for phi, gamma in percent, another way to end, shaping twice."""
    with pytest.raises(TypeError, match=r"vector\.PotentialShaping"):
        PotentialShaping(SyncVectorEnv([Walk]), place, 0.9)
    with pytest.raises(TypeError, match=r"rlprobe\.PotentialShaping"):
        vector.PotentialShaping(Walk(), place, 0.9)
    with pytest.raises(TypeError, match="phi as a function"):
        PotentialShaping(Walk(), 3.0, 0.9)
    for gamma in (99, -0.1, float("nan"), None, True):
        with pytest.raises(ValueError, match="gamma between 0 and 1"):
            PotentialShaping(Walk(), place, gamma)
    with pytest.raises(ValueError, match="'bootstrap' or 'terminal'"):
        PotentialShaping(Walk(), place, 0.9, "keep")
    with pytest.raises(ValueError, match="wrap once"):
        PotentialShaping(PotentialShaping(Walk(), place, 0.9), place, 0.9)


def test_a_reused_observation_array_does_not_matter():
    """An environment that returns the same array again and again is shaped as one that does not."""

    class Reusing(Walk):
        buffer = np.zeros(1, np.float32)

        def look(self):
            self.buffer[:] = self.x
            return self.buffer

    env = PotentialShaping(Reusing(), place, 0.5)
    env.reset(seed=0)
    assert [env.step(1)[1] for _ in range(2)] == [0.5 * 11 - 10, 0.5 * 12 - 11]


def test_tensors_stay_tensors():
    """Rewards that are tensors come back as tensors of the same type."""
    torch = pytest.importorskip("torch")

    class Tensors(gym.vector.VectorWrapper):
        def step(self, actions):
            x, r, *flags, infos = self.env.step(actions.numpy())
            tensors = torch.as_tensor(r, dtype=torch.float32), *map(torch.as_tensor, flags)
            return torch.as_tensor(x), *tensors, infos

        def reset(self, **kwargs):
            x, infos = self.env.reset(**kwargs)
            return torch.as_tensor(x), infos

    envs = vector.PotentialShaping(Tensors(SyncVectorEnv([Walk, Walk])), lambda x: 10.0 + x[0], 0.5)
    envs.reset(seed=0)
    rewards = envs.step(torch.tensor([1, 0]))[1]
    assert rewards.dtype is torch.float32
    assert rewards.tolist() == [0.5 * 11 - 10, -5.0]


def test_the_specification_carries_the_arguments():
    """gym.make(env.spec) shapes as well."""
    env = gym.make(PotentialShaping(gym.make("CartPole-v1"), place, 0.5, "terminal").spec)
    found = next(
        layer for layer in rlprobe.environments.layers.layers(env) if type(layer) is PotentialShaping
    )
    assert (found.gamma, found.on_truncation) == (0.5, "terminal")


def test_a_learner_on_the_shaped_task_finds_the_values_lower_by_the_potential():
    """Tabular TD on the wrapped environment converges to V - phi, over a truncation that it bootstraps."""
    mdp = probe("TimeLimitLoop").mdp()
    env = PotentialShaping(ProbeEnv(mdp), phi, GAMMA)
    value = dict.fromkeys(range(len(solve(mdp, GAMMA).table.states)), 0.0)
    number = env.unwrapped.dynamics.table.number
    for episode in range(300):
        env.reset(seed=episode)
        over = False
        while not over:
            state = number(env.unwrapped.state)
            _, reward, terminated, truncated, _ = env.step(env.action_space.start)
            after = 0.0 if terminated else value[number(env.unwrapped.state)]
            value[state] += 0.3 * (reward + GAMMA * after - value[state])
            over = terminated or truncated
    exact = evaluate(mdp, np.eye(solve(mdp, GAMMA).table.shape[1])[[0] * len(value)], GAMMA)
    lower = [of_state(mdp)(state) for state in exact.table.states]
    np.testing.assert_allclose(list(value.values()), exact.V - lower, atol=1e-3)
