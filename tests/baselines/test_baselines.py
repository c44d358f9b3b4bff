"""The table of baselines: every method ends in its time, and the verdict says what the rows mean."""

from __future__ import annotations

import json
import time

import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces

from rlprobe.baselines import Row, Table, baselines, playing
from rlprobe.baselines import cache as kept
from rlprobe.baselines.methods import chance, linear, tabular
from rlprobe.baselines.methods.yours import yours
from rlprobe.baselines.playing import Player
from rlprobe.baselines.policies import Linear, Scores
from rlprobe.baselines.report.terminal import lines
from rlprobe.baselines.table import Facts
from rlprobe.baselines.verdict import verdict
from rlprobe.output.terminal import text


class Corridor(gym.Env):
    """The goal lies ten steps to the right; a step costs 0.1, or nothing is ever paid."""

    observation_space = spaces.Box(0, 10, (1,), np.float32)
    action_space = spaces.Discrete(2)

    def __init__(self, pay=1.0, limit=25, sleep=0.0, length=10):
        self.pay, self.limit, self.sleep, self.length = pay, limit, sleep, length

    def reset(self, *, seed=None, options=None):
        """Start on the left."""
        super().reset(seed=seed)
        self.x = self.time = 0
        return np.zeros(1, np.float32), {}

    def step(self, action):
        """Go right, or back to the start."""
        if self.sleep:
            time.sleep(self.sleep)
        self.time += 1
        self.x = self.x + 1 if action == 1 else 0
        reached = self.x == self.length
        look = np.array([self.x], np.float32)
        return look, self.pay * reached, bool(reached and self.pay), self.time == self.limit, {}


def soon(seconds=1.0):
    """A deadline."""
    return time.perf_counter() + seconds


def row(kind, mean, *, spread=1.0, best=None, name=None):
    """A row with this mean."""
    returns = tuple(mean + spread * s for s in np.linspace(-1, 1, 20))
    return Row(name or kind, kind, returns, mean if best is None else best, 100, 1.0)


def said(*rows, threshold=None, signal=True):
    """The verdict over some rows."""
    facts = Facts(returns=(0.0, 1.0) if signal else (0.0, 0.0))
    ranked = tuple(sorted(rows, key=lambda one: -one.mean))
    return verdict(Table("E", threshold, ranked, facts=facts)).verdict


@pytest.mark.parametrize(
    ("rows", "signal", "words"),
    [
        ([row("random", 0), row("constant", 99), row("network", 100)], True, "a constant action suffices"),
        ([row("random", 0), row("held", 99), row("network", 100)], True, "repeat actions"),
        (
            [row("random", 0), row("linear", 98, name="cross-entropy method, linear"), row("network", 100)],
            True,
            "linear policies suffice (98): cross-entropy method finds one; network reaches 100",
        ),
        ([row("random", 0), row("linear", 10), row("network", 100)], True, "networks pay off: network"),
        ([row("random", 0), row("network", 0.1)], True, "no method is clearly better than random play"),
        ([row("random", 0, spread=0), row("network", 0, spread=0)], False, "random play never gets a reward"),
        (
            [row("random", 0, spread=0), row("held", 0.1, best=1, name="random, held 8 steps")],
            False,
            "but random actions held 8 steps reach one (best episode 1)",
        ),
        ([], True, "no method could be measured"),
    ],
)
def test_the_verdict_says_what_the_rows_mean(rows, signal, words):
    """Constants, held actions, linear policies, networks, no signal: each has its sentence."""
    assert words in said(*rows, signal=signal)


def test_the_verdict_names_the_simplest_baseline_above_your_agent():
    """An agent below a constant action is told so, not only that it is below PPO."""
    rows = [row("random", 0), row("constant", 5), row("linear", 50), row("network", 60)]
    assert "your agent is below the best constant action" in said(*rows, row("yours", 1))
    assert "your agent is below random play" in said(*rows, row("yours", -9))
    assert "your agent is not below any baseline" in said(*rows, row("yours", 60))


def test_a_signal_is_what_differs():
    """Rewards that are always -1 and episodes that never terminate tell nothing."""
    _, _, facts = chance.random_play(lambda: Corridor(pay=0.0), soon(0.6))
    assert not facts.signal
    _, _, facts = chance.random_play(lambda: gym.make("CartPole-v1"), soon(0.6))
    assert facts.signal


def test_the_best_constant_is_found():
    """Going right is the constant that reaches the goal."""
    (found,), _, _ = chance.constant_play(Corridor, soon())
    assert found.mean == 1.0
    assert found.note.startswith("action 1")


@pytest.mark.slow
@pytest.mark.parametrize("method", [linear.guessing, linear.cross_entropy, linear.random_search])
def test_linear_methods_learn_cart_pole(method):
    """Guessing, the cross-entropy method and random search all beat random play by far."""
    (found,), _, _ = method(lambda: gym.make("CartPole-v1"), soon(3.0))
    assert found.mean > 90
    assert found.kind == "linear"


def test_tabular_learning_finds_the_goal():
    """Q-learning on a grid finds the goal at the end of a corridor."""
    (found,), _, _ = tabular.q_learning(lambda: Corridor(length=4), soon(3.0))
    assert found.mean == 1.0


def test_normalisation_within_the_weights_is_the_same_policy():
    """The action depends on normalised features, although only raw ones are multiplied."""
    player = Player(lambda: gym.make("CartPole-v1"), soon())
    family = Linear.of(player)
    weights = np.random.default_rng(0).normal(size=family.size)
    W, act = weights.reshape(2, 5), family.policy(weights)
    for seed in range(20):
        observation = player.reset(seed)
        features = np.append((observation - family.features.mean) / family.features.std, 1.0)
        assert act(observation) == (W @ features).argmax()


@pytest.mark.parametrize(
    "space",
    [
        spaces.Discrete(3, start=2),
        spaces.Box(-2, 3, (2,), np.float32),
        spaces.Box(-np.inf, np.inf, (2,), np.float32),
        spaces.MultiDiscrete([2, 3]),
        spaces.MultiBinary(3),
    ],
)
def test_scores_become_members_of_the_action_space(space):
    """Whatever the scores are, the action is a member of the space."""
    scores = Scores(space)
    for values in np.random.default_rng(0).normal(0, 3, (20, scores.width)):
        assert space.contains(scores(values))


def test_an_environment_that_never_ends_is_cut(monkeypatch):
    """Without a time limit, episodes are cut, and the table says where."""
    monkeypatch.setattr(playing, "CUT_AFTER_STEPS", 50)
    _, _, facts = chance.random_play(lambda: Corridor(pay=0.0, limit=None), soon())
    assert facts.cut_at == 50


@pytest.mark.slow
def test_a_slow_environment_is_told_in_one_line():
    """A step of 0.2 s leaves no method an episode: the verdict says how long a step takes."""
    table = baselines(lambda: Corridor(sleep=0.2), minutes=0.06)
    assert table.rows == ()
    assert "a step takes 0.2" in table.verdict
    assert "\n" not in table.verdict


def test_an_agent_that_crashes_is_told_in_one_line():
    """What the agent raised, and where; no row."""

    class Broken:
        def learn(self, steps):
            raise RuntimeError("no reward model")

        def act(self, observations):
            return observations

    rows, (missing,), _ = yours("mine", lambda env, setting: Broken())(Corridor, soon())
    assert rows == []
    assert missing.why.startswith("crashed: RuntimeError: no reward model (")
    assert "test_baselines.py" in missing.why


def test_your_agent_is_judged_like_the_others():
    """It learns in chunks and plays the same fresh episodes."""

    class Right:
        def __init__(self, env):
            self.env = env

        def learn(self, steps):
            self.env.reset()
            for _ in range(10):
                self.env.step(1)

        def act(self, observations):
            return np.ones(len(observations), int)

    (found,), _, _ = yours("mine", lambda env, setting: Right(env))(Corridor, soon())
    assert (found.mean, found.kind) == (1.0, "yours")
    assert found.curves[0]


@pytest.mark.parametrize("bad", [{"minutes": 0}, {"minutes": float("nan")}, {"jobs": 0}])
def test_wrong_arguments_are_refused(bad):
    """Minutes and jobs have to be positive."""
    with pytest.raises(ValueError, match=next(iter(bad))):
        baselines(Corridor, **bad)


def test_a_table_survives_the_cache(tmp_path, monkeypatch):
    """What is read is what was written, marked as cached; another argument is another file."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    table = verdict(
        Table("E", 5.0, (row("linear", 9.0), row("random", 1.0)), facts=Facts(returns=(1.0, 2.0)))
    )
    path = kept.place({"env": "E"}, "E")
    kept.write(path, table)
    again = kept.read(path)
    assert again.cached
    assert (again.rows, again.verdict, again.facts) == (table.rows, table.verdict, table.facts)
    assert kept.place({"env": "E", "minutes": 2}, "E") != path
    assert kept.read(tmp_path / "none") is None


def test_the_faces_show_every_row():
    """80 columns on a terminal, JSON of schema 1, a page with a chart for each curve."""
    learner = Row(
        "cross-entropy method, linear", "linear", (1.0, 2.0), 3.0, 900, 2.0, "x", (((1, 0.0), (9, 2.0)),)
    )
    table = verdict(Table("E", 5.0, (learner, row("random", 0.0)), facts=Facts(returns=(0.0, 1.0))))
    assert max(map(len, text(lines(table)).splitlines())) <= 80
    assert learner.name in text(lines(table))
    found = json.loads(json.dumps(table.as_json()))
    assert found["schema"] == 1
    assert {"name", "mean", "low", "high", "best", "steps", "seconds", "solved"} <= set(found["rows"][0])
    pytest.importorskip("jinja2")
    from rlprobe.baselines.report.page import page

    assert page(table).count("<svg") == 1


@pytest.mark.slow
def test_the_whole_table_keeps_its_time():
    """Half a minute is half a minute, networks included, and CartPole is solved by a linear policy."""
    table = baselines(lambda: gym.make("CartPole-v1"), minutes=0.5, jobs=2)
    assert table.row("linear").mean > 100
    assert "linear policies suffice" in table.verdict
