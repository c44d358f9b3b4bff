"""Conditions that end learning when the task is solved are left out for the diagnosis."""

from __future__ import annotations

import ast

import pytest

from rlprobe.scripts.inside.changes.episodes.early_ends import leave_out_early_ends
from rlprobe.scripts.inside.changes.rewriting import Rewriting
from rlprobe.scripts.inside.changes.rules import quick_rules

LOOP = """
for i in range(500):
    obs, _ = env.reset()
    obs, reward, terminated, truncated, _ = env.step(env.action_space.sample())
    {line}
"""
LEFT_OUT = {
    "if np.mean(scores[-100:]) >= 195: break": "pass",
    "if running_reward > env.spec.reward_threshold: print('Solved!'); break": "pass",
    "if 200 <= avg_score: sys.exit()": "pass",
    "if len(scores) >= 100 and np.mean(scores) > 195: break": "pass",
    "if running_reward > 475 or i > 400: break": "if i > 400:\n        break",
    "if solved: break": "pass",
    "reached_goal = mean_100_eval_score >= self.goal": "reached_goal = False",
    "if mean_return > 90: break\n    else: learn(obs)": "learn(obs)",
}
KEPT = [
    "if approx_kl > 1.5 * target_kl: break",
    "if mean_kl > 0.02: break",
    "if reward > 0: break",
    "if terminated or truncated: break",
    "if terminated or score >= 200 and bored: learn(obs)",
    "if len(returns) >= 10: break",
    "if step > total_steps: break",
    "if score < -250: break",
    "if score > best_score: best_score = score",
    "is_best = score > best_score",
    "reached_end = t >= horizon",
]


@pytest.mark.parametrize("line", LEFT_OUT)
def test_an_end_by_a_score_is_left_out(line):
    """Whatever follows in the loop stays."""
    tree = ast.parse(LOOP.format(line=line))
    assert leave_out_early_ends(tree)
    assert ast.unparse(tree).endswith("\n    " + LEFT_OUT[line])


@pytest.mark.parametrize("line", KEPT)
def test_other_ends_stay(line):
    """Ends of episodes, of passes over a batch and of the script's own number of steps."""
    tree = ast.parse(LOOP.format(line=line))
    before = ast.unparse(tree)
    assert leave_out_early_ends(tree) == []
    assert ast.unparse(tree) == before


@pytest.mark.parametrize(
    ("condition", "after"),
    [
        ("mean_reward < 195", "while True:"),
        ("mean_reward < 195 and i < n", "while i < n:"),
        ("195 > np.mean(scores)", "while True:"),
        ("not solved", "while True:"),
        ("solved", "while solved:"),
        ("episode < 500", "while episode < 500:"),
    ],
)
def test_a_loop_until_the_task_is_solved_goes_on(condition, after):
    """A limit of episodes or steps stays."""
    tree = ast.parse(f"while {condition}: train()")
    leave_out_early_ends(tree)
    assert ast.unparse(tree).splitlines()[0] == after


@pytest.mark.parametrize(
    ("source", "changed"),
    [
        ("n_games = 250\nfor i in range(n_games):\n    env.reset()", "8000"),
        ("games = 250\nfor i in range(games):\n    env.reset()", "range(8000)"),
        ("for i in range(games):\n    env.reset()", "range(games)"),
        ("n = 250\nfor i in range(n):\n    eval_env.reset()", "range(n)"),
        ("for i in range(5):\n    env.reset()", "range(5)"),
    ],
)
def test_a_loop_that_resets_the_environment_is_over_episodes(source, changed):
    """Episodes of a probe are short: it goes on for as many as there are steps."""
    assert changed in ast.unparse(Rewriting(list(quick_rules(8_000)))(ast.parse(source), "train.py"))


def test_the_return_of_an_episode_is_a_score_though_a_step_elsewhere_gives_its_name():
    """Names count in the function in which they are used."""
    tree = ast.parse(
        "def play():\n    obs, reward, done, cut, _ = env.step(0)\nwhile True:\n    if reward > 0.8: break"
    )
    assert [text for _, text in leave_out_early_ends(tree)] == ["reward > 0.8"]


@pytest.mark.parametrize(("line", "left_out"), [("env.reset()", True), ("pass", False)])
def test_only_a_function_that_plays_episodes_ends_learning_when_it_returns(line, left_out):
    """Others look something up."""
    tree = ast.parse(f"def f():\n    for i in range(9):\n        {line}\n        if mean > 9: return i")
    assert bool(leave_out_early_ends(tree)) is left_out


def test_a_number_of_episodes_that_has_a_usual_name_is_changed_once():
    """Where it is assigned, and not in the loop as well."""
    rules = Rewriting(list(quick_rules(8_000)))
    tree = rules(ast.parse("n_games = 250\nfor i in range(n_games):\n    env.reset()"), "train.py")
    assert "range(n_games)" in ast.unparse(tree)
    assert [one["name"] for one in rules.found.values()] == ["n_games"]
