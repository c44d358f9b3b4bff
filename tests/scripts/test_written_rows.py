"""Tables whose keys a script makes in line: the rows that it writes to tell to what they belong."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from gymnasium.spaces import Discrete

import rlprobe
from rlprobe.scripts import script_agent
from rlprobe.scripts.inside.reading import written_rows
from rlprobe.scripts.inside.reading.written_rows import CALLED, WrittenRows

STAGES = [
    SimpleNamespace(looks=[np.array([0.3]), np.array([0.7]), np.array([0.9])], action_space=Discrete(3))
]


@pytest.fixture
def table(monkeypatch):
    """A table that is found in the script."""
    found = np.zeros((6, 3))
    monkeypatch.setattr(written_rows, "_arrays", lambda: [("q", found)])
    return found


def test_the_row_that_changes_after_an_observation_is_its_own(table):
    """An observation that no step began in has none; the values are those of now."""
    rows, rng = WrittenRows(), np.random.default_rng(0)
    for _ in range(40):
        number = int(rng.integers(2))
        rows.step(number)
        table[(4, 2)[number], rng.integers(3)] += 0.1
    found = rows.find({}, STAGES)
    assert found.name == "q"
    assert found.value(0) == table[4].max()
    assert found.value(1) == table[2].max()
    assert found.rows[2] is None


@pytest.mark.parametrize("places", [[3, 3], [0, None]])
def test_rows_that_are_shared_or_many_are_no_keys(table, places):
    """Of a table that cannot tell observations apart, and of one that changes everywhere."""
    rows = WrittenRows()
    for step in range(40):
        rows.step(step % 2)
        place = places[step % 2]
        table[slice(None) if place is None else place] += 0.1
    found = rows.find({}, STAGES)
    assert found is None or found.rows[1] is None


@pytest.mark.parametrize("name", ["q", "state_table", "q_sa", "action_values"])
def test_names_of_tables(name):
    """They need not be the usual ones."""
    assert CALLED.fullmatch(name)


@pytest.mark.parametrize("name", ["visits_table", "eligibility_table", "weights", "bins", "count_values"])
def test_names_of_other_arrays(name):
    """Written to as often, but no values."""
    assert not CALLED.fullmatch(name)


INLINE = """
import gymnasium as gym
import numpy as np

env = gym.make("MountainCar-v0")
positions, velocities = np.linspace(-1.2, 0.6, 20), np.linspace(-0.07, 0.07, 20)
state_table = np.zeros((21, 21, 3))
rng, gamma, epsilon = np.random.default_rng(), 0.9, 1.0
for episode in range(5000):
    state = env.reset()[0]
    p, v = np.digitize(state[0], positions), np.digitize(state[1], velocities)
    done = False
    while not done:
        action = env.action_space.sample() if rng.random() < epsilon else np.argmax(state_table[p, v])
        state, reward, terminated, truncated, _ = env.step(action)
        done = terminated or truncated
        p2, v2 = np.digitize(state[0], positions), np.digitize(state[1], velocities)
        state_table[p, v, action] += 0.3 * (
            reward + gamma * (not done) * np.max(state_table[p2, v2]) - state_table[p, v, action]
        )
        p, v = p2, v2
    epsilon = max(epsilon - 0.001, 0.05)
"""


@pytest.mark.slow
def test_a_fault_in_a_table_with_bins_in_line_is_named(tmp_path):
    """As in many tutorials on MountainCar."""
    path = tmp_path / "train.py"
    path.write_text(INLINE)
    report = rlprobe.diagnose(script_agent(path), seeds=2)
    assert report.script["critic"] == "state_table", str(report)
    assert report.causes[0].fault == "truncation-as-termination", str(report)
