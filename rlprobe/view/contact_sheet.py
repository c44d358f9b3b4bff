"""What the agents of a vector environment see, on one sheet."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import gymnasium as gym
from gymnasium.vector.utils import iterate

from rlprobe.view.canvas import FAINT, above, grid
from rlprobe.view.panes.choice import Drawing, Names, pane_for
from rlprobe.view.text import caption

if TYPE_CHECKING:
    from rlprobe.view.canvas import Picture


class ContactSheet(gym.vector.VectorWrapper):
    """``render()`` returns one picture per environment, ``sheet()`` all of them on one numbered page.

    >>> import gymnasium as gym
    >>> envs = ContactSheet(gym.make_vec("CartPole-v1", num_envs=3))
    >>> _ = envs.reset(seed=0)
    >>> len(envs.render()), envs.sheet().ndim
    (3, 3)
    """

    def __init__(
        self,
        env: gym.vector.VectorEnv[Any, Any, Any],
        *,
        zoom: int | None = None,
        layout: str | None = None,
        stack: int | None = None,
        names: Names = None,
        most: int = 16,
    ) -> None:
        """Wrap a vector environment.

        Args:
            env: the vector environment as the agent gets it.
            zoom: as for ``AgentView``.
            layout: as for ``AgentView``.
            stack: number of stacked frames along the first axis of one environment's observation.
            names: as for ``AgentView``.
            most: environments drawn, from the first on.

        Raises:
            ValueError: ``most`` is less than 1, or zoom or layout do not fit.
        """
        super().__init__(env)
        if most < 1:
            raise ValueError(f"most must be at least 1, got {most}")
        how = Drawing(layout, zoom, stack, names)
        self._panes = [pane_for(env.single_observation_space, how) for _ in range(min(most, env.num_envs))]

    def reset(self, *, seed: Any = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Reset the environments and take their first observations for drawing."""
        observations, info = self.env.reset(seed=seed, options=options)
        self._take(observations)
        return observations, info

    def step(self, actions: Any) -> tuple[Any, Any, Any, Any, dict[str, Any]]:
        """Step the environments and take their observations for drawing."""
        observations, rewards, terminations, truncations, info = self.env.step(actions)
        self._take(observations)
        return observations, rewards, terminations, truncations, info

    def _take(self, observations: Any) -> None:
        rows = iterate(self.env.observation_space, observations)
        for pane, observation in zip(self._panes, rows, strict=False):
            pane.update(observation)

    def render(self) -> tuple[Picture, ...]:
        """One picture per drawn environment."""
        return tuple(pane.draw() for pane in self._panes)

    def sheet(self, columns: int | None = None) -> Picture:
        """All pictures on one page, each under the number of its environment."""
        return contact_sheet(self.render(), [f"environment {i}" for i in range(len(self._panes))], columns)


def contact_sheet(pictures: Any, labels: Any, columns: int | None = None) -> Picture:
    """Pictures of one size in a grid that is about square, each under its label."""
    labelled = [
        above([caption(t, max(60, p.shape[1]), FAINT), p], 0) for t, p in zip(labels, pictures, strict=True)
    ]
    return grid(labelled, columns or math.ceil(math.sqrt(len(labelled))))
