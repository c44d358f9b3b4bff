"""What a planted fault is: a correct agent with one thing wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rlprobe.agent import MakeAgent


@dataclass(frozen=True)
class Planted:
    """One fault in one agent.

    Args:
        fault: id in the catalogue.
        family: the agent it is planted in.
        form: how the fault looks in code.
        make_agent: builds the faulty agent.
    """

    fault: str
    family: str
    form: str
    make_agent: MakeAgent

    def __str__(self) -> str:
        return f"{self.family}: {self.fault} ({self.form})"


@dataclass(frozen=True)
class Build:
    """A ``make_agent`` for a class built from ``(env, setting)``."""

    agent: type[Any]
    name: str
    actions: frozenset[str] = frozenset({"discrete"})
    autoreset_modes: tuple[str, ...] = ()
    discrete_start: bool = True

    @property
    def vector(self):
        """Whether it learns on vector environments."""
        return bool(self.autoreset_modes)

    def __call__(self, env, setting):
        return self.agent(env, setting)
