"""Draws the pictures of ``accuracy.md``: estimates over time, Gymnasium's beside ours, on three streams."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gymnasium as gym
import matplotlib as mpl
import numpy as np
from gymnasium.wrappers import NormalizeObservation, NormalizeReward
from matplotlib.figure import Figure

from rlprobe import NormalizeAll, RewardScale

HERE = Path(__file__).parent
OURS, THEIRS, EXACT = "rlprobe", "Gymnasium", "exact"
SCHEMES = {
    "light": {OURS: "#1b7837", THEIRS: "#b2182b", EXACT: "#bbbbbb", "ink": "#24282e", "paper": "#ffffff"},
    "dark": {OURS: "#58c87e", THEIRS: "#ff8a80", EXACT: "#7a828e", "ink": "#dfe3ea", "paper": "#1e2129"},
}
"""Colours of the curves, of everything else that is drawn, and of the ground."""
INK = ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color")
PAPER = ("figure.facecolor", "axes.facecolor", "savefig.facecolor")


class Stream(gym.Env[Any, Any]):
    """Plays back observations and rewards; truncates every ``length`` steps."""

    def __init__(self, values: Any, rewards: Any = None, length: int = 10**9) -> None:
        self.values, self.length, self.time = values, length, 0
        self.rewards = np.zeros(len(values)) if rewards is None else rewards
        self.observation_space = gym.spaces.Box(-np.inf, np.inf, values.shape[1:], values.dtype.type)
        self.action_space = gym.spaces.Discrete(2)

    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:  # noqa: ARG002
        """The next row."""
        super().reset(seed=seed)
        return self.values[self.time], {}

    def step(self, action: Any) -> Any:  # noqa: ARG002
        """The next row and reward."""
        self.time += 1
        return self.values[self.time], self.rewards[self.time], False, self.time % self.length == 0, {}


def estimates(env: Any, n: int, read: Any) -> Any:
    """``read(env)`` after each of ``n`` steps."""
    env.reset()
    out = []
    for _ in range(n):
        *_, truncated, _ = env.step(0)
        out.append(read(env))
        if truncated:
            env.reset()
    return np.array(out, dtype=np.float64)


def draw(name: str, title: str, label: str, curves: dict[str, Any], *, log: bool = False) -> None:
    """One picture with a line per curve, in light and dark."""
    for scheme, colours in SCHEMES.items():
        ink, paper = colours["ink"], colours["paper"]
        look = dict.fromkeys(INK, ink) | dict.fromkeys(PAPER, paper)
        with mpl.rc_context(look):
            figure = Figure(figsize=(7, 3.2), layout="constrained", dpi=110)
            axes = figure.add_subplot()
            for text, values in curves.items():
                width = 2.6 if text == EXACT else 1.5
                axes.plot(values, color=colours[text], label=text, linewidth=width)
            axes.set(title=title, xlabel="step", ylabel=label)
            axes.set_yscale("log" if log else "linear")
            axes.grid(alpha=0.3)
            axes.legend()
            figure.savefig(HERE / f"{name}_{scheme}.png", metadata={"Software": None})


def pressure(n: int = 60_000) -> None:
    """Standard deviation of a pressure in Pa, float32."""
    values = np.random.default_rng(0).normal(101_325, 144, (n + 1, 1)).astype(np.float32)
    theirs = estimates(NormalizeObservation(Stream(values)), n, lambda env: np.sqrt(env.obs_rms.var[0]))
    ours = estimates(NormalizeAll(Stream(values)), n, lambda env: env.stats.std[0])
    shifted = values[:, 0].astype(np.float64) - 101_325
    counts = np.arange(1, n + 2)
    exact = np.sqrt(np.cumsum(shifted**2) / counts - (np.cumsum(shifted) / counts) ** 2)[1:]
    curves = {EXACT: exact, THEIRS: theirs, OURS: ours}
    draw("pressure", "Pressure, 101 325 ± 144 Pa, float32", "estimated std (Pa)", curves, log=True)


def late_flag(n: int = 3000) -> None:
    """Output for a flag that rises late."""
    values = np.zeros((n + 1, 1))
    values[2000:] = 1.0
    theirs = estimates_of_output(NormalizeObservation(Stream(values)), n)
    ours = estimates_of_output(NormalizeAll(Stream(values)), n)
    draw("late_flag", "A flag that is 0 for 2000 steps, then 1", "output", {THEIRS: theirs, OURS: ours})


def estimates_of_output(env: Any, n: int) -> Any:
    """The standardised observation after each step."""
    env.reset()
    return np.array([env.step(0)[0][0] for _ in range(n)])


def truncated(n: int = 3000) -> None:
    """Divisor of the reward on episodes of 20 steps that are truncated, reward 1."""
    values, rewards = np.zeros((n + 1, 1)), np.ones(n + 1)
    theirs = estimates(
        NormalizeReward(Stream(values, rewards, 20)), n, lambda env: np.sqrt(env.return_rms.var)
    )
    ours = estimates(RewardScale(Stream(values, rewards, 20)), n, lambda env: env.scale)
    exact, total, seen = [], 0.0, []
    for k in range(n):
        total = (0.0 if k % 20 == 0 else total * 0.99) + 1.0
        seen.append(total)
        exact.append(np.std(seen))
    curves = {EXACT: exact, THEIRS: theirs, OURS: ours}
    draw("truncated", "Reward 1, episodes truncated after 20 steps", "divisor", curves)


if __name__ == "__main__":
    mpl.use("Agg")
    pressure()
    late_flag()
    truncated()
