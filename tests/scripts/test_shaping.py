"""Rewards that a script makes up itself are left out for the diagnosis."""

from __future__ import annotations

import ast

import pytest
from scripts.q_tables import q_table

import rlprobe
from rlprobe.scripts import script_agent
from rlprobe.scripts.inside.changes.shaping import leave_out_shaping

LOOP = """
for t in range(100):
    next_state, reward, terminated, truncated, _ = env.step(action)
    done = terminated or truncated
    {shaping}
    memory.push(state, action, reward, next_state, done)
"""
OWN = {
    "reward = reward if not done else -10": ["reward = reward if not done else -10"],
    "reward = -1.0 if terminated else reward": ["reward = -1.0 if terminated else reward"],
    "reward = reward if not done or t == 499 else -100": [
        "reward = reward if not done or t == 499 else -100"
    ],
    "if done: reward = -1": ["reward = -1 if done"],
    "if done and t < 200: reward -= 10": ["reward -= 10 if done and t < 200"],
    "shaped_reward = 0.1 if not done else -1": ["shaped_reward = 0.1 if not done else -1"],
    "x, v = next_state; reward = abs(x + 0.5)": ["x, v = next_state", "reward = abs(x + 0.5)"],
}
KEPT = [
    "reward = reward / 100",
    "reward = max(min(reward, 1), -1)",
    "reward = 1 if reward > 0 else -1",
    "reward = reward if reward < 1 else 1",
    "if done: reward = 0",
    "reward = 0 if done else reward",
    "reward = -reward",
    "reward = torch.tensor([reward])",
    "if done: next_state = None",
    "mask = 0.0 if done else 1.0",
    "reward = reward + bonus(next_state)",
    "if reward > 0: reward = 1",
]


@pytest.mark.parametrize("shaping", OWN)
def test_own_rewards_are_left_out(shaping):
    """What follows learns from the reward of ``step``."""
    tree = ast.parse(LOOP.format(shaping=shaping))
    assert [text for _, text in leave_out_shaping(tree)] == OWN[shaping]
    bare = ast.unparse(tree)
    assert "push" in bare
    for constant in ("10", "-1", "0.1", "abs"):
        assert constant not in bare.replace("100", "")
    compile(tree, "train.py", "exec")


@pytest.mark.parametrize("shaping", KEPT)
def test_what_changes_the_reward_of_the_environment_is_kept(shaping):
    """A scale, a clipped reward or a wrong sign is the script's own mistake, or is read elsewhere."""
    code = LOOP.format(shaping=shaping)
    tree = ast.parse(code)
    assert leave_out_shaping(tree) == []
    assert ast.unparse(tree) == ast.unparse(ast.parse(code))


def test_names_that_are_read_elsewhere_stay():
    """The position is printed too."""
    code = LOOP.format(shaping="x, v = next_state; reward = abs(x)") + "    print(x)\n"
    tree = ast.parse(code)
    assert [text for _, text in leave_out_shaping(tree)] == ["reward = abs(x)"]
    assert "x, v = next_state" in ast.unparse(tree)


@pytest.mark.slow
def test_a_script_with_a_penalty_at_the_end_is_healthy(tmp_path):
    """And the report says what was left out."""
    script = tmp_path / "train.py"
    script.write_text(q_table(line="reward = reward if not done else -10"))
    report = rlprobe.diagnose(script_agent(script), seeds=1, only=["Constant", "Decoder"], budget=60)
    assert report.verdict == "healthy", str(report)
    assert "`reward = reward if not done else -10` (train.py:15)" in " ".join(str(report).split())
