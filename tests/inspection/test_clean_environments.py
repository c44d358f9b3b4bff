"""Nothing in well-known environments is called harmful; what is called worth a look there is true."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.slow

CLEAN = {
    "CartPole-v1": set(),
    "Acrobot-v1": {"reward-rare", "frame-skip", "return-never-varies", "skip-finds-reward"},
    "Pendulum-v1": {"reward-scale", "checker-warns"},  # its actions are in [-2, 2]
    "MountainCarContinuous-v0": {"skip-finds-reward", "frame-skip"},
    "LunarLander-v3": {"reward-scale"},
    "HalfCheetah-v5": set(),
    "Hopper-v5": {"reward-scale", "frame-skip"},
    "ALE/Pong-v5": {"frame-skip"},
}
NEEDS = {
    "LunarLander-v3": "Box2D",
    "HalfCheetah-v5": "mujoco",
    "Hopper-v5": "mujoco",
    "ALE/Pong-v5": "ale_py",
}


@pytest.mark.parametrize("name", CLEAN)
def test_nothing_harmful(inspected, monkeypatch, tmp_path, name):
    """No harmful flag, and no flag worth a look but those known to be true."""
    if name in NEEDS:
        pytest.importorskip(NEEDS[name])
    monkeypatch.chdir(tmp_path)
    report = inspected(name, steps=12_000 if name != "ALE/Pong-v5" else 3000, checkers=True)
    assert report.harmful == ()
    assert {flag.id for flag in report.flags if flag.severity == "look"} <= CLEAN[name] | {"render-fails"}
    assert len(str(report).splitlines()) <= 40


def test_mountain_car_never_reaches_the_goal(inspected):
    """Random play earns -200 in every episode of MountainCar, and the report says so."""
    report = inspected("MountainCar-v0", steps=6000)
    assert "random play never reached the goal" in report.flag("return-never-varies").sentence
    assert report.harmful == ()


def test_pendulum_rewards_are_large(inspected):
    """Value targets of Pendulum go into the hundreds, and the advice names wrapper and argument."""
    flag = inspected("Pendulum-v1", steps=4000).flag("reward-scale")
    assert flag.severity == "look"
    assert "RewardScale(env, scale=" in flag.advice
