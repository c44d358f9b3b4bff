"""Critics without a library: functions of observations, and weights times features."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import numpy as np
import pytest
from gymnasium.spaces import Discrete

from rlprobe.scripts.inside.reading.functions.calls import Calls
from rlprobe.scripts.inside.reading.functions.critic import VALUES, critic_in

LOOKS = [np.array([1.0, 0.5], np.float32), np.array([0.0, 2.0], np.float32)]


class QNet:
    """A network written by hand."""

    def __init__(self):
        self.w = np.zeros((2, 3))

    def forward(self, x):
        """Values of three actions."""
        return x @ self.w


class Policy(QNet):
    """The same, but a policy."""

    def probabilities(self, x):
        """Chances of three actions."""
        z = np.exp(self.forward(x))
        return z / z.sum()


def phi(state):
    """Features."""
    return np.array([1.0, *state, state[0] * state[1]])


def value_of(state, action, w):
    """One value."""
    return float(w[action] @ state)


def watched(act):
    """What was seen of ``act``, called with observations while weights change."""
    calls = Calls(__file__.__eq__)
    calls.begin(SimpleNamespace(looks=LOOKS, action_space=Discrete(3)))
    before = sys.getprofile()
    calls.watch()
    try:
        for step in range(40):
            act(LOOKS[step % 2], step)
    finally:
        sys.setprofile(before)
    return calls


def learning(net, call):
    """A step of learning after each call."""

    def act(look, step):
        call(look)
        net.w[0, step % 3] += 0.1

    return act


def test_the_method_of_a_network_by_hand_is_a_critic():
    """Its latest results are the values; a target network of the same class is another one."""
    online, target = QNet(), QNet()

    def act(look, step):
        online.forward(look)
        target.forward(look[None])
        online.w[0, step % 3] += 0.1

    found = critic_in(watched(act), {"q_net": online, "target_net": target}, "")
    assert found.name == "q_net.forward()"
    assert found.value(0) == pytest.approx(float((LOOKS[0] @ online.w).max()), abs=0.15)
    assert found.value(0, first=True) == 0.0


def forward(net, x):
    """Values and the hidden layer of a network that is given with its observations."""
    hidden = np.tanh(x @ net["W1"])
    return hidden @ net["W2"], hidden


def test_one_function_may_serve_two_networks():
    """The weights that it is given tell them apart; one that is called a policy is no critic."""
    rng = np.random.default_rng(0)
    nets = {
        name: {"W1": rng.normal(size=(2, 8)), "W2": rng.normal(size=(8, outputs))}
        for name, outputs in (("value", 1), ("policy", 3))
    }

    def act(look, step):
        for net in nets.values():
            forward(net, look[None])
            net["W2"] += 0.01

    found = critic_in(watched(act), nets, "np.exp(z)")
    assert found.name == "value.forward()"
    assert found.value(1) == pytest.approx(float(forward(nets["value"], LOOKS[1])[0][0]), abs=0.1)


def test_weights_that_each_update_makes_anew_are_one_network():
    """As in ``params = update(params)``."""
    params = {"W1": np.ones((2, 8)), "W2": np.zeros((8, 3))}

    def act(look, step):
        nonlocal params
        forward(params, look)
        params = {**params, "W2": params["W2"] + 0.01}

    found = critic_in(watched(act), {"params": params}, "a = np.argmax(forward(params, x)[0])")
    assert found.name == "forward()"
    assert found.value(0, first=True) == 0.0
    assert found.value(0) > 2.0


@pytest.mark.parametrize(
    "name", ["q_net", "value_network", "critic_model", "q_values", "state_value_fn", "v_hat"]
)
def test_names_of_values(name):
    """A function with such a name gives values."""
    assert VALUES.fullmatch(name)


@pytest.mark.parametrize("name", ["network", "policy_net", "train_model", "make_q_net_again", "model"])
def test_names_of_other_things(name):
    """A function with such a name may give anything."""
    assert not VALUES.fullmatch(name)


def test_chances_and_what_they_are_made_of_are_no_critic():
    """A policy by hand has values of actions too, which are no values."""
    policy = Policy()
    found = watched(learning(policy, policy.probabilities))
    assert critic_in(found, {"net": policy}, "z = np.exp(h)") is None


def test_a_function_of_observation_and_action_is_a_critic():
    """The best of its results counts."""
    w = np.zeros((3, 2))

    def act(look, step):
        for action in range(3):
            value_of(look, action, w)
        w[step % 3, 0] += 0.1 * (step % 3)

    found = critic_in(watched(act), {}, "")
    assert found.name == "value_of()"
    assert found.value(0) == pytest.approx(float((w @ LOOKS[0]).max()), abs=0.25)


GAMMA_NAMED = {"gamma": 0.99}


def test_weights_times_features_are_a_critic_where_no_policy_is_made_of_them():
    """The product is written in line; its factors are known."""
    w = np.zeros((3, 4))

    def act(look, step):
        w[0] += 0.01 * phi(look)

    calls = watched(act)
    found = critic_in(calls, {"w": w, **GAMMA_NAMED}, "q = w @ phi(state)")
    assert found.name == "w"
    assert found.value(1) == pytest.approx(float((w @ phi(LOOKS[1])).max()))
    assert critic_in(calls, {"w": w, **GAMMA_NAMED}, "p = softmax(w @ phi(state))") is None
    assert (
        critic_in(calls, {"policy": SimpleNamespace(w=w), **GAMMA_NAMED}, "a = np.argmax(w @ phi(state))")
        is None
    )


def test_weights_without_a_discount_are_a_policy():
    """That of a search, which keeps the best of many weights."""
    w = np.zeros((3, 4))
    calls = watched(lambda look, step: w[0].__iadd__(0.01 * phi(look)))
    assert critic_in(calls, {"W": w}, "a = np.argmax(W @ x)") is None
    assert critic_in(calls, {"W": w, **GAMMA_NAMED}, "a = np.argmax(W @ x)").name == "W"


def test_radial_basis_functions_are_no_softmax():
    """``np.exp(-x)`` makes features, and no policy, of its argument."""
    w = np.zeros((3, 4))
    calls = watched(lambda look, step: w[0].__iadd__(0.01 * phi(look)))
    assert critic_in(calls, {"w": w, **GAMMA_NAMED}, "x = np.exp(-0.5 * distance)").name == "w"
    assert critic_in(calls, {"w": w, **GAMMA_NAMED}, "p = np.exp(w @ x)") is None


def test_a_vector_for_each_action_may_be_one_of_a_list():
    """Or of a dictionary."""
    weights = [np.full(4, float(action)) for action in range(3)]
    calls = watched(lambda look, step: phi(look))
    expected = pytest.approx(2.0 * phi(LOOKS[1]).sum())
    assert critic_in(calls, {"weights": weights, **GAMMA_NAMED}, "").value(1) == expected
    assert critic_in(calls, {"weights": dict(enumerate(weights)), **GAMMA_NAMED}, "").value(1) == expected


def active_tiles(state):
    """Numbers of the features that are 1."""
    return [int(state[0]), 2 + int(state[1]), 5, 6]


def test_the_numbers_of_active_tiles_stand_for_features_that_are_one():
    """The value is the sum of their weights."""
    w = np.arange(30.0).reshape(3, 10)
    calls = watched(lambda look, step: active_tiles(look))
    assert critic_in(calls, {"w": w, **GAMMA_NAMED}, "").value(1) == 20 + 24 + 25 + 26


def actor_critic(names, source="p = softmax(theta @ x)"):
    """What is read of a script with linear weights, before and after they changed."""
    calls = watched(lambda look, step: phi(look))
    before = critic_in(calls, names, source)
    for array in names.values():
        np.add(array, 0.5, out=array)
    return before, critic_in(calls, names, source)


W, THETA, GAMMA = np.ones(4), np.ones((3, 4)), np.array(0.9)


@pytest.mark.parametrize("name", ["w", "v_weights", "theta_v", "w_critic"])
def test_the_vector_beside_the_weights_of_a_policy_is_a_critic(name):
    """Once it is seen to learn; what it says of a state is a single number."""
    before, after = actor_critic({name: W.copy(), "theta": THETA.copy(), "gamma": GAMMA.copy()})
    assert before is None
    assert after.name == name
    assert after.value(0) == pytest.approx(1.5 * phi(LOOKS[0]).sum())
    assert len(after.last[0]) == 1


@pytest.mark.parametrize(
    "names",
    [
        {"w": W, "gamma": GAMMA},
        {"theta": W, "gamma": GAMMA},
        {"w": W, "theta": THETA},
        {"theta": W, "parameters": THETA, "gamma": GAMMA},
        {"z": W, "theta": THETA, "gamma": GAMMA},
        {"w": np.ones(5), "theta": THETA, "gamma": GAMMA},
    ],
)
def test_a_vector_may_be_something_else(names):
    """The policy itself, a trace, or weights of other features."""
    for source in ("p = softmax(h)", "p = np.exp(h)"):
        assert actor_critic({name: one.copy() for name, one in names.items()}, source)[1] is None


def test_the_only_weights_of_a_search_are_a_policy():
    """Its script takes an action by the sign of the product."""
    assert actor_critic({"w": W.copy(), "gamma": GAMMA.copy()}, "action = int(w @ x > 0)")[1] is None


def test_a_function_that_never_changes_is_no_critic():
    """What does not learn is something else, whatever its name is."""
    net = QNet()
    assert critic_in(watched(lambda look, step: net.forward(look)), {"q_net": net}, "") is None


@pytest.mark.parametrize("compiled", [False, True])
def test_a_function_of_parameters_in_jax_is_asked(compiled):
    """``q_net(params, observations)`` is the critic, compiled or not; that of the target network is not."""
    jax = pytest.importorskip("jax")

    def q_net(params, x):
        return x @ params["w"] + params["b"]

    def tree(scale):
        return {"w": scale * jax.numpy.ones((2, 3)), "b": jax.numpy.arange(3.0)}

    names = {
        "q_net": jax.jit(q_net) if compiled else q_net,
        "update_q": lambda *_: None,
        "target_params": tree(7.0),
        "params": tree(1.0),
    }
    calls = watched(lambda look, step: look * step)
    found = critic_in(calls, names, "")
    assert found.name == "q_net(params, observations)"
    assert found.value(1) == pytest.approx(LOOKS[1].sum() + 2)
    later = critic_in(calls, {**names, "params": tree(2.0)}, "")
    assert later.value(1) == pytest.approx(2 * LOOKS[1].sum() + 2)
    assert later.value(1, first=True) == pytest.approx(found.value(1))
