"""Faults that show in losses and updates of PyTorch are named, and correct ways to write them are not."""

# ruff: noqa: D102, D103
from __future__ import annotations

import copy
import importlib
from types import SimpleNamespace

import gymnasium as gym
import numpy as np
import pytest

from rlprobe.diagnosis.training.torch_calls.watching import torch_calls_seen

torch = pytest.importorskip("torch")
F = torch.nn.functional


def linear(outputs):
    """A small network of known weights."""
    generator = torch.Generator().manual_seed(outputs)
    network = torch.nn.Sequential(torch.nn.Linear(3, 8), torch.nn.Tanh(), torch.nn.Linear(8, outputs))
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator) / 2)
    return network


class World:
    """Networks, an optimizer for all that learns, and batches."""

    def __init__(self):
        self.q, self.policy, self.v = linear(2), linear(2), linear(1)
        self.actor, self.of_action = linear(3), linear(1)
        self.target = copy.deepcopy(self.q)
        self.generator = torch.Generator().manual_seed(0)
        self.learns = torch.optim.Adam(
            [*self.q.parameters(), *self.policy.parameters(), *self.v.parameters()], lr=0.01
        )
        self.acts = torch.optim.Adam(self.actor.parameters(), lr=0.01)
        self.updates = 0

    def batch(self, n=16):
        draw = self.generator
        s, s2 = torch.randn(n, 3, generator=draw), torch.randn(n, 3, generator=draw)
        a = torch.randint(2, (n,), generator=draw)
        ended = (torch.rand(n, generator=draw) < 0.3).float()
        return SimpleNamespace(s=s, a=a, r=3.0 * s[:, 0], s2=s2, goes_on=1.0 - ended)

    def minimise(self, loss, optimizer=None):
        optimizer = optimizer or self.learns
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def q_learning(w, b):
    """With a target network."""
    with torch.no_grad():
        target = b.r + 0.9 * b.goes_on * w.target(b.s2).max(1).values
    w.minimise(F.mse_loss(w.q(b.s).gather(1, b.a[:, None]).squeeze(1), target))
    w.updates += 1
    if w.updates % 5 == 0:
        w.target.load_state_dict(w.q.state_dict())


def q_learning_undetached_copy(w, b):
    """The gradient flows into the target network, which nothing steps."""
    target = b.r + 0.9 * b.goes_on * w.target(b.s2).max(1).values
    w.minimise(F.smooth_l1_loss(w.q(b.s).gather(1, b.a[:, None]).squeeze(1), target))


def copies_softly_the_wrong_way(w, b):
    """What is written is the network that is trained."""
    with torch.no_grad():
        target = b.r + 0.9 * w.target(b.s2).max(1).values
    w.minimise(F.mse_loss(w.q(b.s).gather(1, b.a[:, None]).squeeze(1), target))
    for ours, theirs in zip(w.target.parameters(), w.q.parameters(), strict=True):
        theirs.data.copy_(0.05 * ours.data + 0.95 * theirs.data)


def copies_the_wrong_way(w, b):
    """Sometimes, and all of it."""
    w.minimise(F.mse_loss(w.q(b.s).gather(1, b.a[:, None]).squeeze(1), b.r))
    w.updates += 1
    if w.updates % 5 == 0:
        w.q.load_state_dict(w.target.state_dict())


def follows(tau):
    """Q-learning whose target network goes a share of the way to the trained one after each update."""

    def update(w, b):
        q_learning_undetached_copy(w, b)
        for ours, theirs in zip(w.target.parameters(), w.q.parameters(), strict=True):
            ours.data.copy_(tau * theirs.data + (1.0 - tau) * ours.data)

    update.__name__ = f"follows_by_{tau:g}"
    return update


def trains_the_largest(w, b):
    """Max on the side of the prediction."""
    w.minimise(F.mse_loss(w.q(b.s).max(1).values, b.r))


def clips_the_error(w, b):
    """Before it is squared."""
    error = b.r - w.q(b.s).gather(1, b.a[:, None]).squeeze(1)
    w.minimise(torch.clamp(error, -1, 1).pow(2).mean())


def clips_and_multiplies(w, b):
    """Squared by hand."""
    error = torch.clip(w.v(b.s).squeeze(-1) - b.r, -1, 1)
    w.minimise((error * error).mean())


def clips_the_gradient(w, b):
    """As the first DQN did, without squaring."""
    value = w.q(b.s).gather(1, b.a[:, None]).squeeze(1)
    w.minimise((value * (value - b.r).clamp(-1, 1).detach()).mean())


def does_not_detach(w, b):
    """The next value is of the network that is trained."""
    target = b.r + 0.9 * b.goes_on * w.q(b.s2).max(1).values
    w.minimise(F.mse_loss(w.q(b.s).gather(1, b.a[:, None]).squeeze(1), target))


def does_not_detach_single_steps(w, b):
    """The same of an actor-critic that learns after each step."""
    one = w.batch(1)
    error = one.r[0] + 0.9 * w.v(one.s2[0]) - w.v(one.s[0])
    w.minimise(error.pow(2).mean())


def one_network_twice(w, b):
    """Semi-gradient, both values of one network."""
    with torch.no_grad():
        target = b.r + 0.9 * b.goes_on * w.q(b.s2).max(1).values
    w.minimise(F.mse_loss(w.q(b.s).gather(1, b.a[:, None]).squeeze(1), target))


def compares_two_outputs(w, b):
    """A ranking, whose gradients are opposite too."""
    w.minimise(-F.logsigmoid(w.v(b.s) - w.v(b.s2)).mean())


def smooths(w, b):
    """A penalty on differences beside the loss."""
    value, other = w.v(b.s).squeeze(-1), w.v(b.s2).squeeze(-1)
    w.minimise(F.mse_loss(value, b.r) + 0.3 * (value - other).pow(2).mean())


def actor_critic(w, b, *, detached=True, sign=-1.0, entropy=True):
    """Policy and critic in one loss."""
    policy = torch.distributions.Categorical(logits=w.policy(b.s))
    advantage = b.r - w.v(b.s).squeeze(-1)
    used = advantage.detach() if detached else advantage
    loss = -(policy.log_prob(b.a) * used).mean() + 0.5 * advantage.pow(2).mean()
    w.minimise(loss + sign * 0.01 * policy.entropy().mean() if entropy else loss)


def punishes_entropy(w, b):
    actor_critic(w, b, sign=1.0)


def bonus_by_hand(w, b, sign=-1.0, write=0):
    """The entropy without a distribution, in three ways."""
    logits = w.policy(b.s)
    log_p = logits.log_softmax(-1)
    p = torch.softmax(logits, -1)
    each = (log_p.exp() * log_p, p * log_p, p * torch.log(p + 1e-8))[write]
    policy_loss = -(log_p.gather(1, b.a[:, None]).squeeze(1) * b.r).mean()
    w.minimise(policy_loss + sign * 0.01 * -each.sum(-1).mean())


def punishes_by_exp(w, b):
    bonus_by_hand(w, b, sign=1.0)


def punishes_by_softmax(w, b):
    bonus_by_hand(w, b, sign=1.0, write=1)


def punishes_by_log(w, b):
    bonus_by_hand(w, b, sign=1.0, write=2)


def trains_the_critic_too(w, b):
    actor_critic(w, b, detached=False)


def normalises_undetached(w, b):
    """With a ratio, and normalised advantages."""
    log_prob = torch.log_softmax(w.policy(b.s), -1).gather(1, b.a[:, None]).squeeze(1)
    advantage = b.r - w.v(b.s).squeeze(-1)
    advantage = (advantage - advantage.mean()) / (advantage.std() + 1e-8)
    w.minimise(-((log_prob - log_prob.detach()).exp() * advantage).mean())


def gaussian_by_hand(w, b):
    """A mean and a deviation of two heads, multiplied."""
    deviation = (-w.v(b.s).squeeze(-1)).exp()
    scaled = (b.r - w.q(b.s)[:, 0]) * deviation
    w.minimise((0.5 * scaled.pow(2) + w.v(b.s).squeeze(-1)).mean())


def over_the_batch(w, b):
    """The wrong axis."""
    log_p = torch.log_softmax(w.policy(b.s), 0)
    w.minimise(-(log_p.gather(1, b.a[:, None]).squeeze(1) * b.r).mean())


def over_single_observations(w, b):
    """The wrong axis where each observation comes alone: all probabilities are 1."""
    losses = [
        -torch.log(torch.softmax(w.policy(s[None]), dim=0)[0, a]) * r
        for s, a, r in zip(b.s, b.a, b.r, strict=True)
    ]
    w.minimise(torch.stack(losses).mean())


def softmax_twice(w, b):
    policy = torch.distributions.Categorical(logits=torch.softmax(w.policy(b.s), -1))
    w.minimise(-(policy.log_prob(b.a) * b.r).mean())


def deterministic(w, b, sign=-1.0):
    """An actor that follows a critic."""
    w.minimise(sign * w.of_action(w.actor(b.s)).mean(), w.acts)
    optimizer = w.__dict__.setdefault("scores", torch.optim.Adam(w.of_action.parameters(), lr=0.01))
    w.minimise(F.mse_loss(w.of_action(b.s).squeeze(-1), b.r), optimizer)


def goes_down(w, b):
    deterministic(w, b, sign=1.0)


def upwards(w, b, sign):
    """With an optimizer that steps up its loss."""
    up = w.__dict__.setdefault("up", torch.optim.Adam(w.actor.parameters(), lr=0.01, maximize=True))
    w.minimise(sign * w.of_action(w.actor(b.s)).mean(), up)
    optimizer = w.__dict__.setdefault("scores", torch.optim.Adam(w.of_action.parameters(), lr=0.01))
    w.minimise(F.mse_loss(w.of_action(b.s).squeeze(-1), b.r), optimizer)


def steps_up_values(w, b):
    upwards(w, b, 1.0)


def steps_up_minus_the_values(w, b):
    upwards(w, b, -1.0)


def clears_before_the_step(w, b):
    loss = F.mse_loss(w.v(b.s).squeeze(-1), b.r)
    loss.backward()
    w.learns.zero_grad()
    w.learns.step()


def cuts_the_graph(w, b):
    """The actor through NumPy; the critic learns."""
    actions = torch.tensor(w.actor(b.s).detach().numpy(), requires_grad=True)
    w.minimise(-w.of_action(actions).mean(), w.acts)


def forgets_the_critic(w, b):
    """The optimizer holds the policy alone."""
    alone = w.__dict__.setdefault("alone", torch.optim.Adam(w.policy.parameters(), lr=0.01))
    policy = torch.distributions.Categorical(logits=w.policy(b.s))
    value = w.v(b.s).squeeze(-1)
    w.minimise(-(policy.log_prob(b.a) * (b.r - value).detach()).mean() + F.mse_loss(value, b.r), alone)


def by_hand(w, b):
    """Gradient steps without an optimizer."""
    loss = F.mse_loss(w.v(b.s).squeeze(-1), b.r)
    w.v.zero_grad()
    loss.backward()
    for parameter in w.v.parameters():
        parameter.data -= 0.01 * parameter.grad


def hardly_any_gradient(w, b):
    """As of a saturated softmax: too small to move a number."""
    tiny = w.__dict__.setdefault("tiny", torch.optim.SGD(w.v.parameters(), lr=0.01))
    w.minimise(1e-12 * F.mse_loss(w.v(b.s).squeeze(-1), b.r), tiny)


def two_optimizers_one_body(w, b):
    """Both step the same parameters."""
    second = w.__dict__.setdefault("second", torch.optim.SGD(w.q.parameters(), lr=0.01))
    w.minimise(F.mse_loss(w.q(b.s).gather(1, b.a[:, None]).squeeze(1), b.r))
    w.minimise(F.mse_loss(w.q(b.s2).mean(1), b.r), second)


def one_action(w, b):
    """A policy without a choice: its gradient is zero."""
    only = w.__dict__.setdefault("only", linear(1))
    steps = w.__dict__.setdefault("steps", torch.optim.Adam(only.parameters(), lr=0.01))
    policy = torch.distributions.Categorical(logits=only(b.s))
    w.minimise(-(policy.log_prob(torch.zeros(16)) * b.r).mean() - 0.01 * policy.entropy().mean(), steps)
    w.minimise(F.mse_loss(w.v(b.s).squeeze(-1), b.r))


def of_the_last_layer(limit):
    """An update of a critic whose last layer is followed by something."""

    def update(w, b):
        w.minimise(F.mse_loss(limit(w.v(b.s)).squeeze(-1), b.r))

    update.__name__ = f"critic_with_{limit.__name__}"
    return update


def scaled_tanh(x):
    """Reaches as far as wanted."""
    return 10.0 * torch.tanh(x)


def rectifies_action_values(w, b):
    """A ReLU behind the last layer, and the value of the action that was taken picked from it."""
    q = torch.relu(w.q(b.s)).gather(1, b.a[:, None]).squeeze(1)
    w.minimise((b.r - q).pow(2).mean())


def penalises_large_actions(w, b):
    """The actions of an actor end with tanh, as they should, and their squares are part of its loss."""
    actions = torch.tanh(w.actor(b.s))
    w.minimise(0.1 * (actions**2).mean() - w.of_action(actions).mean(), w.acts)
    optimizer = w.__dict__.setdefault("scores", torch.optim.Adam(w.of_action.parameters(), lr=0.01))
    w.minimise(F.mse_loss(w.of_action(actions.detach()).squeeze(-1), b.r), optimizer)


def two_critics(take):
    """A target from two target critics."""

    def update(w, b):
        other = w.__dict__.setdefault("other", copy.deepcopy(w.v))
        with torch.no_grad():
            target = b.r + 0.9 * b.goes_on * take(w.v(b.s2), other(b.s2)).squeeze(-1)
        w.minimise(F.mse_loss(w.v(b.s).squeeze(-1), target))

    update.__name__ = take.__name__
    return update


def smaller(a, b):
    return torch.min(a, b)


def smaller_of_stacked(a, b):
    return torch.stack([a, b]).min(dim=0).values


def larger(a, b):
    return torch.max(a, b)


def larger_squeezed(a, b):
    return torch.maximum(a.squeeze(-1), b.squeeze(-1))[:, None]


def larger_of_joined(a, b):
    return torch.cat([a, b], dim=1).amax(dim=1, keepdim=True)


def mixed(a, b):
    return 0.75 * torch.min(a, b) + 0.25 * torch.max(a, b)


def squashed_mean(w, b):
    """The density of an action whose mean is squashed holds the square of its distance."""
    density = torch.distributions.Normal(torch.tanh(w.v(b.s)), 0.5)
    w.minimise(-(density.log_prob(torch.zeros(len(b.r), 1)).squeeze(-1) * b.r).mean())


def punishes_in_single_steps(w, b):
    """One observation at a time, whose probabilities are taken out of a batch of one."""
    for i in range(2):
        policy = torch.softmax(w.policy(b.s[i : i + 1]), dim=1)
        entropy = torch.log(policy[0]) * policy[0]
        w.minimise(-torch.log(policy[0])[b.a[i]] * b.r[i] - 0.1 * entropy.sum())


def dueling(combine, name):
    """Q-learning whose action values are the state's value plus an advantage, combined by ``combine``."""

    def update(w, b):
        q = combine(w.v(b.s), w.q(b.s))
        w.minimise((q.gather(1, b.a[:, None]).squeeze(-1) - b.r).pow(2).mean())

    update.__name__ = f"dueling_{name}"
    return update


def two_steps_of_opposite_errors(w, b):
    """Returns of an episode of two steps about their mean: the ratio of the errors changes."""
    first, second = w.v(b.s[:1]).squeeze(), w.v(b.s2[:1]).squeeze()
    better = 20.0 if b.a[0] else -20.0
    worse = -better * (0.5 + 0.4 * torch.sigmoid(b.r[0]))
    w.minimise((better - first) ** 2 + (worse - second) ** 2)


def pairs_rows_that_count(w, b):
    """One line for all losses, of which rows are masked; the critic has the shape ``(N, 1)``."""
    value, target = w.v(b.s), b.r
    chances = w.policy(b.s).log_softmax(-1).gather(1, b.a[:, None])[:, 0]
    losses = -chances * (target - value.detach()[:, 0]) + 0.5 * (value - target) ** 2
    w.minimise(losses[b.goes_on > 0].mean())


def weighs_quantiles(w, b):
    """Each quantile is compared with each target, with weights of its own."""
    errors = b.r.reshape(-1, 8)[:, None] - w.v(b.s).reshape(-1, 8)[..., None]
    shares = (torch.arange(8) + 0.5) / 8
    weights = (shares[:, None] - (errors.detach() < 0).float()).abs()
    w.minimise((weights * errors.pow(2)).mean())


RIGHT = (
    steps_up_values,
    weighs_quantiles,
    dueling(lambda v, a: v + a - a.mean(dim=1, keepdim=True), "over_actions"),
    dueling(lambda v, a: v + (a - a.mean(-1, keepdim=True)), "over_the_last_axis"),
    dueling(lambda v, a: v + a - a.max(dim=1, keepdim=True).values, "largest"),
    squashed_mean,
    two_critics(smaller),
    two_critics(smaller_of_stacked),
    two_critics(mixed),
    of_the_last_layer(scaled_tanh),
    penalises_large_actions,
    follows(0.01),
    follows(0.5),
    follows(1.0),
    q_learning,
    q_learning_undetached_copy,
    clips_the_gradient,
    one_network_twice,
    compares_two_outputs,
    two_steps_of_opposite_errors,
    smooths,
    actor_critic,
    bonus_by_hand,
    gaussian_by_hand,
    deterministic,
    by_hand,
    two_optimizers_one_body,
    hardly_any_gradient,
    one_action,
)
WRONG = {
    pairs_rows_that_count: "loss-broadcast",
    two_critics(larger): "larger-of-critics",
    two_critics(larger_squeezed): "larger-of-critics",
    two_critics(larger_of_joined): "larger-of-critics",
    of_the_last_layer(torch.tanh): "critic-output-limited",
    of_the_last_layer(torch.relu): "critic-output-limited",
    of_the_last_layer(F.softplus): "critic-output-limited",
    rectifies_action_values: "critic-output-limited",
    follows(0.995): "target-update-reversed",
    copies_softly_the_wrong_way: "target-update-reversed",
    copies_the_wrong_way: "target-update-reversed",
    trains_the_largest: "largest-value-trained",
    clips_the_error: "td-error-clipped",
    clips_and_multiplies: "td-error-clipped",
    does_not_detach: "bootstrap-target-not-detached",
    does_not_detach_single_steps: "bootstrap-target-not-detached",
    punishes_entropy: "entropy-bonus-sign",
    punishes_by_exp: "entropy-bonus-sign",
    punishes_by_softmax: "entropy-bonus-sign",
    punishes_by_log: "entropy-bonus-sign",
    punishes_in_single_steps: "entropy-bonus-sign",
    trains_the_critic_too: "actor-gradient-in-critic",
    normalises_undetached: "actor-gradient-in-critic",
    dueling(lambda v, a: v + a - a.mean(), "over_all"): "dueling-axis",
    dueling(lambda v, a: v + (a - a.mean(dim=0)), "over_rows"): "dueling-axis",
    dueling(lambda v, a: v + a - torch.mean(a, 0, keepdim=True), "over_rows_by_torch"): "dueling-axis",
    over_the_batch: "softmax-over-batch",
    over_single_observations: "softmax-over-batch",
    softmax_twice: "softmax-twice",
    goes_down: "sign-flipped",
    steps_up_minus_the_values: "sign-flipped",
    clears_before_the_step: "parameters-not-optimised",
    cuts_the_graph: "parameters-not-optimised",
    forgets_the_critic: "parameters-not-optimised",
}


def trained(update):
    """The weights after some updates."""
    world = World()
    for _ in range(30):
        update(world, world.batch())
    networks = (world.q, world.policy, world.v, world.actor, world.of_action, world.target)
    return [p.detach().numpy().copy() for network in networks for p in network.parameters()]


@pytest.mark.parametrize("update", RIGHT, ids=lambda one: one.__name__)
def test_correct_updates_show_no_fault(update):
    """However they are written."""
    with torch_calls_seen(gym.spaces.Discrete(2)) as calls:
        trained(update)
    assert calls.observed == ()


@pytest.mark.parametrize("update", WRONG, ids=lambda one: one.__name__)
def test_faults_are_named_and_nothing_changes(update):
    """One name and a sentence; the weights are those of a run that nobody watches."""
    with torch_calls_seen(gym.spaces.Discrete(2)) as calls:
        seen = trained(update)
    assert [name for name, _ in calls.observed] == [WRONG[update]]
    for ours, theirs in zip(seen, trained(update), strict=True):
        np.testing.assert_array_equal(ours, theirs)


ERRORS = {
    "mse_loss": (F.mse_loss, "smaller"),
    "minus mse_loss": (lambda v, target: -F.mse_loss(v, target), "larger"),
    "huber": (lambda v, target: 0.5 * F.smooth_l1_loss(v, target), "smaller"),
    "square": (lambda v, target: ((target - v) ** 2).mean(), "smaller"),
    "minus square": (lambda v, target: -0.5 * (v - target).pow(2).mean(), "larger"),
    "weighted": (lambda v, target: (torch.full_like(v, 0.3) * (v - target).pow(2)).mean(), "smaller"),
    "clipped as in PPO": (
        lambda v, target: torch.max((v - target) ** 2, (v.clamp(-0.1, 0.1) - target) ** 2).mean(),
        "smaller",
    ),
    "Gaussian density": (
        lambda v, target: -torch.distributions.Normal(v, torch.ones_like(v)).log_prob(target).mean(),
        "",
    ),
}


@pytest.mark.parametrize("name", ERRORS)
def test_losses_are_seen_to_make_errors_smaller_or_larger(name):
    """By the gradient that reaches the squared error, however it is written."""
    loss, way = ERRORS[name]

    def update(w, b):
        w.minimise(loss(w.v(b.s).squeeze(1), b.r))

    with torch_calls_seen(gym.spaces.Discrete(2)) as calls:
        trained(update)
    assert calls.losses.errors.way == way


@pytest.mark.parametrize("way", ["whole", "lost", "weighted actions", "padding"])
@pytest.mark.parametrize("log", [lambda z: z.log_softmax(-1), lambda z: z.softmax(-1).clamp(1e-5, 1.0).log()])
def test_target_distributions_that_lose_probability_are_seen(way, log):
    """A target between two atoms has both; where it is one of them, a careless projection has neither."""
    network = linear(7)
    optimizer = torch.optim.Adam(network.parameters())
    draw = torch.Generator().manual_seed(1)
    with torch_calls_seen(gym.spaces.Discrete(2)) as calls:
        for _ in range(8):
            target = torch.rand(16, 7, generator=draw).softmax(-1)
            if way == "lost":
                target[::3, 2] = 0.0
            elif way == "weighted actions":
                target = F.one_hot(torch.arange(16) % 7, 7) * torch.linspace(0.1, 1.0, 16)[:, None]
            elif way == "padding":
                target[-3:] = 0.0
            loss = -(target * log(network(torch.randn(16, 3, generator=draw)))).sum(-1).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    assert ("distribution-mass-lost" in dict(calls.observed)) is (way == "lost")


@pytest.mark.parametrize(
    ("cut", "moved", "asked", "idle"),
    [
        (False, False, False, False),
        (True, False, False, True),
        (True, True, False, False),
        (True, False, True, False),
    ],
)
def test_weights_without_any_gradient_are_idle_and_those_of_saturated_units_are_not(cut, moved, asked, idle):
    """A unit far beyond its range has a gradient of zero; a detached policy has none.

    A trust region may move the policy itself, while an optimizer that holds all weights trains the critic.
    """
    policy, value = torch.nn.Linear(3, 4), linear(1)
    optimizer = torch.optim.Adam([*policy.parameters(), *value.parameters()])
    with torch_calls_seen(gym.spaces.Discrete(4)) as calls:
        for _ in range(25):
            s = torch.ones(16, 3)
            units = torch.tanh(1e6 * policy(s))
            loss = (units.detach() if cut else units).mean() + value(s).square().mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            policy.weight.data += 0.1 * moved
            if asked:
                torch.autograd.grad(policy(s).mean(), policy.parameters())
    assert bool(calls.weights.idle) is idle


@pytest.mark.filterwarnings("ignore:`torch.jit.script`:DeprecationWarning")
def test_code_for_torchscript_compiles_meanwhile(tmp_path, monkeypatch):
    """Functions that are watched are still those of the library to its compiler."""
    (tmp_path / "compiled_meanwhile.py").write_text(
        "import torch\n\n\n@torch.jit.script\ndef f(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:\n"
        "    return torch.max(a, b) + torch.cat([a, b]).max() + torch.stack([a, b]).amax(0)\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    with torch_calls_seen(gym.spaces.Discrete(2)):
        compiled = importlib.import_module("compiled_meanwhile")
        assert compiled.f(torch.ones(2), torch.zeros(2)).tolist() == [3.0, 3.0]
