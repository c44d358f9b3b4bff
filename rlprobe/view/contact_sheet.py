"""What the agents of a vector environment see, on one sheet."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import gymnasium as gym
import numpy as np
from gymnasium.vector.utils import iterate

from rlprobe.view.canvas import FAINT, GAP, above, grid
from rlprobe.view.panes.choice import Drawing, Names, pane_for
from rlprobe.view.panes.gauge_words import legend
from rlprobe.view.panes.nested import gauges_in
from rlprobe.view.running import Running
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
        for gauges in [gauge for pane in self._panes for gauge in gauges_in(pane)]:
            gauges.legend = False
        self._running = Running(env)

    def reset(self, *, seed: Any = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Reset the environments and take their first observations for drawing."""
        begun = self._running.begun(options)
        observations, info = self.env.reset(seed=seed, options=options)
        self._take(observations)
        self._running.begin(begun)
        return observations, info

    def step(self, actions: Any) -> tuple[Any, Any, Any, Any, dict[str, Any]]:
        """Step the environments and take their observations for drawing."""
        observations, rewards, terminations, truncations, info = self.env.step(actions)
        self._take(observations)
        self._running.add(rewards, np.logical_or(terminations, truncations))
        return observations, rewards, terminations, truncations, info

    def _take(self, observations: Any) -> None:
        rows = iterate(self.env.observation_space, observations)
        for pane, observation in zip(self._panes, rows, strict=False):
            pane.update(observation)

    def render(self) -> tuple[Picture, ...]:
        """One picture per drawn environment."""
        return tuple(pane.draw() for pane in self._panes)

    def sheet(self, columns: int | None = None) -> Picture:
        """All pictures on one page, each over the number, the step and the return of its environment."""
        page = contact_sheet(
            self.render(), [self._running.words(i) for i in range(len(self._panes))], columns
        )
        gauges = next((gauge for pane in self._panes for gauge in gauges_in(pane)), None)
        return page if gauges is None else above([page, legend(page.shape[1], gauges.columns)], 0)


def contact_sheet(pictures: Any, labels: Any, columns: int | None = None) -> Picture:
    """Pictures of one size in a grid, each over its label.

    Args:
        pictures: of one size.
        labels: one per picture.
        columns: of the grid; by default as many as leave no gap in a page that is about as wide as a screen.
    """
    labelled = [above([p, caption(t, p.shape[1], FAINT)], 0) for t, p in zip(labels, pictures, strict=True)]
    height, width = labelled[0].shape[:2]
    return grid(labelled, columns or columns_of(len(labelled), width, height), 2 * GAP)


def columns_of(count: int, width: int, height: int) -> int:
    """The number of columns that leaves few gaps and a page of about 16 to 10.

    >>> columns_of(6, 100, 100), columns_of(8, 100, 80), columns_of(4, 600, 100)
    (3, 4, 1)
    """

    def cost(columns: int) -> float:
        rows = -(-count // columns)
        shape = math.log(columns * width / (rows * height) / 1.6)
        return abs(shape) + 6 * (columns * rows - count) / (columns * rows)

    return min(range(1, count + 1), key=cost)
