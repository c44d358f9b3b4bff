"""Standardise the observations of a vector environment."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from gymnasium.vector import VectorWrapper
from gymnasium.vector.utils import batch_space
from numpy import logical_or

from rlprobe.environments.autoreset import final_rows, reset_mask
from rlprobe.environments.nests import batched_rows, beside, flags, holds_tensors, is_tensor, kept, one_row
from rlprobe.environments.signals import telling
from rlprobe.wrappers.face import ArgumentsInSpec, closed, refuse_twice, require_vector_env
from rlprobe.wrappers.observation_batches import BatchObservations

if TYPE_CHECKING:
    import numpy.typing as npt
    from gymnasium import Space


class NormalizeAll(BatchObservations, ArgumentsInSpec, VectorWrapper[Any, Any, Any, Any, Any]):
    """Standardise every numeric component of the observations with the statistics of all environments.

    The same as ``rlprobe.NormalizeAll``, with one set of statistics for all environments, in every autoreset
    mode. Each reset and each real step counts once. With ``SAME_STEP`` the final observations in
    ``info["final_obs"]`` count too and are standardised with the same statistics. In a partial reset
    (``options={"reset_mask": mask}``) only the environments that were reset count. The arguments are those of
    ``rlprobe.NormalizeAll``; errors about a value name the index of the environment.

    Observations that are torch tensors come back as float32 tensors. Their statistics stay on that device,
    in float64, and are copied to the host when ``stats`` is read. A step waits for one number of the device,
    whether all values are finite; with ``on_nonfinite="skip"`` it waits for none. The device needs float64
    (CUDA and CPU have it).

    Raises:
        TypeError: ``env`` is a single environment or none at all.
        ValueError, rlprobe.stats.LayoutError, rlprobe.stats.NonFiniteError: as ``rlprobe.NormalizeAll``.

    >>> import gymnasium as gym
    >>> envs = NormalizeAll(gym.make_vec("CartPole-v1", num_envs=8, vectorization_mode="sync"))
    >>> observations, _ = envs.reset(seed=0)
    >>> int(envs.stats.count), abs(observations.mean(0)).max() < 1e-6
    (8, np.True_)
    """

    called = "vector.NormalizeAll"

    def _wrap(self, env: Any) -> Space[Any]:
        require_vector_env(self, env)
        refuse_twice(self, env, "NormalizeObservation")
        VectorWrapper.__init__(self, env)
        space: Space[Any] = env.single_observation_space
        return space

    def _declare(self, space: Space[Any]) -> None:
        self._expect(self.env.num_envs)
        self.single_observation_space = self._output_space(space)
        self.observation_space = batch_space(self.single_observation_space, self._n)
        self._finished = False

    def step(self, actions: Any) -> tuple[Any, Any, Any, Any, dict[str, Any]]:
        """Step, and standardise the observations after counting them."""
        if self._finished:
            raise closed(self)
        observations, rewards, terminations, truncations, infos = self.env.step(actions)
        self.steps += 1
        if self.keep_raw:
            infos = self._keep(infos, observations)
        if "final_obs" not in infos:
            return self._standardise(observations), rewards, terminations, truncations, infos
        infos = dict(infos)
        if holds_tensors(observations):
            over = beside(logical_or(flags(terminations), flags(truncations)), _first(observations))
            done = self._with_final_tensors(observations, infos, over)
        else:
            finals = final_rows(infos, terminations, truncations)
            done = (
                self._with_finals(observations, infos, finals)
                if finals.size
                else self._standardise(observations)
            )
        return done, rewards, terminations, truncations, infos

    def reset(self, *, seed: Any = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Reset all environments or those of ``options["reset_mask"]``, and count what was reset."""
        if self._finished:
            raise closed(self)
        mask = reset_mask(options, self._n)
        observations, infos = self.env.reset(seed=seed, options=options)
        if self.keep_raw:
            infos = self._keep(infos, observations)
        if mask is None or mask.all():
            return self._standardise(observations), infos
        if holds_tensors(observations):
            chosen = beside(mask, _first(observations))
            return self._standardise_tensors(observations, chosen)[0], infos
        arrays = self._arrays(observations)
        if self.updating:
            self._count([array[mask] for array in arrays], partial(self._where, np.flatnonzero(mask)))
        return self._rebuild(observations, self._run_all_frozen(arrays)), infos

    def close(self, **kwargs: Any) -> None:
        """Close the environments."""
        self._finished = True
        self.env.close(**kwargs)

    def _with_finals(self, observations: Any, infos: dict[str, Any], finals: npt.NDArray[np.intp]) -> Any:
        """Count and standardise the observations with the terminal ones, which go back into ``infos``."""
        given = infos["final_obs"]
        done, singles = self._standardise_with(observations, [one_row(given, i) for i in finals], finals)
        terminal = np.full(self._n, None, dtype=object)
        for i, single in zip(finals, singles, strict=True):
            terminal[i] = single
        batched = not (isinstance(given, np.ndarray) and given.dtype == object)
        infos["final_obs"] = _like(given, terminal) if batched else terminal
        return done

    def _with_final_tensors(self, observations: Any, infos: dict[str, Any], over: Any) -> Any:
        """As ``_with_finals``, on the device of the observations."""
        given = infos["final_obs"]
        rows = isinstance(given, np.ndarray)  # of objects, one tensor (or nest) or None for each environment
        told = infos.get("_final_obs")
        if told is None:
            told = np.array([item is not None for item in given]) if rows else over
        ended = over & beside(np.asarray(told) if not is_tensor(told) else told, over)
        finals = batched_rows(observations, given) if rows else given
        done, terminal = self._standardise_tensors(observations, None, finals, ended)
        if rows:
            infos["final_obs"] = np.full(self._n, None, dtype=object)
            for i in np.flatnonzero(flags(ended)):
                infos["final_obs"][i] = one_row(terminal, int(i))
        else:
            infos["final_obs"] = terminal
        return done

    def _keep(self, infos: dict[str, Any], observations: Any) -> dict[str, Any]:
        own = np.ones(self._n, dtype=np.bool_)
        return telling(infos, raw_observation=kept(observations), _raw_observation=own)


def _first(observations: Any) -> Any:
    """Some tensor of a nest."""
    while isinstance(observations, (dict, tuple)):
        observations = next(iter(observations.values() if isinstance(observations, dict) else observations))
    return observations


def _like(given: Any, terminal: npt.NDArray[Any]) -> Any:
    """``terminal``, one nest per environment or None, batched as ``given``; rows without one are 0."""
    if isinstance(given, dict):
        return {k: _like(v, _each(terminal, lambda t, k=k: t[k])) for k, v in given.items()}
    if isinstance(given, tuple):
        return tuple(_like(v, _each(terminal, lambda t, k=k: t[k])) for k, v in enumerate(given))
    first = np.asarray(next(item for item in terminal if item is not None))
    out = np.zeros((len(terminal), *first.shape), dtype=first.dtype)
    for i, item in enumerate(terminal):
        if item is not None:
            out[i] = item
    return out


def _each(terminal: npt.NDArray[Any], pick: Any) -> npt.NDArray[Any]:
    out = np.full(len(terminal), None, dtype=object)
    for i, item in enumerate(terminal):
        out[i] = None if item is None else pick(item)
    return out
