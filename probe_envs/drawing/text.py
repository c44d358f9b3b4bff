"""``render_mode="ansi"``: the process as text, one state a line, the current one marked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from probe_envs.drawing.graph import Moment, caption, graph

if TYPE_CHECKING:
    from probe_envs.dynamics import Dynamics

MOST_STATES = 12


class Sketch:
    """Writes the moments of one process.

    >>> import gymnasium as gym, probe_envs
    >>> env = gym.make("probe/Decoder-v0", render_mode="ansi")
    >>> _ = env.reset(seed=0); _ = env.step(0); print(env.render())
      0     -> 1 (+1)
    > 1     -> 2 (+0)
      2     -> END (+2)
      END
    step 1 | action 0 | reward +1
    """

    def __init__(self, dynamics: Dynamics) -> None:
        self._dynamics = dynamics
        self._graph = graph(dynamics)
        leads: list[list[str]] = [[] for _ in self._graph.names]
        for (source, target), lines in self._graph.edges.items():
            leads[source].append(f"{self._graph.names[target]} ({'; '.join(lines)})")
        self._leads = ["-> " + "  ".join(parts) if parts else "" for parts in leads]

    def __call__(self, code: int, moment: Moment) -> str:
        """The text at ``code``; of a large process only the lines around the current state."""
        names, here = self._graph.names, self._dynamics.place(code)
        width = max(len(name) for name in names) + 2
        first = max(0, min(here - MOST_STATES // 2, len(names) - MOST_STATES))
        shown = range(first, min(first + MOST_STATES, len(names)))
        lines = [f"{'>' if i == here else ' '} {names[i]:{width}} {self._leads[i]}".rstrip() for i in shown]
        if len(shown) < len(names):
            lines.append(f"  ({len(names) - len(shown)} more states)")
        return "\n".join([*lines, caption(self._dynamics, code, moment)])
