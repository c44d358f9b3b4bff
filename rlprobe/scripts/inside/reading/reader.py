"""Choose the critic among a script's networks, functions and tables, and read its values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.scripts.inside.changes.rules import GAMMA, N_STEP
from rlprobe.scripts.inside.reading import stable, tables
from rlprobe.scripts.inside.reading.entropy_weight import ALPHAS, PLAINLY, has_no_weight, has_soft_values
from rlprobe.scripts.inside.reading.expressions import evaluated
from rlprobe.scripts.inside.reading.frames import (
    namespace,
    number_named,
    script_frames,
)
from rlprobe.scripts.inside.reading.functions.callables import Called, called_values
from rlprobe.scripts.inside.reading.functions.critic import critic_in
from rlprobe.scripts.inside.reading.networks.atoms import value_of
from rlprobe.scripts.inside.reading.networks.choosing import choose, name_of, names_in
from rlprobe.scripts.inside.reading.networks.twins import frozen_twin, twins, untrained_head

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rlprobe.scripts.inside.reading.functions.calls import Calls, Values
    from rlprobe.scripts.inside.reading.networks.hooks import Networks
    from rlprobe.scripts.inside.reading.networks.outputs import Output
    from rlprobe.scripts.inside.stage import Stage

MOST_STEPS = 20
"""A larger number that is called as the steps of a return are is that of a rollout, or of a whole run."""


class Reader:
    """Reads values out of a script that waits in ``env.step``.

    Args:
        networks: what hooks have seen; None without torch.
        expression: the user's own expression for values; ``"none"`` to read none.
    """

    def __init__(self, networks: Networks | None, expression: str | None) -> None:
        self.networks, self.expression = networks, expression
        self.tunes_entropy: Any = lambda: False
        self.name: str | None = None
        self.note = ""
        self.rivals: list[str] = []
        self._chosen: Output | None = None
        self._certain = False
        self.table: tables.Table | None = None
        self.find_table: Any = tables.find
        self._before: list[float | None] = []
        self.calls: Calls | None = None
        self.source = ""
        self._function: Values | None = None
        self.model: Any = None
        self._called: Called | None = None
        self.names: dict[str, Any] = {}

    def look(self) -> None:
        """Take the names that the script has where it waits."""
        self.names = namespace(script_frames())

    @property
    def sure(self) -> bool:
        """Whether it is certain that what is read is the critic: by its name, or because the user says so."""
        if self._chosen is None:
            return True
        return self._certain

    @property
    def is_q_network(self) -> bool:
        """Whether the values are those of a network of action values, or of observations and actions."""
        return self._chosen is not None and self._chosen.kind in {"actions", "atoms", "pair"}

    def find(self, stages: list[Stage]) -> str | None:
        """Choose the critic; returns its name, or None."""
        if self.expression is not None:
            self.name = None if self.expression == "none" else self.expression
            return self.name
        model = stable.model_in(self.names)
        if model is not None and stable.sees_more(model[1], stages):
            return None
        if model is not None and (critic := stable.critic_of(model[1])):
            self.model, self.name = model[1], f"{model[0]}.{critic}"
            return self.name
        if self.networks is not None:
            choice = choose(self.networks, self.names)
            if choice is not None:
                self._chosen, self.name, self.note, self.rivals, self._certain = choice
                return self.name
        self.table = self.find_table(self.names, stages)
        self._called = None if self.table else self._find_called(stages)
        found = self.table or self._called
        self.name = found.name if found else None
        if self.name is None and self._find_function() is not None:
            assert self._function is not None
            self.name = self._function.name
        return self.name

    def has_memory(self, stages: list[Stage]) -> bool:
        """Whether values depend on earlier observations too."""
        model = stable.model_in(self.names)
        of_model = model is not None and stable.sees_more(model[1], stages)
        return of_model or (self.networks is not None and self.networks.recurrent)

    def _find_function(self) -> Values | None:
        """The function of the script, or its weights, that give values; None if none is certain."""
        if self.calls is not None:
            self._function = critic_in(self.calls, self.names, self.source) or self._function
        return self._function

    def _find_called(self, stages: list[Stage]) -> Called | None:
        """A function of the script, beside the networks, that gives values of observations as they are."""
        if self.networks is None or not stages or self.networks.changes_observations:
            return None
        return called_values(self.networks.torch, self.names, stages[0].looks, self.networks.actions)

    def _said(self, stages: list[Stage], asked: int) -> NDArray[np.float64]:
        """What that function says of the queried observations."""
        assert self._called is not None
        assert self.networks is not None
        with self.networks.torch.no_grad():
            return self._called.rows(stages[0].looks[:asked])

    def values(self, stages: list[Stage], asked: int) -> list[float | None]:
        """The value of each queried observation; None if it never occurred."""
        if self.expression not in {None, "none"}:
            return self._evaluated(stages, asked)
        if self.model is not None:
            return list(stable.values_of(self.model, stages, asked))
        if self._chosen is not None:
            return [self._number(self._chosen, self._chosen.last, i) for i in range(asked)]
        if self._called is not None:
            return [float(best) for best in self._said(stages, asked).max(axis=1)]
        if self.table is not None:
            self.table = self.find_table(self.names, stages) or self.table
            return [self.table.value(i) for i in range(asked)]
        if self._function is not None:
            self._find_function()
            return [self._function.value(i) for i in range(asked)]
        return [None] * asked

    def at_ends(self, stages: list[Stage], asked: int) -> list[float | None]:
        """The values of the observations that only end an episode; those of a target network if need be."""
        found = self.values(stages, len(stages[0].looks))
        if self._chosen is not None and self.networks is not None:
            for twin in twins(self._chosen, self.networks.outputs.values()):
                for i, value in enumerate(found):
                    found[i] = self._number(twin, twin.last, i) if value is None else value
        return found[asked:]

    def first(self, stages: list[Stage], asked: int) -> list[float | None]:
        """The first values of the chosen network, probably from before learning."""
        if self._chosen is not None:
            return [self._number(self._chosen, self._chosen.first, i) for i in range(asked)]
        if self._function is not None:
            return [self._function.value(i, first=True) for i in range(asked)]
        if self.table is not None:
            return self._before or [0.0] * asked
        return self.values(stages, asked)

    def note_tables(self, stages: list[Stage], asked: int) -> None:
        """Keep the values of the table before the first step; one that is filled later begins at 0."""
        self.look()
        table = self.find_table(self.names, stages) if self.expression is None else None
        if table is not None:
            self._before = [0.0 if (value := table.value(i)) is None else value for i in range(asked)]

    def greedy(self, stages: list[Stage], asked: int) -> list[int | None]:
        """The action with the largest value at each queried observation, if there are action values."""
        rows: list[Any] = [None] * asked
        if self._chosen is not None and self._chosen.kind == "actions":
            rows = [self._chosen.last.get(i) for i in range(asked)]
        elif self.table is not None:
            rows = [self.table.rows[i] for i in range(asked)]
        elif self._function is not None:
            rows = [self._function.last.get(i) for i in range(asked)]
        elif self._called is not None:
            rows = list(self._said(stages, asked))
        return [None if row is None or np.size(row) < 2 else int(np.argmax(row)) for row in rows]

    def gamma(self) -> tuple[str, float] | None:
        """The discount of a library's model, or else in the script's names, where wrappers have others."""
        model = stable.model_in(self.names)
        if model is not None and hasattr(model[1], "gamma"):
            return f"{model[0]}.gamma", float(model[1].gamma)
        return number_named(self.names, GAMMA)

    def several_steps(self) -> bool:
        """Whether a number in the script's names says that returns are of several steps."""
        found = number_named(self.names, N_STEP)
        return found is not None and 1 < found[1] <= MOST_STEPS

    def parameters(self) -> list[str]:
        """A fingerprint of each table or array that is called as parameters are."""
        return tables.fingerprints(self.names)

    def temperature(self) -> float:
        """The weight of entropy, if the values of a critic may contain it."""
        if self.model is not None:
            return stable.temperature_of(self.model)
        chosen = self._chosen
        tuned = self.is_q_network and self.tunes_entropy()
        if chosen is None or not (chosen.kind == "pair" or tuned or has_soft_values(self.source)):
            return 0.0
        if has_no_weight(self.source):
            return 1.0
        found = number_named(self.names, PLAINLY) or number_named(self.names, ALPHAS)
        if found is None:
            return 0.0
        name, number = found
        return float(np.exp(number)) if "log" in name.rpartition(".")[2] else max(0.0, number)

    def _evaluated(self, stages: list[Stage], asked: int) -> list[float | None]:
        found = np.asarray(self.evaluate("--value", str(self.expression), stages, asked), dtype=np.float64)
        if found.ndim == 2 and found.shape[1] > 1:
            found = found.max(axis=1)
        return [float(number) for number in found.reshape(-1)]

    def evaluate(self, option: str, expression: str, stages: list[Stage], asked: int) -> NDArray[Any]:
        """What the user's own expression says of the queried observations, one row for each.

        Raises:
            ValueError: it has another number of rows.
        """
        return evaluated(option, expression, self.names, stages[0].looks[:asked])

    def frozen_twin(self) -> str | None:
        """The name of a network like the critic whose weights were never changed; None if there is none."""
        if self._chosen is None or self.networks is None:
            return None
        twin = frozen_twin(self._chosen, self.networks.outputs.values())
        return None if twin is None else name_of(twin, names_in(self.names, self.networks))

    @property
    def observed(self) -> dict[str, str]:
        """A sentence for each fault that was seen in the answers of the critic, or in its weights."""
        if (critic := self._chosen) is None or self.networks is None:
            return {}
        untrained = untrained_head(critic, self.networks, self.names)
        found = {"dueling-axis": critic.equal_when_alone, "parameters-not-optimised": untrained}
        return {name: said for name, said in found.items() if said}

    def _number(self, output: Output, said: dict[int, NDArray[np.float64]], number: int) -> float | None:
        row = said.get(number)
        actions = self.networks.actions if self.networks is not None else None
        return None if row is None else value_of(output, row, self.names, actions or 1)
