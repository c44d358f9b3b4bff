"""One trial: an agent on one probe in one setting."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from gymnasium.spaces import Box

from probe_envs import MDP, Probe, Solution, probe, solve
from probe_envs.dynamics import Dynamics
from probe_envs.mdp import is_one_step
from rlprobe.agent import Setting
from rlprobe.diagnosis.probe_settings import settings_of
from rlprobe.diagnosis.wording import offered
from rlprobe.faults.behind_wrapper import behind_wrapper, unit
from rlprobe.faults.prediction import converged_values
from rlprobe.faults.stored import transitions_of
from rlprobe.faults.transitions import Observed, Transitions, observed_in

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from rlprobe.faults.transitions import Learner

    Process: TypeAlias = Callable[[MDP], MDP]


Options = tuple[tuple[str, Any], ...]


@dataclass(frozen=True, eq=False)
class Choices:
    """Which actions are best and worst at each queried observation.

    Args:
        best, worst: ``(n, A)``, true at the best and at the worst actions.
        on_path: ``(n,)``, whether an optimal policy ever visits the observation.
    """

    best: NDArray[np.bool_]
    worst: NDArray[np.bool_]
    on_path: NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Trial:
    """A probe with its options and the setting in which an agent learns it.

    Args:
        name: name of the probe.
        options: options of the probe.
        setting: the setting; each run replaces its seed.
        most_steps: environment steps after which a run ends.
        seeds: number of seeds; None for that of the diagnosis.
        judged: whether failing is a fault; otherwise the trial only measures how far the agent gets.
    """

    name: str
    options: Mapping[str, Any] = field(default_factory=dict)
    setting: Setting = field(default_factory=Setting)
    most_steps: int = 8_000
    seeds: int | None = None
    judged: bool = True

    def __getstate__(self) -> dict[str, Any]:
        return {f.name: getattr(self, f.name) for f in fields(self)}  # without cached properties

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)

    @property
    def probe(self) -> Probe:
        """The probe."""
        return probe(self.name)

    @cached_property
    def mdp(self) -> MDP:
        """The MDP whose exact solution is expected: with the options, behind the wrapper the probe needs."""
        return _judged(self.name, self._sorted)

    @property
    def unit(self) -> float:
        """The unit of the values: learned values are divided by it before they are compared."""
        return unit(self.name, self.options)

    @property
    def observed(self) -> Observed:
        """The different observations."""
        return _observed(self.name, self._sorted)

    def transitions(self, *, reset_transitions: bool, process: Process | None = None) -> Transitions:
        """The transitions that a correct learner stores; with ``process`` in place of the right wrapper."""
        return _transitions(self.name, self._sorted, reset_transitions, process)

    def exact(self, learner: Learner) -> NDArray[np.float64]:
        """``(n,)``: the values of the queried observations that a correct learner converges to."""
        values = converged_values(self.transitions(reset_transitions=False), learner)
        return values.mean[self.observed.queried]

    def numbers(self, process: Process | None) -> NDArray[np.int64]:
        """``(n,)``: the index of each queried observation among those of ``transitions``."""
        if process is None:
            return self.observed.queried
        observed = observed_in(Dynamics(process(self.probe.mdp(**self.options))))
        number = {np.asarray(view).tobytes(): i for i, view in enumerate(observed.observations)}
        return np.array([number[view.tobytes()] for view in self.queried])

    @property
    def queried(self) -> NDArray[Any]:
        """The queried observations, ``(n, ...)``."""
        return np.asarray(self.observed.observations[self.observed.queried])

    @property
    def ends(self) -> NDArray[Any]:
        """The observations that only end an episode, ``(V - n, ...)``."""
        observed = self.observed
        return np.asarray(np.delete(observed.observations, observed.queried, axis=0))

    @property
    def states(self) -> tuple[str, ...]:
        """The states behind each queried observation; states that look the same are joined by ``|``.

        >>> Trial(name="EpisodeLeak").states
        ('left', 'pay|take', 'right')
        """
        return _states(self.name, self._sorted)

    @property
    def label(self) -> str:
        """A short name for reports: the probe, its size, and its vector setting."""
        if self.name == "CashOut":
            return offered(self.options)
        shown = {k: v for k, v in self.options.items() if k not in {"continuous", "reward_scale", "own_end"}}
        options = "".join(f" {key}" if value is True else f" {key}={value}" for key, value in shown.items())
        setting = self.setting
        several = f" [{setting.num_envs} x {setting.autoreset_mode}]" if setting.num_envs > 1 else ""
        return f"{self.name}{options}{several}"

    @property
    def must_arrive_in_time(self) -> bool:
        """Whether values that have not converged in time are a failure: the reward scale is tested."""
        return self.unit != 1.0

    @property
    def is_basic(self) -> bool:
        """Whether it tests a basic ability, in a single environment."""
        return bool(settings_of(self.name).basic) and self.setting.num_envs == 1

    @property
    def longer(self) -> Trial | None:
        """With one more step before each episode, if all have one step; None if they are longer already."""
        if not is_one_step(self.mdp) or self.mdp.pays is not None:
            return None
        return replace(self, options={**self.options, "longer": True})

    @property
    def first_action(self) -> int:
        """The number of the first discrete action; 0 unless the space says otherwise."""
        return int(getattr(self.mdp.action_space, "start", 0) or 0)

    def with_seed(self, seed: int) -> Setting:
        """The setting of one run."""
        return replace(self.setting, seed=seed)

    def entropy(self, temperature: float) -> float:
        """What the entropy of a policy that has no reason to prefer an action is worth in each step.

        ``temperature * log A`` for ``A`` discrete actions; for continuous ones the log of the volume of the
        action space. Source: the soft Bellman equation of Haarnoja et al. (2017).
        """
        space = self.mdp.action_space
        if isinstance(space, Box):
            return temperature * float(np.log(np.asarray(space.high, float) - space.low).sum())
        return temperature * float(np.log(len(self.mdp.actions)))

    def choices(self, gamma: float) -> Choices:
        """Which actions are best and worst at the queried observations."""
        return _choices(self.name, self._sorted, gamma)

    @property
    def _sorted(self) -> Options:
        return tuple(sorted(self.options.items()))


def tolerance(exact: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far a learned value may be from the exact one: 5 %, or 0.05 for values below 1.

    >>> tolerance(np.array([0.1, 10.0]))
    array([0.05, 0.5 ])
    """
    return np.asarray(0.05 * np.maximum(1.0, abs(exact)))


@cache
def _judged(name: str, options: Options) -> MDP:
    return behind_wrapper(name, probe(name).mdp(**dict(options)), dict(options))


@cache
def _observed(name: str, options: Options) -> Observed:
    return observed_in(Dynamics(_judged(name, options)))


@cache
def _states(name: str, options: Options) -> tuple[str, ...]:
    observed, states = _observed(name, options), Dynamics(_judged(name, options)).table.states
    of_state = observed.of_situation[:: _judged(name, options).time_limit or 1]
    return tuple(
        "|".join(str(state) for state, seen in zip(states, of_state, strict=False) if seen == view)
        for view in observed.queried
    )


@cache
def _transitions(
    name: str, options: Options, reset_transitions: bool, process: Process | None
) -> Transitions:
    mdp = _judged(name, options) if process is None else process(probe(name).mdp(**dict(options)))
    return transitions_of(mdp, reset_transitions=reset_transitions)


@cache
def _choices(name: str, options: Options, gamma: float) -> Choices:
    mdp, observed = _judged(name, options), _observed(name, options)
    solution = solve(mdp, gamma)
    clock = mdp.time_limit or 1
    of_state = observed.of_situation[: len(solution.V) * clock : clock]
    best, worst = (
        np.array([chosen[of_state == view].all(axis=0) for view in observed.queried])
        for chosen in (solution.optimal, solution.Q.min(axis=1, keepdims=True) + 1e-9 >= solution.Q)
    )
    return Choices(best, worst, np.isin(observed.queried, of_state[_met(solution)]))


def _met(solution: Solution) -> NDArray[np.bool_]:
    """``(S,)``: which states an optimal policy can visit."""
    table, chosen = solution.table, solution.optimal
    met = np.append(table.start > 0, [False])
    while True:
        taken = met[table.source] & chosen[table.source, table.action]
        more = met.copy()
        more[table.target[taken]] = True
        if (more == met).all():
            return np.asarray(met[:-1])
        met = more
