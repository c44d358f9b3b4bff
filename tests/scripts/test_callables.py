"""Critics that are functions of tensors, and tables behind functions that put observations into bins."""

from __future__ import annotations

import pickle
from types import SimpleNamespace

import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces

from rlprobe.scripts.inside.looks import Info, in_pairs, infos_of, looks_in, met_in
from rlprobe.scripts.inside.reading.codes import codes, tells_apart
from rlprobe.scripts.inside.reading.functions.callables import called_values

torch = pytest.importorskip("torch")

LOOKS = [np.array([1.0, 0.0], np.float32), np.array([0.0, 1.0], np.float32), np.array([1.0, 1.0], np.float32)]
WEIGHTS = torch.tensor([[1.0, 4.0], [2.0, 3.0]], requires_grad=True)


class Critic:
    """A critic of tensors without a module."""

    def forward(self, x):
        """The largest component."""
        return x.max(-1).values


@pytest.mark.parametrize(
    ("name", "thing", "values"),
    [
        ("v", lambda s: (s @ WEIGHTS[:, :1]).squeeze(-1), [1.0, 2.0, 3.0]),
        ("value_fn", lambda s: s @ WEIGHTS[:, :1], [1.0, 2.0, 3.0]),
        ("q_values", lambda s: s @ WEIGHTS, [4.0, 3.0, 7.0]),
        ("baseline", lambda s: float(s[0]) + 0.0 * len(s.shape) if s.ndim == 1 else s.no, [1.0, 0.0, 1.0]),
        ("critic", Critic(), [1.0, 1.0, 1.0]),
        ("v_target", lambda s: s.sum(-1), None),
        ("policy", lambda s: s.sum(-1), None),
        ("q", lambda s, a: s.sum(-1) + a, None),
        ("v", lambda s: torch.softmax(s @ WEIGHTS, -1), None),
    ],
)
def test_a_function_with_the_name_of_values_is_asked(name, thing, values):
    """For a batch, or one observation after the other; chances, targets and policies are left alone."""
    called = called_values(torch, {name: thing}, LOOKS, 2)
    if values is None:
        assert called is None
        return
    assert called.name.startswith(name)
    assert called.rows(LOOKS).max(axis=1).tolist() == values


class Bins(gym.ObservationWrapper):
    """Puts observations into bins."""

    def observation(self, obs):
        """The bins of the two last components."""
        return tuple(np.digitize(obs[-2:], [-0.3, 0.3]).tolist())


def bucketize(obs, edges, *, shift=0):
    """A key of an observation and of what the script calls ``edges``."""
    return tuple((np.digitize(obs[-2:], edges) + shift).tolist())


def test_a_code_gets_its_further_arguments_from_the_script():
    """By their names; where there are none, it is no code."""
    observation = np.array([0.0, 0.0, -1.0, 1.0])
    (key_of,) = codes({"bucketize": bucketize, "edges": [-0.3, 0.3]})
    assert key_of(observation) == (0, 2)
    (key_of,) = codes({"bucketize": bucketize})
    assert key_of(observation) is None


CARTPOLE = gym.make("CartPole-v1").observation_space
COARSE = SimpleNamespace(bins=(1, 1, 6, 12), high=np.array([4.8, 3.5, 0.42, 0.87]))


def discretize(obs):
    """Bins of the usual table for CartPole, most of them for the angle."""
    share = np.clip((obs + COARSE.high) / (2 * COARSE.high), 0, 1)
    return tuple(round(float((n - 1) * s)) for n, s in zip(COARSE.bins, share, strict=True))


def test_observations_differ_in_any_two_components():
    """As a script may put some components into one bin only; nothing else is known of other spaces."""
    looks = looks_in(CARTPOLE, [np.eye(7)[i] for i in range(7)], inside=True)
    (key_of,) = codes({"discretize": discretize})
    assert not tells_apart(key_of, looks)
    assert tells_apart(key_of, in_pairs(CARTPOLE, 7))
    assert all(CARTPOLE.contains(look) for look in in_pairs(CARTPOLE, 7))
    assert in_pairs(spaces.Discrete(5), 3) == []


def test_a_wrapper_that_makes_bins_is_a_code():
    """Its keys are found by way of the environment in the script's names."""
    (key_of,) = codes({"env": Bins(gym.make("CartPole-v1")), "gamma": 0.9})
    assert key_of(np.array([0.0, 0.0, -1.0, 1.0])) == (0, 2)
    assert codes({"env": gym.make("CartPole-v1")}) == []


def test_states_without_numbers_are_those_that_occur():
    """A script may have prepared its table for them only, as for the sums 4 to 21 in Blackjack."""
    env = gym.make("Blackjack-v1")
    met = met_in(env)
    assert len(set(met)) == len(met) > 100
    assert all(4 <= total <= 21 and 1 <= card <= 10 for total, card, _ in met)
    raw = [np.eye(7)[i] for i in range(7)]
    assert looks_in(env.observation_space, raw, met=met) == met[:7]
    assert looks_in(env.observation_space, raw, met=met[:6])[0] == (0, 0, 0)
    assert met_in(gym.make("CartPole-v1")) == []


def test_observations_are_met_without_showing_anything():
    """A copy of an environment for people would wait for each of its pictures."""
    env = gym.make("FrozenLake-v1", render_mode="human")
    env.unwrapped._render_gui = lambda mode: pytest.fail(f"rendered in mode {mode}")
    assert len(met_in(env)) > 4
    assert met_in(env) is met_in(env)


def test_infos_of_the_own_environment_are_answered_where_a_script_needs_them():
    """Only keys that are asked for; a mask of actions would forbid what the probe allows."""
    env = gym.make("Taxi-v4").unwrapped
    info = Info({"seen": 1}, infos_of(env))
    assert dict(info) == {"seen": 1}
    assert "prob" not in info
    assert info["prob"] == 1.0
    assert info["action_mask"].tolist() == [1] * 6
    assert info.get("action_mask") is None
    with pytest.raises(KeyError, match="nothing"):
        info["nothing"]
    assert type(pickle.loads(pickle.dumps(info))) is dict


def assign_bins(observation, edges):
    """The first part of a key."""
    return np.digitize(observation, edges)


def get_state_as_string(state):
    """The second one."""
    return "".join(str(int(one)) for one in state)


def test_two_functions_may_make_a_key_together():
    """As tutorials on CartPole have it."""
    names = {
        "assign_bins": assign_bins,
        "get_state_as_string": get_state_as_string,
        "edges": np.array([-0.3, 0.3]),
    }
    keys = [key_of(np.array([-1.0, 0.0, 1.0])) for key_of in codes(names)]
    assert "012" in keys
