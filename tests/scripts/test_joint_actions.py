"""Scripts whose actions are several numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from gymnasium import spaces

from rlprobe import diagnose
from rlprobe.diagnosis.conclusion import conclude
from rlprobe.diagnosis.inference.behaviours import action_likelihood, right_components
from rlprobe.diagnosis.judging.judge import judge
from rlprobe.diagnosis.plan import plan
from rlprobe.diagnosis.report.remarks import notes
from rlprobe.diagnosis.run import Run
from rlprobe.diagnosis.trial import Trial
from rlprobe.scripts import script_agent
from rlprobe.scripts.inside.making.actions import actions_of, is_taken, passed_on, sizes_in

SCRIPT = '''
import gymnasium as gym
import numpy as np
from gymnasium import spaces

class Valves(gym.Env):
    """Two valves have to be set by what is seen."""
    observation_space = spaces.Box(-1.0, 1.0, (3,), np.float32)
    action_space = {space}

    def reset(self, seed=None, options=None):
        super().reset(seed=seed)
        self.seen = self.np_random.uniform(-1, 1, 3).astype(np.float32)
        return self.seen, {{}}

    def step(self, action):
        return self.seen, float(np.sum(action) * self.seen[0]), True, False, {{}}

gamma = 0.95
env = Valves()
rng = np.random.default_rng(0)
sizes = {sizes}
weights = [np.zeros((n, 4)) for n in sizes]

def chances(x):
    scores = [w @ x for w in weights]
    return [np.exp(s - s.max()) / np.exp(s - s.max()).sum() for s in scores]

obs, _ = env.reset(seed=0)
for step in range(100_000):
    x = np.append(obs, 1.0)
    p = chances(x)
    a = [rng.choice(n, p=one) for n, one in zip(sizes, p)]
    obs, reward, terminated, truncated, _ = env.step(np.array(a))
    for i, n in enumerate(sizes):
        weights[i] += 0.2 * (reward - 0.5) * np.outer(np.eye(n)[a[{index}]] - p[i], x)
    if terminated or truncated:
        obs, _ = env.reset()
'''


@pytest.mark.parametrize(
    ("space", "sizes", "index"),
    [
        ("spaces.MultiDiscrete([3, 3])", (3, 3), "i"),
        pytest.param("spaces.MultiBinary(2)", (2, 2), "0", marks=pytest.mark.slow),
    ],
)
def test_each_number_must_be_learned(tmp_path, space, sizes, index):
    """A policy that learns every component from the choice of the first one fails."""
    file = tmp_path / "valves.py"
    file.write_text(SCRIPT.format(space=space, sizes=sizes, index=index))
    report = diagnose(script_agent(str(file)), only=["JointAction"], seeds=1, budget=60)
    [result] = report.results
    assert result.trial.options["sizes"] == sizes
    assert result.outcome == ("pass" if index == "i" else "fail")


@pytest.mark.parametrize(
    ("space", "sizes"),
    [
        (spaces.MultiDiscrete([3, 4, 5]), (3, 4)),
        (spaces.MultiDiscrete([5]), (5,)),
        (spaces.MultiDiscrete([1, 4]), (1,)),
        (spaces.MultiDiscrete([50, 2]), ()),
        (spaces.MultiBinary(8), (2,) * 5),
        (spaces.Tuple((spaces.Discrete(2), spaces.Discrete(3))), (2, 3)),
        (spaces.Tuple((spaces.Discrete(2), spaces.Box(0, 1))), ()),
        (spaces.Box(-1, 1, (2,)), ()),
    ],
)
def test_the_components_that_a_probe_gets(space, sizes):
    """As many as have few combinations."""
    assert sizes_in(space) == sizes
    assert actions_of(space) is None


@pytest.mark.parametrize(
    ("space", "action", "number"),
    [
        (spaces.MultiDiscrete([3, 3], start=[5, 1]), np.array([6, 3]), 5),
        (spaces.MultiBinary(2), np.array([1.0, 0.0]), 2),
        (spaces.Tuple((spaces.Discrete(2), spaces.Discrete(3, start=1))), (1, 3), 5),
    ],
)
def test_a_combination_has_a_number(space, action, number):
    """As in ``numpy.ravel_multi_index``, each component counted from its start; floats are taken too."""
    sizes = sizes_in(space)
    own = spaces.Discrete(int(np.prod(sizes)))
    assert is_taken(space, action)
    assert passed_on(action, space, own, sizes) == number


def test_two_numbers_of_a_box_are_passed_on():
    """Each is moved from the bounds of the script to those of the probe; further ones are left out."""
    own = spaces.Box(np.array([0, -6], np.float32), np.array([4, 6], np.float32))
    space = spaces.Box(-1, 1, (3,))
    assert passed_on(np.array([0.5, -2.0, 0.3]), space, own).tolist() == [3.0, -6.0]


def test_what_no_environment_takes():
    """A number beyond the choices, and an array of another length."""
    assert not is_taken(spaces.MultiDiscrete([3, 3]), np.array([3, 0]))
    assert not is_taken(spaces.MultiBinary(2), np.array([1, 0, 1]))


@pytest.mark.parametrize(
    ("sizes", "only", "runs"), [((3, 3), (), 1), ((3,), (), 0), ((), ("JointAction",), 1)]
)
def test_who_gets_the_probe(sizes, only, runs):
    """Actions of several numbers, or whoever names it."""
    trials = plan(kinds=frozenset({"discrete"}), sizes=sizes, only=only, explores=False)
    assert sum(trial.name == "JointAction" for trial in trials) == runs


@pytest.mark.parametrize(
    ("actions", "right"), [([0, 4], [True, False]), ([1, 5], [True, True]), ([3, 7], [False, False])]
)
def test_which_numbers_of_an_action_are_right(actions, right):
    """The best of three times three are (0, 1) and (1, 2)."""
    trial = Trial(name="JointAction", options={"sizes": (3, 3)})
    assert right_components(np.array(actions), trial) == right


def test_the_report_says_which_number_is_wrong():
    """The first number is right at both observations, the second one is not."""
    trial = Trial(name="JointAction", options={"sizes": (3, 3)})
    run = Run(seed=0, steps=4_000, seconds=1.0, gamma=0.9, actions=np.array([0, 4]), solved=False)
    report = conclude("valves.py", [judge(trial, [run])], [])
    assert report.verdict == "faulty"
    assert "right in each action: number 0; wrong: number 1" in " ".join(str(report).split())


def test_choices_of_other_probes_are_no_numbers_of_an_action():
    """On CashOut, runs may differ in how many offers they chose at."""
    trial = Trial(name="JointAction", options={"sizes": (3, 3)})
    run = Run(seed=0, steps=4_000, seconds=1.0, gamma=0.9, actions=np.array([0, 4]), solved=False)
    other = replace(judge(Trial(name="ActionOrder"), [run]), outcome="fail", learned=[[[1, 2], [3]]])
    report = replace(conclude("valves.py", [judge(trial, [run])], []), results=(other,))
    assert "in each action" not in " ".join(notes(report))


def test_a_number_that_is_wrong_beside_right_ones_fits_no_fault_of_the_catalogue():
    """Whatever a fault of values does to a policy, it does to all numbers of its actions."""
    trial = Trial(name="JointAction", options={"sizes": (3, 3)})
    partly, wrong = (
        judge(
            trial, [Run(seed=0, steps=4_000, seconds=1.0, gamma=0.9, actions=np.array(taken), solved=False)]
        )
        for taken in ([0, 4], [3, 7])
    )
    for actor in ("not_best", "untrained", "untried"):
        gain = action_likelihood(partly.runs[0], partly, "any") - action_likelihood(
            partly.runs[0], partly, actor
        )
        assert gain > np.log(5.0)
    assert action_likelihood(wrong.runs[0], wrong, "not_best") > action_likelihood(
        wrong.runs[0], wrong, "any"
    )
