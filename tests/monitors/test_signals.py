"""Each signal has a planted fault that raises it and a healthy run that does not."""

from __future__ import annotations

import numpy as np
import pytest

import rlprobe
from rlprobe.monitors.curves import Curves
from rlprobe.monitors.episodes.book import Book
from rlprobe.monitors.episodes.column import Episode
from rlprobe.monitors.findings.catalogue import CATALOGUE
from rlprobe.monitors.findings.finding import Finding, verdict_of
from rlprobe.monitors.holding import Held, Moment
from rlprobe.monitors.signals.critic import Critic, fit
from rlprobe.monitors.signals.policy.entropy import Entropy
from rlprobe.monitors.signals.policy.policy_steps import PolicySteps
from rlprobe.monitors.signals.told import Told
from rlprobe.monitors.signals.units import Units

RNG = np.random.default_rng(0)
G = RNG.normal(5.0, 3.0, 400)


def book(returns):
    """A book of episodes of ten steps with these returns."""
    made = Book()
    for number, earned in enumerate(returns):
        made.add(10 * number + 10, Episode(float(earned), 10, truncated=False, points=[]))
    return made


FLAT = book(RNG.normal(10, 2, 200))
RISING = book(np.linspace(10, 100, 200) + RNG.normal(0, 2, 200))
BAD = book([*RNG.normal(50, 5, 60), *RNG.normal(10, 1, 140)])


def moments(count, total):
    """The moments of a run of that many updates."""
    return [Moment(total * (i + 1) // count, i + 1, total, final=i == count - 1) for i in range(count)]


def found(findings):
    """Ids with severities."""
    return {one.id: one.severity for one in findings}


def test_explained_variance_is_that_of_realised_returns():
    """A critic that knows all gets 1, one that knows nothing 0 or less; an offset shows in R2 only."""
    assert fit(G, G).variance == 1.0
    assert fit(np.full(400, G.mean()), G).variance == pytest.approx(0.0)
    off = fit(G + 100.0, G)
    assert (off.variance, off.offset) == (pytest.approx(1.0), pytest.approx(100.0))
    assert off.r2 == pytest.approx(1.0 - 100.0**2 / G.var())


@pytest.mark.parametrize(
    ("values", "of_actions", "expected"),
    [
        (G + RNG.normal(0, 1, 400), False, {}),
        (-G, False, {"value-explains-nothing": "look", "value-offset": "look"}),
        (RNG.normal(5, 0.1, 400), False, {"value-residual": "look"}),
        (G + 100, False, {"value-offset": "look"}),
        (G + RNG.normal(0, 1, 400), True, {}),
        (G + 100, True, {"q-overestimated": "look"}),
    ],
)
def test_critics(values, of_actions, expected):
    """What is wrong with the values is named, and right values raise nothing."""
    critic = Critic(Curves())
    for now in moments(20, 10_000):
        critic.see(values, G, now, of_actions=of_actions)
    assert expected.items() <= found(critic.judge(now)).items()
    assert expected or not critic.judge(now)


@pytest.mark.parametrize(("sign", "severity"), [(1.0, "note"), (-1.0, "look")])
def test_values_that_still_grow(sign, severity):
    """A new critic that overshoots while it grows is only a note, unless its values have the wrong sign."""
    critic = Critic(Curves())
    for number, now in enumerate(moments(20, 10_000)):
        values = np.full(400, sign * (5.0 + 1.5 * number)) + RNG.normal(0, 0.1, 400)
        critic.see(values, G, now, of_actions=False)
    assert found(critic.judge(now)) == {"value-offset": severity}


def test_a_critic_that_stands_still():
    """Values that never change are named, although returns come nearer to them now and then by chance."""
    critic = Critic(Curves())
    for number, now in enumerate(moments(30, 10_000)):
        values = 1.0 + RNG.normal(0, 1e-3, 400)
        critic.see(values, G + 1.5 * np.sin(number), now, of_actions=True)
    assert found(critic.judge(now)) == {"value-residual": "look"}


def test_equal_returns_are_nothing_to_explain():
    """A solved task, whose returns hardly vary, raises no alarm about the fit."""
    critic = Critic(Curves())
    for now in moments(20, 10_000):
        critic.see(RNG.normal(20, 0.2, 400), 20 + RNG.normal(0, 0.1, 400), now, of_actions=False)
    assert critic.judge(now) == []


def test_the_echo_of_a_bootstrap_is_named():
    """A high logged explained variance beside a bad fit to realised returns is an echo."""
    curves = Curves()
    critic = Critic(curves)
    for now in moments(20, 10_000):
        curves.add("logged/train/explained_variance", now.step, 0.9)
        critic.see(-G + 10, G, now, of_actions=False)
    assert "value-echo" in found(critic.judge(now))


def test_values_that_are_not_carried_back():
    """A critic that knows the last step and not the one before is named."""
    left = np.tile([1, 2], 200)
    values = np.where(left == 1, G, RNG.normal(0, 1, 400))
    curves = Curves()
    wrong, right = Critic(curves), Critic(curves)
    for now in moments(20, 10_000):
        for critic, v in ((wrong, values), (right, G)):
            critic.see(v, G, now, of_actions=False)
            critic.see_ends(v, G, left, now)
    assert "value-not-carried-back" in found(wrong.judge(now))
    assert right.judge(now) == []


@pytest.mark.parametrize(
    ("entropies", "episodes", "expected"),
    [
        (np.linspace(1, 0.3, 40), RISING, {}),
        (np.linspace(1, 0.01, 40), RISING, {}),
        (np.where(np.arange(40) < 5, 0.9, 0.01), RISING, {}),
        (np.where(np.arange(40) < 5, 0.9, 0.01), BAD, {"entropy-collapse": "look"}),
        (np.full(40, 0.995), FLAT, {"entropy-never-falls": "look"}),
        (np.full(40, 0.995), RISING, {}),
    ],
)
def test_entropy(entropies, episodes, expected):
    """Entropy that collapses early or never falls is named, unless the returns are good."""
    entropy = Entropy(Curves())
    for value, now in zip(entropies, moments(40, 10_000), strict=True):
        entropy._add(0, value)
        entropy.close_phase(now)
    assert found(entropy.judge(episodes, now)) == expected


def test_entropy_of_chances():
    """Random actions have 1, a certain one 0, whatever their number."""
    entropy = Entropy(Curves())
    for chances, relative in (([0.25] * 4, 1.0), ([1.0, 0.0], 0.0), ([0.5, 0.5, 0.0, 0.0], 0.5)):
        entropy.hear_probabilities(np.array([chances]))
        entropy.close_phase(Moment(1))
        assert entropy.curves.get("entropy").last == pytest.approx(relative)


@pytest.mark.parametrize(
    ("kl", "expected"),
    [
        (0.01, {}),
        (0.05, {"policy-step-too-large": "note"}),
        (0.5, {"policy-step-too-large": "look"}),
        (5.0, {"policy-step-too-large": "broken"}),
        (1e-7, {"policy-never-moves": "look"}),
    ],
)
def test_steps_of_the_policy(kl, expected):
    """The size of updates is graded, and a policy that stands still is named."""
    steps = PolicySteps(Curves())
    for now in moments(40, 10_000):
        steps.see(kl, now)
        steps.see_since_last(kl, now)
    assert found(steps.judge(BAD)) == expected


def test_units():
    """Dormant and saturated units are graded."""
    for share, expected in ((0.1, {}), (0.3, {"units-dormant": "note"}), (0.7, {"units-dormant": "look"})):
        units = Units(Curves())
        for now in moments(20, 10_000):
            units.see(share, 0.0, now)
        assert found(units.judge()) == expected
    units = Units(Curves())
    units.see_start(0.9, Moment(1))
    assert found(units.judge()) == {"units-saturated": "look"}


def test_what_is_told_is_judged():
    """Numbers of `watch.update` raise the findings of their names, and others are only drawn."""
    told = Told(Curves())
    for now in moments(40, 10_000):
        told.tell({"kl": 2.0, "first_ratio_off": 0.5, "explained_variance": -3.0, "loss": 1e9}, now)
    names = {"policy-step-too-large", "first-ratio-not-one", "value-explains-nothing"}
    assert set(found(told.judge())) == names
    calm = Told(Curves())
    for now in moments(40, 10_000):
        calm.tell({"kl": 0.01, "first_ratio_off": 0.0, "explained_variance": 0.5, "loss": 1e9}, now)
    assert calm.judge() == []


def test_alarms_have_to_hold():
    """Four updates, or less than 5 % of the run, are not enough; a good one begins it again."""
    held = Held()
    seen = [held.see(bad, Moment(step, total=1_000)) for step, bad in enumerate([True] * 30)]
    assert seen == [None] * 30
    held = Held()
    assert [held.see(bad=True, now=Moment(100 * step, total=1_000)) for step in range(6)] == [None] * 4 + [
        0,
        0,
    ]
    assert held.see(bad=False, now=Moment(600, total=1_000)) is None
    assert held.see(bad=True, now=Moment(700, total=1_000)) is None


def test_targets_told():
    """Targets of the size 1e5 are worth a look, of 50 a note; advantages off the centre are a note."""
    for size, expected in ((1.0, {}), (50.0, {"targets-large": "note"}), (1e5, {"targets-large": "look"})):
        with rlprobe.watch(total=1_000) as watch:
            for step in range(0, 1_000, 50):
                watch.update(step=step)
                watch.targets(size * RNG.normal(size=100), RNG.normal(size=100))
        assert found(watch.findings) == expected
    with rlprobe.watch(total=1_000) as watch:
        for step in range(0, 1_000, 50):
            watch.update(step=step)
            watch.targets(np.ones(20), RNG.normal(5, 1, 100))
    assert found(watch.findings) == {"advantages-not-centred": "note"}


def test_a_memory_that_will_not_fit(monkeypatch):
    """A replay memory larger than what is free is named before it is full."""
    from rlprobe.monitors.signals import data

    class Memory:
        def __init__(self):
            self.observations = np.zeros((1_000, 100), np.float32)

    for free, expected in ((50_000, {"memory-will-not-fit": "look"}), (10**9, {})):
        monkeypatch.setattr(data, "free_memory", lambda free=free: free)
        with rlprobe.watch() as watch:
            watch.buffer(Memory())
        assert found(watch.findings) == expected


def test_verdicts():
    """The worst finding decides; notes leave the verdict alone."""
    note = Finding("return-lost", "note", 0, "")
    look = Finding("no-gradient", "look", 0, "")
    broken = Finding("gradient-not-finite", "broken", 0, "")
    assert verdict_of([note], enough=True) == "healthy"
    assert verdict_of([note, look], enough=True) == "look here"
    assert verdict_of([look, broken], enough=False) == "broken"
    with pytest.raises(ValueError, match="expected one of"):
        Finding("return-lost", "broken", 0, "")
    with pytest.raises(ValueError, match="no finding is called"):
        Finding("return-last", "note", 0, "")


@pytest.mark.parametrize("kind", CATALOGUE, ids=lambda kind: kind.id)
def test_every_finding_names_probes_that_exist(kind):
    """The next command of a finding can be run."""
    from probe_envs import SUITE, WRAPPER_PROBES

    assert set(kind.probes) <= {row.name for row in (*SUITE, *WRAPPER_PROBES)}
    assert kind.source
    assert kind.look_at
