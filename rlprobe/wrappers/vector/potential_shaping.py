"""Shape the rewards of a vector environment by a potential, so that the best policy stays the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv, VectorWrapper
from gymnasium.vector.utils import iterate

from rlprobe.environments.autoreset import autoreset_mode, final_rows, reset_mask
from rlprobe.environments.nests import beside, flags, is_tensor, one_row
from rlprobe.environments.signals import telling
from rlprobe.wrappers.face import ArgumentsInSpec, closed, refuse_twice, require_vector_env
from rlprobe.wrappers.shaping.potential import (
    Memory,
    OnTruncation,
    Potential,
    PotentialError,
    check_gamma,
    check_on_truncation,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt


class PotentialShaping(ArgumentsInSpec, VectorWrapper[Any, Any, Any, Any, Any]):
    """Add ``gamma * phi(s') - phi(s)`` to every reward; after termination ``phi(s')`` is 0.

    The same as ``rlprobe.PotentialShaping``, in every autoreset mode: a step that only resets
    (``NEXT_STEP``) is not shaped, and in the same-step mode the potential at truncation is that of
    ``info["final_obs"]``. ``info["rlprobe"]`` has ``unshaped_reward`` and ``unshaped_return``, one value per
    environment; ``_unshaped_reward`` and ``_unshaped_return`` say which of them belong to a real step.
    Rewards that are torch tensors come back as tensors of the same type.

    Args:
        env: a vector environment.
        phi: the potential of **one** observation, as for ``rlprobe.PotentialShaping``: the same function
            serves both. With ``batched=True`` it takes ``(n, ...)`` observations and returns ``(n,)``.
        gamma: the discount of the agent.
        on_truncation: as ``rlprobe.PotentialShaping``.
        batched: whether ``phi`` takes a batch, which is faster for many environments. The first reset checks
            that it gives the same for each observation alone.

    Raises:
        TypeError: ``env`` is a single environment or none at all, or ``phi`` is no function.
        ValueError, PotentialError: as ``rlprobe.PotentialShaping``; and a truncated environment without
            final observation in the same-step mode.

    >>> import gymnasium as gym
    >>> envs = gym.make_vec("CartPole-v1", num_envs=2, vectorization_mode="sync")
    >>> envs = PotentialShaping(envs, lambda x: 10.0 * x[:, 0], gamma=1.0, batched=True)
    >>> x, _ = envs.reset(seed=0)
    >>> y, rewards, *_ = envs.step(np.array([0, 1]))
    >>> bool(np.allclose(rewards, 1.0 + 10.0 * (y[:, 0] - x[:, 0])))
    True
    """

    def __init__(
        self,
        env: VectorEnv[Any, Any, Any],
        phi: Callable[[Any], Any],
        gamma: float,
        on_truncation: OnTruncation = "bootstrap",
        *,
        batched: bool = False,
    ) -> None:
        require_vector_env(self, env)
        refuse_twice(self, env)
        VectorWrapper.__init__(self, env)
        name = f"vector.{type(self).__name__}"
        self.batched = bool(batched)
        self.potential = Potential(name, phi, batched=self.batched)
        self.gamma = check_gamma(name, gamma)
        self.on_truncation = check_on_truncation(name, on_truncation)
        self.autoreset_mode = autoreset_mode(self, env)
        self.steps = 0
        self._n = env.num_envs
        self._before, self._returns = np.zeros((2, self._n))
        self._waiting = np.zeros(self._n, dtype=np.bool_)  # environments whose next step only resets
        self._memory = Memory()
        self._asked = np.zeros(self._n, dtype=np.bool_)  # environments whose potential was asked for
        self._compared = False
        self._closed = False

    def step(self, actions: Any) -> tuple[Any, Any, Any, Any, dict[str, Any]]:
        """Step, and add the differences of potentials to the rewards."""
        if self._closed:
            raise closed(self)
        observations, rewards, terminations, truncations, infos = self.env.step(actions)
        self.steps += 1
        raw = self._raw(rewards)
        terminated, truncated = flags(terminations), flags(truncations)
        real = ~self._waiting
        final = terminated | truncated if self.on_truncation == "terminal" else terminated
        fresh = self.autoreset_mode == AutoresetMode.SAME_STEP  # observations of the next episode already
        asked = np.ones_like(final) if fresh else ~final
        now = self._potentials(observations, asked)
        self._check_unchanged()
        self._asked = asked
        after = np.where(final, 0.0, now)
        if fresh:
            self._put_finals(after, truncated & ~final, final_rows(infos, terminated, truncated), infos)
        shaping = np.where(real, self.gamma * after - self._before, 0.0)
        self._returns = np.where(real, self._returns + raw, 0.0)
        infos = telling(
            infos,
            unshaped_reward=rewards.clone() if is_tensor(rewards) else raw,
            _unshaped_reward=real,
            unshaped_return=self._returns.copy(),
            _unshaped_return=real.copy(),
        )
        self._go_on(observations, now, terminated | truncated)
        shaped = raw + shaping
        return observations, _like(shaped, rewards), terminations, truncations, infos

    def _raw(self, rewards: Any) -> npt.NDArray[np.float64]:
        raw = np.array(rewards.tolist() if is_tensor(rewards) else rewards, dtype=np.float64)
        if raw.shape != (self._n,):
            raise ValueError(
                f"{self.potential.wrapper} expected rewards of shape ({self._n},), got {raw.shape}"
            )
        return raw

    def _put_finals(
        self,
        after: npt.NDArray[np.float64],
        cut: npt.NDArray[np.bool_],
        known: npt.NDArray[np.intp],
        infos: dict[str, Any],
    ) -> None:
        """Write the potentials of the last observations of truncated episodes into ``after``."""
        for row in np.flatnonzero(cut).tolist():
            if row not in known:
                raise ValueError(
                    f"{self.potential.wrapper}: environment {row} was truncated at step {self.steps} without "
                    "infos['final_obs'], which AutoresetMode.SAME_STEP must have: the potential of its last "
                    "observation is unknown. Use on_truncation='terminal', or mend the environment"
                )
            after[row] = self.potential(one_row(infos["final_obs"], row), self.steps, row)

    def _go_on(self, observations: Any, now: npt.NDArray[np.float64], ended: npt.NDArray[np.bool_]) -> None:
        """Prepare for the next step, with the potentials of the observations that the agent has now."""
        self._before = now
        if self.autoreset_mode == AutoresetMode.NEXT_STEP:
            self._waiting = ended
        elif self.autoreset_mode == AutoresetMode.SAME_STEP:
            self._returns[ended] = 0.0
        self._memory.keep(observations, self.steps)

    def _check_unchanged(self) -> None:
        """Ask again for the potentials of the observations before this step."""
        if self._memory.observation is None:
            return
        rows = self._rows(self._memory.observation)
        for row in np.flatnonzero(self._asked).tolist():
            self.potential.check_unchanged(rows[row], float(self._before[row]), self.steps, row)

    def _potentials(self, observations: Any, asked: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
        """The potentials of the observations that are ``asked`` for; 0 for the others."""
        wanted = np.flatnonzero(asked)
        values = np.zeros(self._n)
        if self.batched:
            found = self._batch(observations)
            for row in wanted.tolist():
                values[row] = self.potential.number(found[row], self.steps, row)
            return values
        rows = self._rows(observations)
        for row in wanted.tolist():
            values[row] = self.potential(rows[row], self.steps, row)
        return values

    def _batch(self, observations: Any) -> Any:
        """What a batched ``phi`` says; compared once with what it says of each observation alone."""
        found = self.potential.ask(observations)
        if tuple(getattr(found, "shape", np.shape(found))) != (self._n,):
            raise PotentialError(
                f"{self.potential.wrapper}: expected potentials of shape ({self._n},) from phi of a batch, "
                f"got shape {tuple(np.shape(found))}; reduce each observation to one number, as x[:, 0], or "
                "leave batched=True away"
            )
        if not self._compared:
            self._compared = True
            for row, observation in enumerate(self._rows(observations)):
                alone = self.potential(observation, self.steps, row)
                together = self.potential.number(found[row], self.steps, row)
                if not np.isclose(alone, together, rtol=1e-4, atol=1e-7):
                    raise PotentialError(
                        f"{self.potential.wrapper}: phi gives environment {row} {together:.6g} in a batch "
                        f"and {alone:.6g} alone; it has to treat each observation by itself (axis=-1, not "
                        "all axes)"
                    )
        return found

    def _rows(self, observations: Any) -> list[Any]:
        return list(iterate(self.env.observation_space, observations))

    def reset(self, *, seed: Any = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Reset all environments or those of ``options["reset_mask"]``, and begin with their potentials."""
        if self._closed:
            raise closed(self)
        mask = reset_mask(options, self._n)
        observations, infos = self.env.reset(seed=seed, options=options)
        rows = np.ones(self._n, dtype=np.bool_) if mask is None else mask
        self._before = np.where(rows, self._potentials(observations, rows), self._before)
        self._asked = rows.copy()
        self._returns[rows] = 0.0
        self._waiting &= ~rows
        self._memory.keep(observations, self.steps)
        return observations, infos

    def close(self, **kwargs: Any) -> None:
        """Close the environments."""
        self._closed = True
        self.env.close(**kwargs)


def _like(shaped: npt.NDArray[np.float64], rewards: Any) -> Any:
    """``shaped`` as a tensor of the type of ``rewards``, if that is a tensor."""
    return beside(shaped, rewards).to(rewards.dtype) if is_tensor(rewards) else shaped
