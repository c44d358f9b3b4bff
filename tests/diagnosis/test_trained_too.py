"""What is trained beside what should be: the target of a value, and the critic by the loss of an actor."""

# ruff: noqa: D103
from __future__ import annotations

import gymnasium as gym
import pytest

from diagnosis.test_losses import F, World, linear
from rlprobe.diagnosis.training.torch_calls.watching import torch_calls_seen

torch = pytest.importorskip("torch")
NEXT, THROUGH = "bootstrap-target-not-detached", "actor-gradient-in-critic"


def returns_of(w, b, tail):
    """Discounted sums of four rewards and a value, from the last step of a rollout back."""
    out, running = [], tail
    for t in range(3, -1, -1):
        running = float(b.r[t]) + 0.9 * running
        out.insert(0, running)
    return torch.stack(out)


def several_steps(w, b):
    tail = w.v(b.s2[3:4]).squeeze()
    w.minimise((returns_of(w, b, tail) - w.v(b.s[:4]).squeeze(-1)).pow(2).mean())


def several_steps_detached(w, b):
    tail = w.v(b.s2[3:4]).squeeze().detach()
    w.minimise((returns_of(w, b, tail) - w.v(b.s[:4]).squeeze(-1)).pow(2).mean())


def of_one_pass(w, b):
    """Both values are rows of what the network said of one sequence."""
    values = w.v(b.s).squeeze(-1)
    w.minimise(F.smooth_l1_loss(values[:-1], b.r[:-1] + 0.9 * values[1:]))


def of_one_pass_detached(w, b):
    values = w.v(b.s).squeeze(-1)
    w.minimise(F.smooth_l1_loss(values[:-1], b.r[:-1] + 0.9 * values[1:].detach()))


def smooth_and_shifted(w, b):
    """Errors from a reward, and a penalty on the change from row to row, to which nothing is added."""
    values = w.v(b.s).squeeze(-1)
    w.minimise(F.mse_loss(values, b.r + 1.0) + 0.1 * F.mse_loss(values[1:], values[:-1]))


def through_a_critic(w, b, *, held, shared=()):
    """An actor that follows a critic; what the optimizer of the actor holds."""
    of_critic = [*w.of_action.parameters(), *shared]
    scores = w.__dict__.setdefault("scores", torch.optim.Adam(of_critic, lr=0.01))
    acts = w.__dict__.setdefault("chooses", torch.optim.Adam(held, lr=0.01))
    w.minimise(F.mse_loss(w.of_action(b.s).squeeze(-1), b.r), scores)
    w.minimise(-w.of_action(w.actor(b.s)).mean(), acts)


def actor_alone(w, b):
    through_a_critic(w, b, held=list(w.actor.parameters()))


def actor_with_critic(w, b):
    through_a_critic(w, b, held=[*w.actor.parameters(), *w.of_action.parameters()])


def shared_encoder(w, b):
    """Both optimizers hold an encoder, and only one the critic."""
    body = w.__dict__.setdefault("body", linear(3))
    through_a_critic(w, b, held=[*w.actor.parameters(), *body.parameters()], shared=body.parameters())


CASES = {
    several_steps: NEXT,
    several_steps_detached: None,
    of_one_pass: NEXT,
    of_one_pass_detached: None,
    smooth_and_shifted: None,
    actor_alone: None,
    actor_with_critic: THROUGH,
    shared_encoder: None,
}


@pytest.mark.parametrize(
    ("update", "fault"), CASES.items(), ids=lambda one: getattr(one, "__name__", str(one))
)
def test_what_is_trained_too_is_named(update, fault):
    """One name, or none."""
    world = World()
    with torch_calls_seen(gym.spaces.Discrete(2)) as calls:
        for _ in range(30):
            update(world, world.batch())
    assert [name for name, _ in calls.observed] == ([fault] if fault else [])
