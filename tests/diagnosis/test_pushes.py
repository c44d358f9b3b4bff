"""Whether losses weigh actions with what these actions earned."""

from __future__ import annotations

from dataclasses import replace

import gymnasium as gym
import numpy as np
import pytest

import rlprobe
from diagnosis.synthetic import results_for
from rlprobe.diagnosis.conclusion import conclude
from rlprobe.diagnosis.inference.posterior import Evidence
from rlprobe.diagnosis.judging.judge import judge
from rlprobe.diagnosis.run import Run
from rlprobe.diagnosis.training.torch_calls.watching import torch_calls_seen
from rlprobe.diagnosis.trial import Trial
from rlprobe.faults import fault
from rlprobe.faults.transitions import Learner

torch = pytest.importorskip("torch")
PAYS = (0.1, 0.2, 0.3, 1.0, 0.5)


def right(advantages, rng):
    """Each action with its own."""
    del rng
    return advantages


def shuffled(advantages, rng):
    """Those of a batch in another order."""
    return advantages[torch.as_tensor(rng.permutation(len(advantages)))]


def zero(advantages, rng):
    """None at all."""
    del rng
    return 0.0 * advantages


def against(advantages, rng):
    """With the wrong sign."""
    del rng
    return -advantages


def by_distribution(logits, actions):
    """As PyTorch has it."""
    return torch.distributions.Categorical(logits=logits).log_prob(actions)


def by_hand(logits, actions):
    """Picked from a table."""
    return torch.log_softmax(logits, -1).gather(1, actions[:, None]).squeeze(1)


def by_log_of_picked(logits, actions):
    """As tutorials have it."""
    return torch.log(torch.softmax(logits, -1).gather(1, actions[:, None]) + 1e-8).squeeze(1)


def by_log_of_indexed(logits, actions):
    """Without gather."""
    return torch.softmax(logits, -1)[torch.arange(len(actions)), actions].log()


@pytest.mark.parametrize("log_prob", [by_distribution, by_hand, by_log_of_picked, by_log_of_indexed])
@pytest.mark.parametrize(
    ("change", "kind"), [(right, "some"), (shuffled, "astray"), (zero, "none"), (against, "some")]
)
def test_weights_are_compared_with_rewards(log_prob, change, kind):
    """Whatever number is subtracted from the rewards of a batch."""
    rng, generator = np.random.default_rng(0), torch.Generator().manual_seed(0)
    logits = torch.zeros(1, 5, requires_grad=True)
    layer = torch.nn.Linear(1, 5)
    steps = torch.optim.SGD([*layer.parameters(), logits], lr=0.01)
    with torch_calls_seen(gym.spaces.Discrete(5), chooses=True, pays=PAYS) as calls:
        for _ in range(20):
            actions = torch.randint(5, (32,), generator=generator)
            advantages = torch.tensor(PAYS)[actions] - float(rng.normal())
            loss = -(log_prob(layer(torch.ones(32, 1)), actions) * change(advantages, rng)).mean()
            steps.zero_grad()
            loss.backward()
            steps.step()
    assert calls.policies.pushes.kind == kind
    assert bool(calls.policies.pushes.said) is (kind == "astray")


def agent(change):
    """REINFORCE in batches of 16 episodes of one step, with the mean return of a batch as its baseline."""

    class Reinforce:
        gamma, gae_lambda, on_policy = 0.9, 1.0, True

        def __init__(self, env, setting):
            self.env, self.rng = env, np.random.default_rng(setting.seed)
            self.policy = torch.nn.Linear(int(np.prod(env.observation_space.shape)), int(env.action_space.n))
            self.steps = torch.optim.Adam(self.policy.parameters(), lr=0.03)
            self.generator = torch.Generator().manual_seed(setting.seed)
            self.now, _ = env.reset(seed=setting.seed)

        def logits(self, observations):
            rows = np.asarray(observations, np.float32).reshape(len(observations), -1)
            return self.policy(torch.as_tensor(rows))

        def learn(self, steps):
            for _ in range(steps // 16 + 1):
                seen, taken, earned = [], [], []
                for _ in range(16):
                    with torch.no_grad():
                        chances = self.logits(self.now[None]).softmax(-1)[0]
                    action = int(torch.multinomial(chances, 1, generator=self.generator))
                    following, reward, terminated, truncated, _ = self.env.step(action)
                    seen.append(self.now)
                    taken.append(action)
                    earned.append(reward)
                    self.now = self.env.reset()[0] if terminated or truncated else following
                advantages = change(
                    torch.as_tensor(earned, dtype=torch.float32) - float(np.mean(earned)), self.rng
                )
                chosen = by_distribution(self.logits(np.array(seen)), torch.as_tensor(taken))
                self.steps.zero_grad()
                (-(chosen * advantages).mean()).backward()
                self.steps.step()

        def act(self, observations):
            with torch.no_grad():
                return self.logits(observations).argmax(-1).numpy()

    return Reinforce


@pytest.mark.parametrize(("change", "named"), [(right, []), (shuffled, ["arrays-shuffled-apart"])])
def test_advantages_of_other_steps_are_named(change, named):
    """They are seen in the losses, though a policy may find the best action by luck."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        report = rlprobe.diagnose(agent(change), seeds=1, only=["ActionOrder"], most_steps=1_500, jobs=1)
    assert [cause.fault for cause in report.causes][:1] == named, str(report)


@pytest.mark.slow
def test_advantages_are_zero_only_where_no_gradient_reaches_the_actions():
    """A policy that stands still may have other reasons, among them weights that are not trained."""
    zero_advantages = fault("advantage-normalised-to-zero")
    results = results_for(Learner(gamma=0.9, lam=0.95), ((zero_advantages, zero_advantages.forms[0]),))

    def chance(name, pushes):
        told = [replace(r, runs=tuple(replace(run, pushes=pushes) for run in r.runs)) for r in results]
        return sum(w for e, w in Evidence(told).posterior() if name in e.name)

    unseen = chance("advantage-normalised-to-zero", "")
    assert chance("advantage-normalised-to-zero", "none") > unseen
    assert chance("advantage-normalised-to-zero", "astray") < unseen
    assert chance("parameters-not-optimised", "") > 0.1
    assert chance("parameters-not-optimised", "none") < 0.1


@pytest.mark.parametrize(
    ("chosen", "pushes", "name"),
    [
        (0, "", "terminal-reward-dropped"),
        (0, "some", "terminal-reward-dropped"),
        (0, "none", "advantage-normalised-to-zero"),
        (1, "none", "advantage-normalised-to-zero"),
    ],
)
def test_a_last_reward_that_is_missing_in_the_advantages_only(chosen, pushes, name):
    """The policy learns where episodes have several steps; with advantages of zero it learns nowhere.

    Its untrained policy may choose the right action there by luck.
    """
    found = []
    for probe, actions, right in (("ActionOrder", [0], False), ("WillToLive", [chosen], chosen == 0)):
        trial = Trial(name=probe, options={"actions": 2})
        run = Run(
            seed=0,
            steps=12_000,
            seconds=1.0,
            gamma=0.9,
            actions=np.array(actions),
            unanimous=np.array([False]),
            solved=right,
            settled=True,
            indifferent=not right if chosen else None,
            pushes=pushes if probe == "WillToLive" else "none",
        )
        found.append(judge(trial, [run, replace(run, seed=1)]))
    causes = conclude("agent", found).causes
    assert causes[0].fault == name
