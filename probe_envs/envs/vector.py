"""A probe as a native ``gymnasium.vector.VectorEnv``: all environments advance in a few array look-ups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from gymnasium.utils import seeding
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

from probe_envs.drawing.modes import Diary, artist, check_render_mode
from probe_envs.dynamics import Dynamics
from probe_envs.envs.lookup import StartTable, StepTable, ViewTable
from probe_envs.envs.scalar import ProbeEnv
from probe_envs.envs.streams import Streams

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from probe_envs.drawing.modes import Artist
    from probe_envs.mdp import MDP

Step = tuple[Any, "NDArray[np.float64]", "NDArray[np.bool_]", "NDArray[np.bool_]", dict[str, Any]]
Seed = int | list[int | None] | None


class ProbeVectorEnv(VectorEnv[Any, Any, Any]):
    """Many environments of one MDP; environment ``i`` repeats a ``ProbeEnv`` with its seed exactly.

    Args:
        mdp: the process.
        num_envs: how many environments run side by side.
        autoreset_mode: ``"NextStep"`` (default), ``"SameStep"`` or ``"Disabled"``; with ``Disabled``
            ended environments are reset by ``reset(options={"reset_mask": ended})``.
        copy: whether each step returns arrays of its own; with False observations and rewards are
            reused by the next step.
        render_mode: ``"rgb_array"`` or ``"ansi"``; ``render()`` returns a tuple of one per environment.

    Raises:
        ValueError: an argument is outside what is listed; an action is outside the space; with
            ``Disabled``, an ended environment is stepped.
    """

    metadata: dict[str, Any] = dict(ProbeEnv.metadata)  # noqa: RUF012 - Gymnasium sets it per environment

    def __init__(
        self,
        mdp: MDP,
        *,
        num_envs: int = 1,
        autoreset_mode: str | AutoresetMode = AutoresetMode.NEXT_STEP,
        copy: bool = True,
        render_mode: str | None = None,
    ) -> None:
        self.num_envs, self.copy = _count(num_envs), copy
        self.render_mode = check_render_mode(render_mode)
        self.autoreset_mode = _mode(autoreset_mode)
        self.metadata = {**self.metadata, "autoreset_mode": self.autoreset_mode}
        self.dynamics = Dynamics(mdp)
        self.single_action_space = self.dynamics.action_space
        self.single_observation_space = self.dynamics.observation_space
        self.action_space = batch_space(self.single_action_space, num_envs)
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self._views = ViewTable(self.single_observation_space, self.dynamics.views, num_envs, copy=copy)
        self._table = StepTable(self.dynamics, num_envs, copy=copy)
        self._starts = StartTable(self.dynamics)
        self._limited = mdp.time_limit is not None
        self._truncated_from = np.array(self.dynamics.truncated_from)  # arrays compare faster than numbers
        self._both_from = np.array(self.dynamics.both_from)
        self._any_column = np.zeros(num_envs, dtype=np.int64)
        self._terminated_from = np.array(self.dynamics.terminated_from)
        self._streams: Streams | None = None
        self._seeds: tuple[int, ...] = ()
        self._codes = np.zeros(num_envs, dtype=np.int64)
        self._diary = Diary(num_envs) if render_mode else None
        self._artist: Artist | None = None

    @property
    def mdp(self) -> MDP:
        """The declaration these environments were made from."""
        return self.dynamics.mdp

    @property  # type: ignore[misc]
    def np_random(self) -> tuple[np.random.Generator, ...]:  # type: ignore[override]
        """The generator of each environment."""
        return tuple(self._streams.generators) if self._streams else ()

    @property
    def np_random_seed(self) -> tuple[int, ...]:  # type: ignore[override]
        """The seed of each environment."""
        return self._seeds

    def reset(
        self, *, seed: Seed = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Start an episode in every environment, or in those of ``options["reset_mask"]``.

        Args:
            seed: environment ``i`` is seeded with ``seed + i``, or with ``seed[i]``; None goes on.
            options: ``{"reset_mask": (num_envs,) bool}`` resets only the marked environments.

        Raises:
            ValueError: the mask or the list of seeds has another length than ``num_envs``, or the
                first reset has a mask.
        """
        if self.closed:
            raise ValueError("reset() was called after close(); make a new environment")
        numbers = self._to_reset(options)
        self._seed(seed, numbers)
        self._start(numbers)
        if self._diary:
            self._diary.reset(numbers)
        return self._views(self._codes), {}

    def step(self, actions: Any) -> Step:
        """Take one step in every environment; raises ``ValueError`` as the class says."""
        if self._streams is None or self.closed:
            raise ValueError("step() was called before reset() or after close(); call reset() first")
        dynamics, codes = self.dynamics, self._codes
        columns = dynamics.chosen.columns(actions, self.num_envs)
        if self.autoreset_mode is AutoresetMode.DISABLED:
            self._check_running()
        restarted = codes >= dynamics.truncated_from if self._diary else None
        draws = self._streams.draw() if dynamics.random else None
        if columns is not None:
            rewards = self._table(codes, columns, draws)
        elif dynamics.mdp.pays:
            running = np.less(codes, self._truncated_from)
            self._table(codes, self._any_column, draws)
            rewards = dynamics.mdp.pays(np.asarray(actions, dtype=np.float64)) * running
        else:
            rewards = self._step_one_by_one(actions, draws)
        terminated = np.greater_equal(codes, self._both_from)
        truncated = self._truncated(codes)
        infos: dict[str, Any] = {}
        if self._diary and restarted is not None:
            self._diary.step(restarted, actions, rewards)
        if self.autoreset_mode is AutoresetMode.SAME_STEP:
            infos = self._reset_ended(terminated | truncated)
        return self._views(codes), rewards, terminated, truncated, infos

    def render(self) -> tuple[Any, ...]:
        """The picture or text of each environment, as a tuple."""
        if self._artist is None:
            self._artist = artist(self.dynamics, self.render_mode)
        if self._streams is None or self._diary is None:
            raise ValueError("render() was called before reset(); call reset() first")
        moments = self._diary.moments()
        return tuple(self._artist(*at) for at in zip(self._codes.tolist(), moments, strict=True))

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_artist": None}

    def _to_reset(self, options: dict[str, Any] | None) -> NDArray[np.int64]:
        mask = (options or {}).get("reset_mask")
        if mask is None:
            return np.arange(self.num_envs)
        mask = np.asarray(mask)
        if mask.shape != (self.num_envs,) or mask.dtype != bool or not mask.any():
            raise ValueError(
                f"reset_mask: expected ({self.num_envs},) booleans, at least one of them true, "
                f"got shape {mask.shape} of {mask.dtype}; pass terminated | truncated"
            )
        if self._streams is None and not mask.all():
            raise ValueError("reset_mask: the first reset must start every environment; call reset() first")
        return np.flatnonzero(mask)

    def _seed(self, seed: Seed, numbers: NDArray[np.int64]) -> None:
        seeds = _seeds(seed, self.num_envs)
        wanted = [int(i) for i in numbers if self._streams is None or seeds[i] is not None]
        made = [seeding.np_random(seeds[i]) for i in wanted]
        known = list(self._seeds) or [0] * self.num_envs
        for i, (_, number) in zip(wanted, made, strict=True):
            known[i] = number
        self._seeds = tuple(known)
        if self._streams is None:
            self._streams = Streams([generator for generator, _ in made], self.dynamics.bits)
        elif made:
            self._streams.reseed(wanted, [generator for generator, _ in made])
            self._codes[wanted] = 0  # a seed begins anew, whatever the last episode ended in

    def _start(self, numbers: NDArray[np.int64]) -> None:
        assert self._streams is not None
        draws = self._streams.draw_for(numbers) if self.dynamics.random else None
        self._codes[numbers] = self._starts(self._codes[numbers], draws)

    def _truncated(self, codes: NDArray[np.int64]) -> NDArray[np.bool_]:
        if not self._limited:
            return np.zeros(self.num_envs, dtype=bool)
        reached: NDArray[np.bool_] = np.greater_equal(codes, self._truncated_from)
        reached &= np.less(codes, self._terminated_from)
        return reached

    def _step_one_by_one(self, actions: Any, draws: NDArray[np.int64] | None) -> NDArray[np.float64]:
        rewards = np.zeros(self.num_envs)
        for i, (code, action) in enumerate(zip(self._codes.tolist(), actions, strict=True)):
            draw = 0 if draws is None else int(draws[i])
            if code >= self.dynamics.truncated_from:
                self._codes[i] = self._starts(self._codes[i : i + 1], np.array([draw]))[0]
            else:
                self._codes[i], rewards[i] = self.dynamics.outcome(code, action, draw)
        return rewards

    def _check_running(self) -> None:
        ended = np.flatnonzero(self._codes >= self.dynamics.truncated_from)
        if len(ended):
            raise ValueError(
                f"environments {ended[:10].tolist()} have ended; with autoreset disabled, reset them first: "
                "reset(options={'reset_mask': terminated | truncated})"
            )

    def _reset_ended(self, ended: NDArray[np.bool_]) -> dict[str, Any]:
        """Reset the ended environments; their last observations one by one, as Gymnasium gives them."""
        numbers = np.flatnonzero(ended)
        if not len(numbers):
            return {}
        final = np.full(self.num_envs, None, dtype=object)
        final[numbers] = self._views.each(self._codes[numbers])
        self._start(numbers)
        if self._diary:
            self._diary.reset(numbers)
        return {"final_obs": final, "_final_obs": ended, "final_info": {}, "_final_info": ended.copy()}


def _count(num_envs: Any) -> int:
    if isinstance(num_envs, (int, np.integer)) and not isinstance(num_envs, bool) and num_envs >= 1:
        return int(num_envs)
    raise ValueError(f"num_envs: expected a whole number of at least 1 environment, got {num_envs!r}")


def _mode(autoreset_mode: Any) -> AutoresetMode:
    try:
        return AutoresetMode(autoreset_mode)
    except ValueError:
        known = ", ".join(repr(mode.value) for mode in AutoresetMode)
        raise ValueError(f"autoreset_mode: expected one of {known}, got {autoreset_mode!r}") from None


def _seeds(seed: Seed | Sequence[int | None], count: int) -> list[int | None]:
    if seed is None:
        return [None] * count
    if isinstance(seed, (int, np.integer)):
        return [int(seed) + i for i in range(count)]
    if isinstance(seed, (list, tuple, np.ndarray)) and len(seed) == count:
        return list(seed)
    raise ValueError(f"seed: expected None, a number, or {count} seeds (one per environment), got {seed!r}")
