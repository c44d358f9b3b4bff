"""Repeat each action for several steps of a vector environment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from gymnasium.utils import seeding
from gymnasium.vector import AutoresetMode, VectorEnv, VectorWrapper

from rlprobe.environments.autoreset import autoreset_mode, reset_mask
from rlprobe.environments.nests import (
    beside,
    copied,
    flags,
    is_array_nest,
    is_tensor,
    maximum,
    one_row,
    rows_differ,
    take_infos,
    take_rows,
)
from rlprobe.wrappers.face import ArgumentsInSpec, closed, require_vector_env
from rlprobe.wrappers.skipping import Pool, Skip, check_pool, check_skip, skip_metadata, warn_nesting

if TYPE_CHECKING:
    import numpy.typing as npt

FINAL = ("final_obs", "_final_obs", "final_info", "_final_info")


class FrameSkip(ArgumentsInSpec, VectorWrapper[Any, Any, Any, Any, Any]):
    """Repeat each action for ``skip`` steps in every environment; each stops at the end of its own episode.

    The same as ``rlprobe.FrameSkip``, in every autoreset mode. A vector environment can only be stepped as a
    whole. So an environment whose episode has ended keeps running, unseen, until the others are done. It is
    then reset once more with ``options={"reset_mask": mask}``, which the environment must support. The agent
    gets the true final observation, the true first one, and no reward from in between. It is cheaper, and
    without ``reset_mask`` the only way, to put the single wrapper into each environment:
    ``gym.make_vec(..., wrappers=(lambda env: rlprobe.FrameSkip(env, 4),))``.

    Args:
        env: a vector environment whose observations are arrays or nests of them.
        skip: number of steps, or ``(low, high)`` for one drawn at each action for all environments, from a
            generator that ``reset(seed=...)`` seeds.
        pool: ``"last"``, ``"max"`` of the last two observations of the skip, or ``"max-all"`` of all of them.

    Tensors stay on their device, apart from the flags: one has to know which episodes have ended.
    ``info["rlprobe"]["frames"]`` has the number of steps of each environment (0 for a step that only resets).

    Raises:
        TypeError: ``env`` is a single environment or none at all.
        ValueError: an argument out of range, or observations that are not arrays.
        RuntimeError: from ``step``, if the environment resets more than ``reset_mask`` asked for.
    """

    def __init__(self, env: VectorEnv[Any, Any, Any], skip: Skip = 4, *, pool: Pool = "last") -> None:
        require_vector_env(self, env)
        VectorWrapper.__init__(self, env)
        self.skip = check_skip(skip)
        self.pool = check_pool(pool, env.single_observation_space)
        if not is_array_nest(env.single_observation_space):
            raise ValueError(
                "vector.FrameSkip expected observations made of arrays, got "
                f"{env.single_observation_space}: use "
                "the single FrameSkip in the wrappers= of gym.make_vec"
            )
        self.autoreset_mode = autoreset_mode(self, env)
        self.metadata, self.control_hz = skip_metadata(env, self.skip)
        self._n = env.num_envs
        self._waiting = np.zeros(self._n, dtype=np.bool_)  # environments whose episode has ended
        self._unseen = np.zeros(self._n, dtype=np.bool_)  # those of them that have run on since
        self._generator = seeding.np_random()[0]
        self._finished = False
        warn_nesting(self, env)

    def step(self, actions: Any) -> tuple[Any, Any, Any, Any, dict[str, Any]]:
        """Repeat ``actions``; the rewards of each environment's frames are added."""
        if self._finished:
            raise closed(self)
        disabled = self.autoreset_mode == AutoresetMode.DISABLED
        if disabled and self._waiting.any():
            raise RuntimeError(
                f"vector.FrameSkip: the episodes of environments {np.flatnonzero(self._waiting).tolist()} "
                "have ended: "
                "reset them with options={'reset_mask': mask} before the next step"
            )
        run = _Skip(self._waiting, self.pool)
        for _ in range(self._draw()):
            if disabled and run.flagged.any():
                self._reset_rows(run.flagged, run.observations)
            run.add(self.env.step(actions))
            if (run.ended | run.waiting).all():
                break
        return self._finish(run)

    def _finish(self, run: _Skip) -> tuple[Any, Any, Any, Any, dict[str, Any]]:
        """The step as the agent is to see it: unseen progress undone, terminal observations put back."""
        observations, infos = run.visible(), run.infos
        same_step = self.autoreset_mode == AutoresetMode.SAME_STEP
        next_step = self.autoreset_mode == AutoresetMode.NEXT_STEP
        ran_on = run.ended & ~run.ended_last
        again = ran_on & same_step | run.waiting & (self._unseen | (run.count > 1)) & next_step
        if again.any():
            fresh, reset_infos = self._reset_rows(again, run.observations)
            take_rows(observations, fresh, again)
            take_infos(infos, reset_infos, again)
        if same_step:
            run.put_back_finals(infos)
        else:
            run.put_back_observations(observations)
            run.put_back_infos(infos)
            self._waiting, self._unseen = run.ended, ran_on
        ours = infos["rlprobe"] = dict(infos.get("rlprobe", {}))
        ours["frames"], ours["_frames"] = run.frames, np.ones(self._n, dtype=np.bool_)
        ended = (beside(values, run.rewards) for values in (run.terminations, run.truncations))
        return observations, run.rewards, *ended, infos

    def _reset_rows(self, rows: npt.NDArray[np.bool_], before: Any) -> tuple[Any, dict[str, Any]]:
        observations, infos = self.env.reset(options={"reset_mask": rows.copy()})
        if rows_differ(before, observations, ~rows):
            raise RuntimeError(
                f"vector.FrameSkip needs an environment that honours options={{'reset_mask': mask}}, but "
                f"{self.env} also reset others: use the single FrameSkip in the wrappers= of gym.make_vec"
            )
        return observations, infos

    def _draw(self) -> int:
        if isinstance(self.skip, int):
            return self.skip
        low, high = self.skip
        return int(self._generator.integers(low, high + 1))

    def reset(self, *, seed: Any = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Reset all environments or those of ``options["reset_mask"]``; nothing is skipped."""
        if self._finished:
            raise closed(self)
        mask = reset_mask(options, self._n)
        first = seed[0] if isinstance(seed, (list, tuple)) and seed else seed
        if first is not None:
            self._generator = seeding.np_random(first)[0]
        going = np.zeros(self._n, dtype=np.bool_) if mask is None else ~mask
        self._waiting, self._unseen = self._waiting & going, self._unseen & going
        return self.env.reset(seed=seed, options=options)

    def close(self, **kwargs: Any) -> None:
        """Close the environments."""
        self._finished = True
        self.env.close(**kwargs)


class _Skip:
    """The frames of one step, added up for each environment until its episode ends."""

    def __init__(self, waiting: npt.NDArray[np.bool_], pool: Pool) -> None:
        n = len(waiting)
        self.waiting, self.pool_max, self.pool_all = waiting, pool != "last", pool == "max-all"
        self.ended, self.ended_last, self.flagged = np.zeros((3, n), dtype=np.bool_)
        self.terminations, self.truncations = np.zeros((2, n), dtype=np.bool_)
        self.rewards: Any = np.zeros(n)
        self.frames = np.zeros(n, dtype=np.int64)
        self.count = 0
        self.observations: Any = None
        self.before: Any = None
        self.infos: dict[str, Any] = {}
        self.kept: list[tuple[npt.NDArray[np.bool_], Any, Any, dict[str, Any]]] = []

    def add(self, result: tuple[Any, ...]) -> None:
        """Count one frame of the environments that are still in the episode the action was meant for."""
        observations, rewards, terminations, truncations, infos = result
        active = ~(self.ended | self.waiting)
        terminations, truncations = flags(terminations), flags(truncations)
        if self.pool_all and self.before is not None:
            self.before = maximum(self.before, self.observations)
        else:
            self.before = self.observations
        self.observations, self.infos = copied(observations), dict(infos)
        if is_tensor(rewards):
            counted = rewards.where(beside(active, rewards), rewards.new_zeros(()))
            self.rewards = self.rewards + counted if self.count else counted
        else:
            self.rewards += np.where(active, rewards, 0.0)
        self.frames += np.where(active, _frames(infos, active), 0)
        self.terminations |= terminations & active
        self.truncations |= truncations & active
        self.flagged = np.logical_or(terminations, truncations)
        self.ended_last = self.flagged & active
        self.ended = self.ended | self.ended_last
        self.count += 1
        if self.ended_last.any():
            self.kept.append((self.ended_last, self.before, self.observations, dict(infos)))

    def visible(self) -> Any:
        """The observations of the last frame, pooled where the episode goes on."""
        observations = copied(self.observations)
        if self.pool_max and self.before is not None:
            on = ~(self.ended | self.waiting)
            on = beside(on, observations)
            observations[on] = maximum(self.before[on], observations[on])
        return observations

    def put_back_observations(self, observations: Any) -> None:
        """Write the terminal observations into ``observations``."""
        for rows, before, last, _ in self.kept:
            terminal = last
            if self.pool_max and before is not None:
                terminal = maximum(before, last)
            take_rows(observations, terminal, rows)

    def put_back_infos(self, infos: dict[str, Any]) -> None:
        """Give each ended environment the infos of its last frame."""
        for rows, _, _, at_end in self.kept:
            take_infos(infos, at_end, rows)

    def put_back_finals(self, infos: dict[str, Any]) -> None:
        """Gather the terminal observations and infos of the same-step mode from the frames they came in."""
        for key in FINAL:
            infos.pop(key, None)
        if not self.kept:
            return
        n = len(self.ended)
        finals = infos["final_obs"] = np.full(n, None, dtype=object)
        infos["_final_obs"] = infos["_final_info"] = self.ended
        infos["final_info"] = {}
        for rows, before, _, at_end in self.kept:
            for i in np.flatnonzero(rows):
                final = one_row(at_end["final_obs"], int(i))
                finals[i] = maximum(before[i], final) if self.pool_max and before is not None else final
            take_infos(infos["final_info"], at_end.get("final_info", {}), rows)


def _frames(infos: dict[str, Any], active: npt.NDArray[np.bool_]) -> npt.NDArray[Any]:
    """Steps of the bare environments in one step of what is beneath: 1, or what skips beneath say."""
    frames = np.ones(len(active), dtype=np.int64)
    for one in (infos, infos.get("final_info", {})):
        ours = one.get("rlprobe", {}) if isinstance(one, dict) else {}
        if "frames" in ours:
            frames = np.where(ours.get("_frames", active), ours["frames"], frames)
    return frames
