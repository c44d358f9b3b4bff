"""Standardise the observations of a vector environment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from gymnasium.vector import VectorWrapper
from gymnasium.vector.utils import batch_space
from numpy import ndarray

from rlprobe.environments.autoreset import final_rows, reset_mask
from rlprobe.stats.nonfinite import FoundNonFiniteError
from rlprobe.wrappers.face import ArgumentsInSpec, closed, refuse_twice, require_vector_env
from rlprobe.wrappers.observations import StandardisedObservations, Where

if TYPE_CHECKING:
    import numpy.typing as npt
    from gymnasium import Space

    from rlprobe.stats.layout import Leaf


class NormalizeAll(StandardisedObservations, ArgumentsInSpec, VectorWrapper[Any, Any, Any, Any, Any]):
    """Standardise every numeric component of the observations with the data of all environments so far.

    The same as ``rlprobe.NormalizeAll`` with one set of statistics for all environments, in every autoreset
    mode: each reset and each real step counts once; under ``SAME_STEP`` the terminal observations in
    ``info["final_obs"]`` count too and are standardised with the same statistics; of a partial reset
    (``options={"reset_mask": mask}``) only the rows that were reset count. The arguments are those of
    ``rlprobe.NormalizeAll``; errors about a value name the environment's index.

    Raises:
        TypeError: ``env`` is a single environment or none at all.
        ValueError, rlprobe.stats.LayoutError, rlprobe.stats.NonFiniteError: as ``rlprobe.NormalizeAll``.

    >>> import gymnasium as gym
    >>> envs = NormalizeAll(gym.make_vec("CartPole-v1", num_envs=8, vectorization_mode="sync"))
    >>> observations, _ = envs.reset(seed=0)
    >>> int(envs.stats.count), abs(observations.mean(0)).max() < 1e-6
    (8, np.True_)
    """

    def _wrap(self, env: Any) -> Space[Any]:
        require_vector_env(self, env)
        refuse_twice(self, env, "NormalizeObservation")
        VectorWrapper.__init__(self, env)
        space: Space[Any] = env.single_observation_space
        return space

    def _declare(self, space: Space[Any]) -> None:
        self._n = self.env.num_envs
        self.single_observation_space = self._output_space(space)
        self.observation_space = batch_space(self.single_observation_space, self._n)
        self._declared = [((self._n, *leaf.shape), np.dtype(leaf.dtype)) for leaf in self._layout.leaves]
        flat = self._plain and not self._layout.leaves[0].pooled and len(self._declared[0][0]) == 2
        self._flat: Any = self._declared[0] if flat else (None, None)
        self._finished = False

    def step(self, actions: Any) -> tuple[Any, Any, Any, Any, dict[str, Any]]:
        """Step, and standardise the observations after counting them."""
        if self._finished:
            raise closed(self)
        observations, rewards, terminations, truncations, infos = self.env.step(actions)
        self.steps += 1
        if self.keep_raw:
            self._keep(infos, observations)
        if "final_obs" in infos and (finals := final_rows(infos)).size:
            return self._with_finals(observations, infos, finals), rewards, terminations, truncations, infos
        return self._standardise(observations), rewards, terminations, truncations, infos

    def reset(self, *, seed: Any = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Reset all environments or those of ``options["reset_mask"]``, and count what was reset."""
        if self._finished:
            raise closed(self)
        mask = reset_mask(options, self._n)
        observations, infos = self.env.reset(seed=seed, options=options)
        if self.keep_raw:
            self._keep(infos, observations)
        if mask is None or mask.all():
            return self._standardise(observations), infos
        arrays = self._arrays(observations)
        if self.updating:
            self._count([array[mask] for array in arrays], self._where(np.flatnonzero(mask)))
        return self._rebuild(observations, self._run_all_frozen(arrays)), infos

    def close(self, **kwargs: Any) -> None:
        """Close the environments."""
        self._finished = True
        self.env.close(**kwargs)

    def _standardise(self, observations: Any) -> Any:
        shape, dtype = self._flat
        if (
            self.updating
            and type(observations) is ndarray
            and observations.shape == shape
            and observations.dtype == dtype
        ):
            try:
                return self._kernels[0].many(observations)
            except FoundNonFiniteError as found:
                raise self._refused(self._layout.leaves[0], found, self._where()) from None
        arrays = self._arrays(observations)
        done = self._count(arrays, self._where()) if self.updating else self._run_all_frozen(arrays)
        return self._rebuild(observations, done)

    def _with_finals(self, observations: Any, infos: dict[str, Any], finals: npt.NDArray[np.intp]) -> Any:
        """Count and standardise the observations with the terminal ones, which go back into ``infos``."""
        given = infos["final_obs"]
        singles = [_row(given, i) for i in finals]
        flat = [self._layout.flatten(single) for single in singles]
        arrays = self._arrays(observations)
        joined = [np.concatenate([array, np.stack([f[k] for f in flat])]) for k, array in enumerate(arrays)]
        rows = np.concatenate([np.arange(self._n), finals])
        done = self._count(joined, self._where(rows)) if self.updating else self._run_all_frozen(joined, rows)
        terminal = np.full(self._n, None, dtype=object)
        for position, (i, single) in enumerate(zip(finals, singles, strict=True)):
            terminal[i] = self._rebuild(single, [z[self._n + position] for z in done])
        batched = not (isinstance(given, np.ndarray) and given.dtype == object)
        infos["final_obs"] = _like(given, terminal) if batched else terminal
        return self._rebuild(observations, [z[: self._n] for z in done])

    def _rebuild(self, observations: Any, standardised: list[npt.NDArray[Any]]) -> Any:
        if self._plain:
            return standardised[0]
        return self._scale_fixed(self._layout.replace(observations, standardised), np.float32(255))

    def _arrays(self, observations: Any) -> list[npt.NDArray[Any]]:
        """The array of each leaf, if it is as the space declares it."""
        if self._plain:
            shape, dtype = self._declared[0]
            if (
                type(observations) is np.ndarray
                and observations.shape == shape
                and observations.dtype == dtype
            ):
                return [observations]
            raise _not_declared(self._layout.leaves[0], observations, shape)
        arrays = self._layout.flatten(observations)
        for leaf, array, (shape, dtype) in zip(self._layout.leaves, arrays, self._declared, strict=True):
            if type(array) is not np.ndarray or array.shape != shape or array.dtype != dtype:
                raise _not_declared(leaf, array, shape)
        return arrays

    def _run_all_frozen(
        self, arrays: list[npt.NDArray[Any]], rows: npt.NDArray[np.intp] | None = None
    ) -> list[npt.NDArray[Any]]:
        if not self._warned and not self.updating:
            self._warn_unset()
        done = []
        for leaf, kernel, batch in zip(self._layout.leaves, self._kernels, arrays, strict=True):
            try:
                done.append(self._run_frozen(leaf, kernel, batch))
            except FoundNonFiniteError as found:
                raise self._refused(leaf, found, self._where(rows)) from None
        return done

    def _where(self, rows: npt.NDArray[np.intp] | None = None) -> Where:
        return Where(self.steps, rows)

    def _keep(self, infos: dict[str, Any], observations: Any) -> None:
        ours = infos.setdefault("rlprobe", {})
        ours["raw_observation"] = observations
        ours["_raw_observation"] = np.ones(self._n, dtype=np.bool_)


def _row(batch: Any, index: int) -> Any:
    """Environment ``index`` of ``batch``: an object array, a batched array or a nest of batched arrays."""
    if isinstance(batch, dict):
        return {key: _row(item, index) for key, item in batch.items()}
    if isinstance(batch, tuple):
        return tuple(_row(item, index) for item in batch)
    return batch[index]


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


def _not_declared(leaf: Leaf, array: Any, shape: tuple[int, ...]) -> ValueError:
    is_array = isinstance(array, np.ndarray)
    got = f"shape {array.shape} and dtype {array.dtype}" if is_array else repr(type(array))
    return ValueError(
        f"vector.NormalizeAll: the space declares {leaf.label!r} as a batch of shape {shape} and dtype "
        f"{leaf.dtype}, but the environment returned {got}: correct the environment or its observation_space"
    )
