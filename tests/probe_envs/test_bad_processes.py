"""Processes, policies and discounts that are wrong are refused with a message that says what to change."""

from __future__ import annotations

from dataclasses import replace

import gymnasium as gym
import numpy as np
import pytest

from probe_envs import END, MDP, MDPError, ProbeEnv, ProbeVectorEnv, evaluate, probe, solve
from probe_envs.frame_skip import frame_skip
from probe_envs.observe import encode, one_hot
from probe_envs.probes.cash_out import cash_out


def process(**changes):
    """A small process with one thing wrong."""
    right = {
        "start": {0: 1.0},
        "actions": (0,),
        "step": lambda s, _a: {(1, 0.0): 1.0} if s == 0 else {(END, 1.0): 1.0},
        "observe": one_hot(2),
    }
    return MDP(**{**right, **changes})


BAD_PROCESSES = [
    ({"start": {}}, "start: expected a distribution"),
    ({"start": {0: 0.5, 1: 0.4}}, "start: expected chances .* sum 0.9"),
    ({"start": {0: float("nan")}}, "start: expected chances"),
    ({"start": {0: "1"}}, "start: expected chances"),
    ({"start": {END: 1.0}}, "start: END cannot be a first state"),
    ({"start": [0]}, "start: expected a distribution"),
    ({"actions": ()}, "actions: expected at least one action"),
    ({"step": lambda _s, _a: {(END, 1.0): 0.7}}, r"step\(0, 0\): expected chances .* sum 0.7"),
    (
        {"step": lambda _s, _a: {(END, 1.0): 1.5, (0, 0.0): -0.5}},
        r"step\(0, 0\): expected chances in \[0, 1\]",
    ),
    ({"step": lambda _s, _a: {(END, 1.0): float("nan")}}, r"step\(0, 0\): expected chances"),
    ({"step": lambda _s, _a: {}}, r"step\(0, 0\): expected a distribution"),
    ({"step": lambda _s, _a: None}, r"step\(0, 0\): expected a distribution"),
    (
        {"step": lambda _s, _a: {END: 1.0}},
        r"step\(0, 0\): expected keys \(next state or END, reward\), got END",
    ),
    ({"step": lambda _s, _a: {(END, float("inf")): 1.0}}, r"step\(0, 0\): expected a finite reward, got inf"),
    ({"step": lambda _s, _a: {(END, float("nan")): 1.0}}, r"step\(0, 0\): expected a finite reward, got nan"),
    ({"step": lambda _s, _a: {(END, None): 1.0}}, r"step\(0, 0\): expected a finite reward, got None"),
    ({"step": lambda s, _a: {(s + 1, 0.0): 1.0}}, "more than 50000 states are reachable"),
    (
        {"observe": lambda s: np.zeros(s + 1)},
        r"observe\(1\): expected numbers of shape \(1,\) as for 0, got shape \(2,\)",
    ),
    ({"observe": lambda _s: np.array([np.nan])}, "observe: expected finite numbers"),
    ({"observe": lambda _s: "x"}, r"observe\(0\): expected numbers"),
    ({"observe_end": lambda _s: np.zeros(3)}, r"observe\(0\): expected numbers of shape \(2,\)"),
    (
        {"observation_space": gym.spaces.Discrete(1), "observe": np.int64},
        r"observe\(1\): expected a member of Discrete\(1\)",
    ),
    (
        {"action_space": gym.spaces.Discrete(2)},
        r"action_space: expected Discrete\(1\) for 1 actions, got Discrete\(2\)",
    ),
    ({"action_space": gym.spaces.MultiDiscrete([2])}, "action_space: expected a Discrete or a Box"),
    ({"time_limit": 0}, "time_limit: expected None or at least 2 steps, got 0"),
]


@pytest.mark.parametrize(("changes", "message"), BAD_PROCESSES, ids=[row[1][:45] for row in BAD_PROCESSES])
def test_a_wrong_process_is_refused_before_the_first_step(changes, message):
    """Each mistake in a declaration is named when the environment is made, with the place it is in."""
    for face in (ProbeEnv, ProbeVectorEnv):
        with pytest.raises(MDPError, match=message):
            face(process(**changes))


def test_impossible_outcomes_reach_nothing():
    """A chance of zero leads nowhere: its state is not among the states."""
    mdp = process(start={0: 1.0, 9: 0.0}, step=lambda _s, _a: {(END, 1.0): 1.0, (7, 5.0): 0.0})
    assert solve(mdp, 0.9).table.states == (0,)


@pytest.mark.parametrize("gamma", [-0.1, 1.1, float("nan"), "0.9", None])
def test_a_wrong_discount_is_refused(gamma):
    """Discounts are numbers from 0 to 1."""
    for ask in (lambda: solve(process(), gamma), lambda: evaluate(process(), [[1.0], [1.0]], gamma)):
        with pytest.raises(MDPError, match=r"gamma: expected a discount in \[0, 1\]"):
            ask()


def test_a_process_without_end_has_no_undiscounted_value():
    """At gamma 1 the error names the state that never ends; processes that end are solved."""
    for ask in (
        lambda: solve(probe("TimeLimitLoop").mdp(), 1.0),
        lambda: evaluate(process(step=lambda s, _a: {(s, 1.0): 1.0}), [[1.0]], 1.0),
    ):
        with pytest.raises(MDPError, match=r"gamma = 1: state (0|'loop') never reaches END.*use gamma < 1"):
            ask()
    assert solve(probe("Decoder").mdp(), 1.0).V.tolist() == [3.0, 2.0, 2.0]


def test_an_end_that_is_never_chosen_has_no_undiscounted_value():
    """At gamma 1 a loop that pays for ever is refused even where an exit exists."""
    mdp = process(actions=(0, 1), step=lambda _s, a: {(0, 1.0): 1.0} if a == 0 else {(END, 0.0): 1.0})
    with pytest.raises(MDPError, match="grow without bound"):
        solve(mdp, 1.0)


@pytest.mark.parametrize("temperature", [-1.0, float("nan"), float("inf"), "1"])
def test_a_wrong_temperature_is_refused(temperature):
    """Temperatures are finite and not negative."""
    with pytest.raises(MDPError, match="temperature: expected"):
        solve(process(), 0.9, temperature=temperature)


@pytest.mark.parametrize(
    "policy",
    [[[0.5], [1.0]], [[1.0]], [[float("nan")], [1.0]], [[-1.0], [1.0]], [1.0, 1.0], lambda _s: [2.0]],
)
def test_a_wrong_policy_is_refused(policy):
    """A policy is a distribution over the actions in every state."""
    with pytest.raises(MDPError, match=r"policy: expected distributions of shape \(2, 1\)"):
        evaluate(process(), policy, 0.9)


def test_a_state_that_cannot_be_reached_is_named():
    """Asking for its value lists the states there are."""
    with pytest.raises(MDPError, match=r"state 5 cannot be reached; states are \(0, 1\)"):
        solve(process(), 0.9).value(5)


def test_transforms_of_arrays_refuse_other_observations():
    """cash_out and encode say that the encoding comes last."""
    coded = probe("Decoder").mdp(encoding="dict")
    for transform in (lambda: cash_out(coded, 1.0), lambda: encode(coded, "image")):
        with pytest.raises(MDPError, match=r"expected observations that are arrays.*encode last"):
            transform()


def test_a_skip_may_not_hide_where_it_ended():
    """Terminal observations that name the state left, and too short a limit, do not go with frame_skip."""
    for mdp in (probe("TimeLimitLoop").mdp(), probe("RandomExit").mdp()):
        with pytest.raises(MDPError, match="frame_skip: expected an observe_end"):
            frame_skip(mdp, 2)
    with pytest.raises(MDPError, match="expected a time limit above the skip of 6, got 6"):
        frame_skip(probe("SkippedEnd").mdp(), 6)
    with pytest.raises(ValueError, match="skip: expected a whole number of at least 1, got 0"):
        frame_skip(probe("Decoder").mdp(), 0)


def test_opencv_is_asked_for_by_its_command(monkeypatch):
    """Without OpenCV a picture's error holds the command that installs it, and text still works."""
    monkeypatch.setitem(__import__("sys").modules, "cv2", None)
    env = ProbeEnv(probe("Decoder").mdp(), render_mode="rgb_array")
    env.reset()
    with pytest.raises(ImportError, match=r"pip install 'gymnasium-rlprobe\[play\]'"):
        env.render()


def test_a_law_is_checked_at_every_continuous_action():
    """Laws that are right at the candidates and wrong in between are refused when they are met."""
    mdp = probe("BoxTarget").mdp()
    wrong = replace(
        mdp, actions=(0.0,), step=lambda _s, a: {(END, 0.0): 1.0 if np.asarray(a).item() == 0 else 0.5}
    )
    env = ProbeEnv(wrong)
    env.reset()
    with pytest.raises(MDPError, match="expected chances"):
        env.step(np.array([1.0], np.float32))
