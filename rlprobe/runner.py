"""Training an agent on one trial, in chunks, until the answer is clear."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from gymnasium.spaces import Box, Discrete

from probe_envs import solve
from rlprobe import questions
from rlprobe.counting import Count, environment
from rlprobe.fault import taught
from rlprobe.rows import Learner
from rlprobe.trial import Run, Trial

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from rlprobe.agent import MakeAgent

CHUNK = 125
LEAST_STEPS = 800
"""Steps before a run may stop; half of it after the first seed."""
COPIES, MOST_COPIES = 8, 0.85
"""How often each question about actions is asked at once, and the share of right answers that is needed:
an agent that acts at random is right now and then, but not every time."""
NEAR_BEST = 0.01
"""Reward that may be lost on a continuous action."""
LEAST_LOOKS = 4
"""Updates that must have been seen before values are called settled."""
MANY_LOOKS = 24
"""Updates after which jumping can be told from moving."""
PATIENCE = 40
"""Calls of ``learn`` without a step; a long rollout may serve several calls at once."""
HUGE = 1_000.0


def tolerance(right: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far a learned value may be from the right one: 5 %, or 0.05 for values below 1.

    >>> tolerance(np.array([0.1, 10.0]))
    array([0.05, 0.5 ])
    """
    return np.asarray(0.05 * np.maximum(1.0, abs(right)))


def run(make_agent: MakeAgent, trial: Trial, seed: int, *, seconds: float = 60.0) -> Run:
    """Train one agent on one trial with one seed.

    Args:
        make_agent: builds the agent.
        trial: what to learn.
        seed: seeds the environment and the agent.
        seconds: when to stop, whatever has been learned.

    Raises:
        AgentError: the agent's answers cannot be read.
        Exception: whatever the agent raises.
    """
    began = time.perf_counter()
    count = Count(target=_best_return(trial))
    env = environment(trial, seed, count)
    try:
        agent = make_agent(env, trial.with_seed(seed))
        questions.check_agent(agent)
        least = LEAST_STEPS if seed == 0 else LEAST_STEPS // 2
        watch = (_WatchValues if trial.probe.asks == "value" else _WatchActions)(agent, trial, least)
        idle = 0
        while True:
            before = count.steps
            agent.learn(CHUNK)
            idle = idle + 1 if count.steps == before else 0
            if idle == PATIENCE:
                raise questions.AgentError(
                    f"learn({CHUNK}) was called {PATIENCE} times and took no step in the environment "
                    "that the agent was built with; learn must step that environment"
                )
            late = time.perf_counter() - began > seconds
            if count.steps == before and not late:
                continue
            watch.look(count.steps)
            if late or count.steps >= trial.most_steps or watch.clear(count.steps):
                break
    finally:
        env.close()
    return Run(
        seed=seed,
        steps=count.steps,
        seconds=time.perf_counter() - began,
        successes=count.best,
        episodes=count.episodes,
        **watch.findings(),
    )


def _best_return(trial: Trial) -> float:
    if trial.probe.asks != "exploration":
        return np.inf
    return solve(trial.mdp, 1.0).start_value


@dataclass
class _WatchValues:
    """Follows the values of a critic from chunk to chunk."""

    agent: Any
    trial: Trial
    least: int
    curve: list[NDArray[np.float64]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.asked = self.trial.asked
        self.gamma = questions.discount(self.agent, self.trial.setting.gamma)
        self.shown = questions.shows_values(self.agent)
        self.right = taught(self.trial.rows(reset_rows=False), Learner(gamma=self.gamma)).mean[
            self.trial.views.asked
        ]
        self.near = tolerance(self.right)
        self.initial = self._values(first=True) if self.shown else None

    def _values(self, *, first: bool) -> NDArray[np.float64]:
        return questions.values(self.agent, self.asked, first=first) / self.trial.unit

    def look(self, steps: int) -> None:
        """Ask for the values after a chunk."""
        del steps
        if self.shown:
            self.curve.append(self._values(first=False))

    def clear(self, steps: int) -> bool:
        """Whether more training would not change the answer."""
        if not self.shown or self.diverged:
            return True
        recent = np.array(self.curve[-4:])
        centred = bool((abs(recent.mean(axis=0) - self.right) <= 0.6 * self.near).all())
        close = bool((abs(recent - self.right) <= 2.0 * self.near).all())
        settled = steps >= 3 * LEAST_STEPS and self.settled
        return steps >= self.least and len(recent) == 4 and ((centred and close) or settled)

    @property
    def diverged(self) -> bool:
        """Whether the values are huge or not finite."""
        last = self.curve[-1]
        return not np.isfinite(last).all() or bool((abs(last) > HUGE * max(1.0, 1.0 / self.trial.unit)).any())

    @property
    def settled(self) -> bool:
        """Whether the values have stopped, beside how far they came and how far they are from right.

        Values that jump about have stopped when they drift by less than they jump, and by so little that
        more training would not bring them to the right ones.
        """
        if len(self.curve) < LEAST_LOOKS or self.initial is None:
            return False
        last, drift = self._last_mean(), self._drift()
        error = abs(last - self.right)
        still = drift <= np.maximum(0.1 * np.minimum(error, abs(last - self.initial)), 0.3 * self.near)
        if len(self.curve) >= MANY_LOOKS:
            still |= (drift <= 0.5 * self._noise()) & (drift <= np.maximum(0.1 * error, self.near))
        return bool(still.all())

    def findings(self) -> dict[str, Any]:
        """The fields of a ``Run`` that this watch knows."""
        found: dict[str, Any] = {"gamma": self.gamma, **_targets(self.agent)}
        if self.shown:
            found |= {
                "initial": self.initial,
                "values": self.curve[-1] if self.diverged else self._last_mean(),
                "drift": self._drift(),
                "noise": self._noise(),
                "settled": self.settled and not self.diverged,
                "diverged": self.diverged,
            }
        return found

    def _part(self, share: float, skip: float = 0.0) -> NDArray[np.float64]:
        count = len(self.curve)
        width = max(2, round(count * share))
        end = count - round(count * skip)
        return np.array(self.curve[max(0, end - width) : max(end, 1)])

    def _last_mean(self) -> NDArray[np.float64]:
        return np.asarray(self._part(0.25).mean(axis=0))

    def _noise(self) -> NDArray[np.float64]:
        with np.errstate(all="ignore"):
            return np.asarray(np.std(self._part(0.25), axis=0))

    def _drift(self) -> NDArray[np.float64]:
        with np.errstate(all="ignore"):
            return np.asarray(abs(self._part(0.25).mean(axis=0) - self._part(0.25, skip=0.25).mean(axis=0)))


@dataclass
class _WatchActions:
    """Follows the actions an agent believes best from chunk to chunk."""

    agent: Any
    trial: Trial
    least: int
    solved: list[bool] = field(default_factory=list)
    history: list[NDArray[Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.asked = self.trial.asked
        self.gamma = questions.discount(self.agent, self.trial.setting.gamma)
        self.judge = judge_actions(self.trial, self.gamma)
        self.actions: NDArray[Any] | None = None

    def look(self, steps: int) -> None:
        """Ask for the actions after a chunk."""
        del steps
        space = self.trial.mdp.action_space
        if space is None:
            space = Discrete(len(self.trial.mdp.actions))
        copies = np.repeat(self.asked, COPIES, axis=0)
        answers = questions.actions(self.agent, copies, space)
        self.actions = answers[::COPIES]
        self.history.append(self.actions)
        right = np.mean([self.judge(answers[k::COPIES]) for k in range(COPIES)], axis=0)
        self.solved.append(bool((right >= MOST_COPIES).all()))

    def clear(self, steps: int) -> bool:
        """Whether more training would not change the answer."""
        return steps >= self.least // 2 and len(self.solved) >= 3 and all(self.solved[-3:])

    def _settled(self) -> bool:
        steady = len(self.solved) >= 3 and len(set(self.solved[-3:])) == 1
        return steady and _still(self.history[len(self.history) // 2], self.history[-1])

    def findings(self) -> dict[str, Any]:
        """The fields of a ``Run`` that this watch knows."""
        return {
            "gamma": self.gamma,
            **_targets(self.agent),
            "actions": self.actions,
            "solved": self.solved[-1],
            "settled": self._settled(),
        }


def _still(early: NDArray[Any], late: NDArray[Any]) -> bool:
    """Whether continuous actions have hardly changed; discrete ones jump, and tell nothing of it."""
    return early.dtype.kind != "f" or bool((abs(late - early) < 0.1).all())


def judge_actions(trial: Trial, gamma: float) -> Callable[[NDArray[Any]], NDArray[np.bool_]]:
    """A function that tells of each observation asked about whether the action there is right.

    Where an agent that acts optimally never comes, every action counts as right.
    """
    if isinstance(trial.mdp.action_space, Box):
        solution = solve(trial.mdp, gamma)
        states = solution.table.states

        def near_best(actions: NDArray[Any]) -> NDArray[np.bool_]:
            laws = [trial.mdp.step(s, a) for s, a in zip(states, actions, strict=False)]
            earned = np.array([sum(p * r for (_, r), p in law.items()) for law in laws])
            return np.asarray(earned - solution.V[: len(earned)] >= -NEAR_BEST)

        return near_best
    right = trial.choices(gamma)
    first = int(getattr(trial.mdp.action_space, "start", 0) or 0)
    every = np.arange(len(right.on_path))
    return lambda actions: right.best[every, np.asarray(actions, int) - first] | ~right.on_path


def _targets(agent: Any) -> dict[str, Any]:
    """How the agent says its critic forms targets."""
    on_policy, lam = getattr(agent, "on_policy", None), getattr(agent, "gae_lambda", None)
    if lam is None and on_policy is False:
        lam = 0.0
    return {"lam": None if lam is None else float(lam), "loss": getattr(agent, "loss", None)}
