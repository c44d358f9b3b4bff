"""Losses that are made wrongly: each way is named, and a usual loss of the same kind is not."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from rlprobe.monitors.holding import Moment
from rlprobe.monitors.losses.losses import Losses
from rlprobe.monitors.signals.arrays import Arrays

torch = pytest.importorskip("torch")
nn = torch.nn
N = 24


@pytest.fixture(autouse=True)
def seeded():
    """The same numbers in each test."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        yield


def found(make, networks, optimizer=None, steps=8):
    """Findings after losses that ``make`` gives, learned as training code does it."""
    losses = Losses()
    optimizer = optimizer or torch.optim.SGD([p for one in networks for p in one.parameters()], lr=1e-3)
    for step in range(steps):
        loss = make(losses)
        optimizer.zero_grad()
        if losses.due((0, 0)):
            losses.before_backward(loss, step)
        loss.backward()
        if losses.waiting:
            losses.before_update(optimizer)
        optimizer.step()
    return [one.id for one in losses.judge()]


def critic_loss(how, *, squeezed):
    """The error of a critic against returns ``(N,)``."""
    network, observations, returns = nn.Linear(3, 1), torch.randn(N, 3), torch.randn(N)

    def make(losses):
        del losses
        values = network(observations)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return how(values.squeeze(-1) if squeezed else values, returns)

    return found(make, [network])


@pytest.mark.parametrize("squeezed", [False, True])
@pytest.mark.parametrize(
    "how",
    [
        lambda values, returns: ((values - returns) ** 2).mean(),
        lambda values, returns: (returns - values).pow(2).mean(),
        nn.functional.mse_loss,
        nn.functional.smooth_l1_loss,
    ],
    ids=["difference", "other-difference", "mse_loss", "smooth_l1_loss"],
)
def test_values_and_returns_of_two_shapes(how, squeezed):
    """Values ``(N, 1)`` beside returns ``(N,)`` are named, values ``(N,)`` are not."""
    assert critic_loss(how, squeezed=squeezed) == ([] if squeezed else ["shapes-broadcast"])


@pytest.mark.parametrize("squeezed", [False, True])
def test_log_probabilities_and_advantages_of_two_shapes(squeezed):
    """Advantages ``(N, 1)`` beside log-probabilities ``(N,)`` are named, of the same shape they are not."""
    network, observations = nn.Linear(3, 2), torch.randn(N, 3)
    actions, advantages = torch.zeros(N, dtype=torch.long), torch.randn(N, 1)

    def make(losses):
        del losses
        said = torch.distributions.Categorical(logits=network(observations)).log_prob(actions)
        return -(said * (advantages.squeeze(-1) if squeezed else advantages)).mean()

    assert found(make, [network]) == ([] if squeezed else ["shapes-broadcast"])


def test_square_layers_are_no_two_shapes():
    """Layers, gains and biases as wide as a batch has rows, and dueling heads, are not named."""
    body, gain = nn.Linear(3, N), nn.Parameter(torch.ones(N))
    value, advantage = nn.Linear(N, 1), nn.Linear(N, N)

    def make(losses):
        del losses
        hidden = torch.relu(body(torch.randn(N, 3)) * gain - gain)
        rows = advantage(hidden)
        return (value(hidden) + rows - rows.mean(1, keepdim=True)).square().mean()

    assert found(make, [body, value, advantage]) == []


@pytest.mark.parametrize(
    ("logits", "expected"),
    [
        (lambda x: x.softmax(-1), ["softmax-twice"]),
        (lambda x: x.softmax(-1).squeeze(0), ["softmax-twice"]),
        (lambda x: x.log_softmax(-1), []),
        (lambda x: x, []),
    ],
    ids=["softmax", "softmax-and-view", "log-softmax", "logits"],
)
def test_a_softmax_of_probabilities(logits, expected):
    """Probabilities given as logits are named; logits and log-probabilities are not."""
    network, actions = nn.Linear(3, 4), torch.zeros(N, dtype=torch.long)

    def make(losses):
        del losses
        said = torch.distributions.Categorical(logits=logits(network(torch.randn(N, 3))))
        return -said.log_prob(actions).mean() - 0.01 * said.entropy().mean()

    assert found(make, [network]) == expected


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        (lambda q, a: q.max(1)[0].unsqueeze(1), ["only-the-largest-is-trained"]),
        (lambda q, a: q.amax(1, keepdim=True), ["only-the-largest-is-trained"]),
        (lambda q, a: q.gather(1, a), []),
        (lambda q, a: q[torch.arange(N), a[:, 0]].unsqueeze(1), []),
        (lambda q, a: (q * nn.functional.one_hot(a[:, 0], 3)).sum(1, keepdim=True), []),
        (lambda q, a: q.max(1)[0].unsqueeze(1) - q.gather(1, a), []),
    ],
    ids=["max", "amax", "gather", "index", "one-hot", "margin"],
)
def test_the_value_that_is_trained(chosen, expected):
    """A loss on the largest value is named; on that of the action that was taken, it is not."""
    network, actions = nn.Linear(3, 3), torch.randint(0, 3, (N, 1))

    def make(losses):
        del losses
        return (chosen(network(torch.randn(N, 3)), actions) - torch.randn(N, 1)).square().mean()

    assert found(make, [network]) == expected


@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        (lambda q, r: q.mean(), ["actor-lowers-the-value"]),
        (lambda q, r: torch.min(q, r).mean(), ["actor-lowers-the-value"]),
        (lambda q, r: -q.mean(), []),
        (lambda q, r: -torch.min(q, r).mean(), []),
        (lambda q, r: (q - r).square().mean(), []),
    ],
    ids=["mean", "smaller-of-two", "minus-mean", "minus-smaller", "error"],
)
def test_the_sign_of_the_loss_of_an_actor(loss, expected):
    """An actor that steps down the values of its own actions is named; one that steps up is not."""
    actor, critic = nn.Linear(3, 1), nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))

    def make(losses):
        del losses
        observations = torch.randn(N, 3)
        q = critic(torch.cat([observations, torch.tanh(actor(observations))], 1))
        return loss(q, torch.linspace(-9, 9, N)[:, None])

    optimizer = torch.optim.Adam(actor.parameters(), lr=1e-3)
    assert found(make, [actor], optimizer) == expected


@pytest.mark.parametrize(("coefficient", "expected"), [(-0.01, ["entropy-is-punished"]), (0.01, []), (0, [])])
def test_the_sign_of_the_entropy_bonus(coefficient, expected):
    """A loss that rises with the entropy is named, one that falls or ignores it is not."""
    network, actions = nn.Linear(3, 4), torch.zeros(N, dtype=torch.long)

    def make(losses):
        said = torch.distributions.Categorical(logits=network(torch.randn(N, 3)))
        entropy = said.entropy()
        losses.entropy = entropy
        return -said.log_prob(actions).mean() - coefficient * entropy.mean()

    assert found(make, [network]) == expected


@pytest.mark.parametrize("bad", [np.nan, np.inf, 1.0])
def test_a_table_that_becomes_nan(bad):
    """Numbers that were finite and are NaN or infinite from then on are named, in arrays and in dicts."""
    for made in (np.zeros(20), {(0, state): np.zeros(2) for state in range(9)}):
        arrays = Arrays()
        for step in range(9):
            if step > 4:
                row = made if isinstance(made, np.ndarray) else made[0, 3]
                row[1] = bad
            never = np.full(20, np.nan)
            arrays.look([("table", made), ("log", never), ("name", "a"), ("few", np.ones(3))], Moment(step))
        expected = [] if np.isfinite(bad) else [("array-not-finite", 5)]
        assert [(one.id, one.since_step) for one in arrays.judge()] == expected


@pytest.mark.parametrize(
    ("way", "expected"),
    [
        ("forgotten", ["gradients-never-cleared"]),
        ("before", []),
        ("after", []),
        ("every-third", []),
        ("helper-of-two", []),
    ],
)
def test_gradients_that_are_never_cleared(way, expected):
    """A loop without ``zero_grad`` is named; one that accumulates, or a function for two losses, is not."""
    losses, actor, critic = Losses(), nn.Linear(3, 1), nn.Linear(4, 1)
    both = [torch.optim.SGD(one.parameters(), lr=1e-3) for one in (critic, actor)]

    def learn(optimizer, loss, step):
        if way in {"before", "helper-of-two"}:
            optimizer.zero_grad()
        if losses.due((0, 0)):
            losses.before_backward(loss, step)
        loss.backward()
        if way == "every-third" and step % 3:
            return
        if losses.waiting:
            losses.before_update(optimizer)
        optimizer.step()
        if way in {"after", "every-third"}:
            optimizer.zero_grad()

    for step in range(40):
        observations = torch.randn(N, 3)
        values = critic(torch.cat([observations, torch.ones(N, 1)], 1))
        learn(both[0], (values - torch.randn(N, 1)).square().mean(), step)
        if way == "helper-of-two":
            learn(both[1], -critic(torch.cat([observations, actor(observations)], 1)).mean(), step)
    assert [one.id for one in losses.judge()] == expected
