"""A probe as a native ``gymnasium.vector.VectorEnv``: all environments advance in a few array look-ups."""

from __future__ import annotations

from bisect import bisect_right
from copy import deepcopy
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from gymnasium.utils import seeding
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

from probe_envs.actions import check_actions
from probe_envs.dynamics import Dynamics
from probe_envs.env import ProbeEnv
from probe_envs.lookup import StepTable, ViewTable
from probe_envs.streams import Streams

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from probe_envs.mdp import MDP

Step = tuple[Any, "NDArray[np.float64]", "NDArray[np.bool_]", "NDArray[np.bool_]", dict[str, Any]]


class ProbeVectorEnv(VectorEnv[Any, Any, Any]):
    """Many environments of one MDP; environment ``i`` repeats a ``ProbeEnv`` with its seed exactly.

    Args:
        mdp: the process.
        num_envs: how many environments run side by side.
        autoreset_mode: ``"NextStep"`` (default), ``"SameStep"`` or ``"Disabled"``; with ``Disabled``
            ended environments are reset by ``reset(options={"reset_mask": ended})``.
        copy: whether each step returns arrays of its own; with False they are reused by the next step.
        render_mode: ``"rgb_array"`` or ``"ansi"``.

    Raises:
        ValueError: an action is outside the space; with ``Disabled``, an ended environment is stepped.
    """

    metadata: ClassVar[dict[str, Any]] = dict(ProbeEnv.metadata)  # type: ignore[misc]

    def __init__(
        self,
        mdp: MDP,
        *,
        num_envs: int = 1,
        autoreset_mode: str | AutoresetMode = AutoresetMode.NEXT_STEP,
        copy: bool = True,
        render_mode: str | None = None,
    ) -> None:
        if num_envs < 1:
            raise ValueError(f"num_envs: expected at least 1 environment, got {num_envs}")
        if render_mode not in {None, *self.metadata["render_modes"]}:
            raise ValueError(f"render_mode: expected 'rgb_array', 'ansi' or None, got {render_mode!r}")
        self.dynamics = Dynamics(mdp)
        self.num_envs, self.copy, self.render_mode = num_envs, copy, render_mode
        self.autoreset_mode = AutoresetMode(autoreset_mode)
        self.metadata = {**self.metadata, "autoreset_mode": self.autoreset_mode}
        self.single_action_space = self.dynamics.action_space
        self.single_observation_space = self.dynamics.observation_space
        self.action_space = batch_space(self.single_action_space, num_envs)
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self._views = ViewTable(self.single_observation_space, self.dynamics.views, num_envs, copy=copy)
        self._table = StepTable(self.dynamics, num_envs, copy=copy)
        self._start_codes = self.dynamics.starts.code[0]
        self._start_thresholds = self.dynamics.starts.threshold[0]
        self._streams: Streams | None = None
        self._seeds: tuple[int, ...] = ()
        self._codes = np.full(num_envs, self.dynamics.truncated_from)

    @property
    def np_random(self) -> tuple[np.random.Generator, ...]:  # type: ignore[override]
        """The generator of each environment."""
        return tuple(self._streams.generators) if self._streams else ()

    @property
    def np_random_seed(self) -> tuple[int, ...]:  # type: ignore[override]
        """The seed of each environment."""
        return self._seeds

    def reset(
        self, *, seed: int | list[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Start an episode in every environment, or in those of ``options["reset_mask"]``.

        Args:
            seed: environment ``i`` is seeded with ``seed + i``, or with ``seed[i]``; None goes on.
            options: ``{"reset_mask": (num_envs,) bool}`` resets only the marked environments.

        Raises:
            ValueError: the mask or the list of seeds has another length than ``num_envs``.
        """
        numbers = self._to_reset(options)
        self._seed(seed, numbers)
        self._codes[numbers] = self._starts(numbers)
        return self._views(self._codes), {}

    def step(self, actions: Any) -> Step:
        """Take one step in every environment; raises ``ValueError`` as the class says."""
        if self._streams is None:
            raise ValueError("step() was called before reset(); call reset() first")
        dynamics, codes = self.dynamics, self._codes
        columns = check_actions(self.single_action_space, actions, self.num_envs)
        if self.autoreset_mode is AutoresetMode.DISABLED:
            self._check_running()
        draws = self._streams.draw() if dynamics.random else None
        if columns is None:
            rewards = self._step_one_by_one(actions, draws)
        else:
            rewards = self._table(codes, columns, draws)
        terminated = codes >= dynamics.both_from
        truncated = self._truncated(codes)
        infos: dict[str, Any] = {}
        if self.autoreset_mode is AutoresetMode.SAME_STEP:
            infos = self._reset_ended(terminated | truncated)
        return self._views(codes), rewards, terminated, truncated, infos

    def render(self) -> Any:
        """The picture of each environment, as a tuple."""
        if self.render_mode is None:
            raise ValueError("render() needs a render mode: gym.make_vec(..., render_mode='rgb_array')")
        from probe_envs import picture

        draw = picture.text if self.render_mode == "ansi" else picture.image
        return tuple(draw(self.dynamics, int(code), None) for code in self._codes)

    def _to_reset(self, options: dict[str, Any] | None) -> NDArray[np.int64]:
        mask = (options or {}).get("reset_mask")
        if mask is None:
            return np.arange(self.num_envs)
        mask = np.asarray(mask)
        if mask.shape != (self.num_envs,) or mask.dtype != bool or not mask.any():
            raise ValueError(
                f"reset_mask: expected ({self.num_envs},) booleans, at least one of them true, "
                f"got shape {mask.shape} of {mask.dtype}"
            )
        return np.flatnonzero(mask)

    def _seed(self, seed: int | list[int | None] | None, numbers: NDArray[np.int64]) -> None:
        seeds = [seed + i for i in range(self.num_envs)] if isinstance(seed, int) else seed
        if seeds is None:
            seeds = [None] * self.num_envs
        if len(seeds) != self.num_envs:
            raise ValueError(f"seed: expected {self.num_envs} seeds, one per environment, got {len(seeds)}")
        fresh = self._streams is None
        wanted = range(self.num_envs) if fresh else [int(i) for i in numbers if seeds[i] is not None]
        made = [seeding.np_random(seeds[i]) for i in wanted]
        known = list(self._seeds) or [0] * self.num_envs
        for i, (_, number) in zip(wanted, made, strict=True):
            known[i] = number
        self._seeds = tuple(known)
        if self._streams is None:
            self._streams = Streams([generator for generator, _ in made], self.dynamics.word)
        elif made:
            self._streams.reseed(wanted, [generator for generator, _ in made])

    def _starts(self, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        if not self.dynamics.random:
            return np.broadcast_to(self._start_codes[0], numbers.shape)
        draws = self._streams.draw_for(numbers)  # type: ignore[union-attr]
        return self._start_codes.take(np.searchsorted(self._start_thresholds, draws, side="right"))

    def _truncated(self, codes: NDArray[np.int64]) -> NDArray[np.bool_]:
        if self.dynamics.mdp.time_limit is None:
            return np.zeros(self.num_envs, dtype=bool)
        reached = codes >= self.dynamics.truncated_from
        reached &= codes < self.dynamics.terminated_from
        return reached

    def _step_one_by_one(self, actions: Any, draws: NDArray[Any] | None) -> NDArray[np.float64]:
        rewards = np.zeros(self.num_envs)
        for i, (code, action) in enumerate(zip(self._codes.tolist(), actions, strict=True)):
            draw = 0 if draws is None else int(draws[i])
            if code >= self.dynamics.truncated_from:
                self._codes[i] = self._start_codes[bisect_right(self._start_thresholds, draw)]
            else:
                threshold, codes, earned = self.dynamics.law(code, action)
                k = bisect_right(threshold, draw)
                self._codes[i], rewards[i] = codes[k], earned[k]
        return rewards

    def _check_running(self) -> None:
        ended = np.flatnonzero(self._codes >= self.dynamics.truncated_from)
        if len(ended):
            raise ValueError(
                f"environments {ended[:10].tolist()} have ended; with autoreset disabled, reset them first: "
                "reset(options={'reset_mask': terminated | truncated})"
            )

    def _reset_ended(self, ended: NDArray[np.bool_]) -> dict[str, Any]:
        numbers = np.flatnonzero(ended)
        if not len(numbers):
            return {}
        final = self._views(self._codes)
        if not self.copy:
            final = deepcopy(final)
        self._codes[numbers] = self._starts(numbers)
        infos = {"final_obs": final, "_final_obs": ended}
        return {**infos, "final_info": {}, "_final_info": ended.copy()}
