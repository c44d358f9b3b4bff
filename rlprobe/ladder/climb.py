"""Climb the ladder: train on each rung, until an agent shows no sign of life."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rlprobe.agent import AgentCrashedError, Learning, Setting, close, told
from rlprobe.baselines.counted import Counted
from rlprobe.environments.nests import batch_of_one
from rlprobe.environments.signals import unshaped
from rlprobe.ladder.aids import access_to, placed, repeats, success
from rlprobe.ladder.bound import JUDGED_EPISODES, alive
from rlprobe.ladder.findings import Climb, RungResult, verdict
from rlprobe.ladder.learner import make_linear
from rlprobe.ladder.random_play import best_hold, own_limit, random_returns
from rlprobe.ladder.rungs import Rung, Tools, built, rungs
from rlprobe.wrappers.shaping.potential import PotentialError

if TYPE_CHECKING:
    from collections.abc import Callable

    import gymnasium as gym

    from rlprobe.agent import MakeAgent
    from rlprobe.environments.opening import Make

RANDOM_EPISODES: Final = 100
CHUNK_STEPS: Final = 500
SEARCH_SHARE: Final = 0.1
"""Of the time, so much may go into finding episodes that reach the goal."""
FEWEST_RANDOM: Final = 20
"""Random episodes without which nothing is judged."""


@dataclass
class _Settings:
    make: Make
    make_agent: MakeAgent
    tools: Tools
    steps: int
    seeds: int
    deadline: float
    notes: list[str] = field(default_factory=list)


def climb(
    make: Make,
    *,
    make_agent: MakeAgent | None = None,
    name: str = "",
    agent: str = "linear policies (cross-entropy method)",
    phi: Callable[[Any], Any] | None = None,
    features: Callable[[Any], Any] | None = None,
    gamma: float = 0.99,
    steps: int = 10_000,
    seeds: int = 3,
    minutes: float = 10.0,
    progress: Callable[[int, int, str], None] | None = None,
) -> Climb:
    """Train on easier versions of a task, the easiest first, up to the first without signs of life.

    Args:
        make: makes the environment.
        make_agent: builds the agent; linear policies by default.
        name: of the environment, for the report.
        agent: its name, for the report.
        phi: a potential, for the aid of a dense reward.
        features: from an observation to numbers, for the aid of features in place of pixels.
        gamma: the discount.
        steps: of training for each seed of a rung.
        seeds: of each rung; two of three must show signs of life.
        minutes: wall time after which no new seed begins.
        progress: called with done, total and the current rung.

    Raises:
        ValueError: an argument out of range, or the environment is too slow for the time.
        PotentialError: ``phi`` is not one finite number for each observation.
    """
    for what, value in (("steps", steps), ("seeds", seeds), ("minutes", minutes)):
        if not 0 < value < float("inf"):
            raise ValueError(f"{what}: expected a positive number, got {value}")
    deadline = time.perf_counter() + 60.0 * minutes
    notes: list[str] = []
    tools = _tools(make, phi=phi, features=features, gamma=gamma, minutes=minutes, notes=notes)
    settings = _Settings(make, make_agent or make_linear, tools, steps, seeds, deadline, notes)
    ladder = rungs(tools)
    results: list[RungResult] = []
    crash = ""
    try:
        for number, rung in enumerate(ladder):
            if progress is not None:
                progress(number, len(ladder), rung.name)
            results.append(_climbed(settings, rung, _top(results)))
            if not results[-1].alive:
                break
    except AgentCrashedError as error:
        crash = str(error)
    except TimeoutError as error:
        notes.append(str(error))
    left = tuple(ladder[len(results) :])
    return Climb(name, agent, tuple(results), left, verdict(results, left), tuple(notes), crash)


def _tools(
    make: Make,
    *,
    phi: Callable[[Any], Any] | None,
    features: Callable[[Any], Any] | None,
    gamma: float,
    minutes: float,
    notes: list[str],
) -> Tools:
    """Find out which aids there are."""
    env = make()
    spec = env.spec
    until = time.perf_counter() + SEARCH_SHARE * 60.0 * minutes
    known = success(env, lambda: time.perf_counter() < until)
    if known is not None and not repeats(env, known):
        access = access_to(env)
        until += SEARCH_SHARE * 60.0 * minutes
        if access is None:
            notes.append(
                "no starts near the goal: replaying an episode with its seed gives another return, and the "
                "state of the environment cannot be set"
            )
            known = None
        else:
            known = success(
                env, lambda: time.perf_counter() < until, lambda seen: access.read_in(env.unwrapped, seen)
            )
    if known is not None:
        until += SEARCH_SHARE * 60.0 * minutes
        known = placed(env, known, lambda: time.perf_counter() < until)
    hold = best_hold(env, until + SEARCH_SHARE * 30.0 * minutes)
    if len(env.observation_space.shape or ()) >= 2 and features is None:
        notes.append("no rung with features in place of pixels: give them as --features module:function")
    limit = None if spec is None else spec.max_episode_steps
    limit = limit or own_limit(env, time.perf_counter() + SEARCH_SHARE * 30.0 * minutes)
    env.close()
    return Tools(gamma, phi, known, limit, hold, features)


def _top(results: list[RungResult]) -> float:
    """The best return of earlier rungs: where random play always reaches it, so may the agent."""
    return max((value for one in results for value in (*one.random, *one.returns)), default=float("inf"))


def _climbed(settings: _Settings, rung: Rung, top: float) -> RungResult:
    """Train all seeds on one rung; raises ``TimeoutError`` if time is up."""
    began = time.perf_counter()
    env = built(settings.make, rung, settings.tools)
    random = random_returns(env, settings.deadline, RANDOM_EPISODES)
    if len(random) < FEWEST_RANDOM:
        took = time.perf_counter() - began
        raise TimeoutError(
            f"only {len(random)} random episodes ended in {took:.2g} s: give more --minutes, or a time limit"
        )
    returns, steps = [], 0
    for seed in range(settings.seeds):
        if time.perf_counter() > settings.deadline:
            raise TimeoutError(f"time was up {rung.name}; give more --minutes or fewer --steps")
        mean, taken = _seed(settings, rung, env, seed)
        returns.append(mean)
        steps += taken
    signs = sum(alive(mean, random) or min(mean, *random) >= top for mean in returns)
    lives = signs >= max(1, -(-2 * settings.seeds // 3))
    return RungResult(rung, tuple(random), tuple(returns), lives, steps, time.perf_counter() - began)


def _seed(settings: _Settings, rung: Rung, judged: gym.Env[Any, Any], seed: int) -> tuple[float, int]:
    env = Counted(built(settings.make, rung, settings.tools))
    agent: Any = None
    try:
        env.reset(seed=seed)
        agent = settings.make_agent(env, Setting(gamma=settings.tools.gamma, seed=seed))
        _learn(agent, env, settings)
        if getattr(agent, "readable", True):
            return _judged(agent, judged, settings.deadline + 10.0), env.steps
        return _last_episodes(env, settings), env.steps
    except (PotentialError, AgentCrashedError, TimeoutError):
        raise
    except Exception as error:
        raise AgentCrashedError(told(error)) from error
    finally:
        close(agent)
        env.close()


def _learn(agent: Any, env: Counted, settings: _Settings) -> None:
    """Let the agent take its steps, in chunks."""
    learning = Learning(agent, lambda: env.steps)
    while env.steps < settings.steps and time.perf_counter() < settings.deadline and not learning.finished:
        if hasattr(agent, "until"):
            agent.until = settings.deadline
        learning.go(min(CHUNK_STEPS, settings.steps - env.steps))


def _last_episodes(env: Counted, settings: _Settings) -> float:
    """The mean return of the last episodes of training, where no policy can be asked."""
    note = "no policy could be read (--act names it): judged by its last episodes of training"
    if note not in settings.notes:
        settings.notes.append(note)
    last = [total for _, total in env.curve[-JUDGED_EPISODES:]]
    if not last:
        raise TimeoutError("no episode of training ended: give more --steps")
    return float(np.mean(last))


def _judged(agent: Any, env: gym.Env[Any, Any], until: float) -> float:
    """The mean return of some greedy episodes, without shaping."""
    found: list[float] = []
    while len(found) < JUDGED_EPISODES and (time.perf_counter() < until or not found):
        observation, _ = env.reset(seed=90_000 + len(found))
        total, over = 0.0, False
        while not over:
            action = agent.act(batch_of_one(observation))[0]
            observation, reward, terminated, truncated, info = env.step(action)
            total, over = total + unshaped(reward, info), bool(terminated or truncated)
        found.append(total)
    return float(np.mean(found))
