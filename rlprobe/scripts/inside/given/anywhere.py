"""Read what a script believes and does at any observations: its model, networks or table."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.scripts.inside.given.asking import CannotReadError, Networked
from rlprobe.scripts.inside.given.wrapping import Wrapping
from rlprobe.scripts.inside.reading import stable, tables
from rlprobe.scripts.inside.reading.expressions import evaluated

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from rlprobe.scripts.inside.given.watching import Watching


class Anywhere:
    """Finds what can be read, once, and reads it whenever it is asked.

    Args:
        space: the actions of the environment.
        value, act: the user's own expressions; ``value`` may be ``"none"``.
    """

    def __init__(self, space: Any, value: str | None, act: str | None) -> None:
        self.space, self.value, self.act = space, value, act
        self.model: Any = None
        self.table = False
        self.networked: Networked | None = None
        self.why = ""
        self._names: Mapping[str, Any] = {}
        self._critic: str | None = None
        self._actor: str | None = None

    def look(self, names: Mapping[str, Any], envs: list[Any], networks: Watching | None) -> None:
        """Take the names as they are now, and look for what was not found yet."""
        self._names = {**self._names, **names}  # those of a function that has returned go on to count
        self._envs = envs
        if self.networked is not None:
            self.networked.check()
        self._find(self._names, envs, networks)
        if self.networked is not None:
            self.networked.compare(envs)

    def _find(self, names: Mapping[str, Any], envs: list[Any], networks: Watching | None) -> None:
        settled = self.table or (self.networked is not None and self.networked.settled)
        if self.model is not None or not envs or settled:
            return
        self.wrapping = Wrapping(names, envs)
        if (model := stable.model_in(names)) is not None:
            self.model, critic = model[1], stable.critic_of(model[1])
            self._actor = f"{model[0]}.predict"
            self._critic = f"{model[0]}.{critic}" if critic else None
            return
        rows = [look for env in envs for look in (*env.looks, *(one[0] for one in env.recent))][:16]
        if networks is not None:
            self.networked = Networked(networks, self.space, self.wrapping)
            self.networked.find(names, rows)
            self._critic, self._actor = self.networked.critic_name, self.networked.actor_name
        if not (self._critic or self._actor) and (table := self._table(rows)) is not None:
            self.table, self._critic = True, table.name
            self._actor = table.name

    def told(self) -> dict[str, Any]:
        """The names of what is read, or why nothing is; the unit of rewards."""
        critic, actor = self._critic, self._actor
        if self.networked is not None and not self.table:
            critic, actor = self.networked.critic_name, self.networked.actor_name
        if self.value is not None:
            critic = None if self.value == "none" else self.value
        unit = 1.0 if self.model is not None or not self._envs else self.wrapping.reward_unit
        why = self.networked.why if self.networked is not None else ""
        factor = self.networked.factor if self.networked is not None and self.act is None else 1.0
        notes = [f"its actions are {factor:g} times what `{actor}` says"] if factor != 1.0 else []
        return {"critic": critic, "actor": self.act or actor, "why": why, "unit": unit, "notes": notes}

    def values(self, observations: Any) -> NDArray[np.float64]:
        """The values of observations, ``(n,)``."""
        rows = _rows(observations)
        if self.value is not None:
            found = evaluated("--value", self.value, self._names, rows)
            return np.asarray(found.max(axis=1) if found.ndim == 2 else found, np.float64).reshape(-1)
        if self.model is not None:
            return np.array(stable.values_of(self.model, [self._stand_in(rows)], len(rows)))
        if self.table:
            return np.array([0.0 if one is None else np.max(one) for one in self._table_rows(rows)])
        if self.networked is None:
            raise CannotReadError("no critic was found")
        return self.networked.values(rows)

    def actions(self, observations: Any) -> Any:
        """The greedy actions at observations, ``(n, ...)``."""
        rows = _rows(observations)
        if self.act is not None:
            return evaluated("--act", self.act, self._names, rows)
        if self.model is not None:
            return stable.actions_of(self.model, [self._stand_in(rows)])
        if self.table:
            best = [0 if one is None else int(np.argmax(one)) for one in self._table_rows(rows)]
            return np.array(best) + int(getattr(self.space, "start", 0))
        if self.networked is None:
            raise CannotReadError("no policy was found")
        return self.networked.actions(rows)

    def _stand_in(self, rows: list[Any]) -> Any:
        """Looks and action space, as a stage has them."""
        return SimpleNamespace(looks=[self.wrapping.shown(row) for row in rows], action_space=self.space)

    def _table(self, rows: list[Any]) -> tables.Table | None:
        return tables.find(self._names, [self._stand_in(rows)], distinct=False) if rows else None

    def _table_rows(self, rows: list[Any]) -> tuple[Any, ...]:
        table = self._table(rows)
        return (None,) * len(rows) if table is None else table.rows


def _rows(observations: Any) -> list[Any]:
    """A batch of observations, one by one."""
    if isinstance(observations, dict):
        count = len(next(iter(observations.values())))
        return [{key: part[row] for key, part in observations.items()} for row in range(count)]
    if isinstance(observations, tuple):
        return list(zip(*observations, strict=True))
    return list(observations)
