"""One output of one network: its first and last result for each observation, and its likely meaning."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Kind = Literal["state", "actions", "atoms", "pair"]
MOST_BORN = 20_000
"""So many weights are kept to be compared with later ones."""
LEAST_TURNS, EQUAL_WITHIN, DIFFER_ABOVE = 6, 1e-5, 0.05
"""How often a call with one observation follows a batch, if all actions have the same value in it up to this
share of its size, and differ by more in the batch."""


@dataclass(eq=False)
class Output:
    """A tensor that a network returns, followed over the run.

    Args:
        module: the network.
        path: the place of the tensor in the result of the network.
        kind: ``"state"``: one number per observation; ``"actions"``: one per action; ``"atoms"``: several
            per action; ``"pair"``: one per observation and action.
        depth: 0 if no other network called it.
        exact: whether its input rows were recognised as observations; if not, their position in the batch
            shows the environment they belong to.
        policy: whether a distribution over actions was made from it, or it went into another network.
        first, last: its first and last result for each observation, by number.
        apart: different values of actions in a batch since the last call with a single observation; empty if
            there were none. Values that differ early may converge to the same one.
        turns, apart_alone: calls with a single observation after such a batch, and whether the actions of
            any single observation had different values.
        seen_apart: the latest of ``apart`` before such a call.
        together: the most rows in a call of which the results were kept.
        born: the first weights of the network, unless they are many.
    """

    module: Any
    path: tuple[int | str, ...]
    kind: Kind
    depth: int
    exact: bool
    policy: bool = False
    seen: int = 0
    first: dict[int, NDArray[np.float64]] = field(default_factory=dict)
    last: dict[int, NDArray[np.float64]] = field(default_factory=dict)
    apart: tuple[float, ...] = ()
    turns: int = 0
    apart_alone: bool = False
    seen_apart: tuple[float, ...] = ()
    together: int = 0
    born: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        parameters = [] if self.module is None else list(self.module.parameters())
        if sum(p.numel() for p in parameters) <= MOST_BORN:
            self.born = [p.detach().clone() for p in parameters]

    @property
    def keeps_its_weights(self) -> bool:
        """Whether its weights are the first ones."""
        now = list(self.module.parameters()) if self.born else []
        return bool(now) and all(p.equal(q) for p, q in zip(now, self.born, strict=True))

    def note(self, numbers: NDArray[np.int64], rows: NDArray[np.float64]) -> None:
        """Keep the results for the observations ``numbers``, ``(B,)``; -1 for rows that are none of them."""
        if any(len(kept) != rows.shape[1] for kept in self.last.values()):
            if len(rows) <= self.together:
                return  # at other fractions than in training, as of an implicit quantile network
            # Of another kind: a batch that was taken for a single row.
            self.first.clear()
            self.last.clear()
            self.together = 0
        self.together = max(self.together, len(rows))
        self.seen += 1
        if self.kind == "actions":
            self._compare(rows)
        for number in np.unique(numbers[numbers >= 0]):
            mean = rows[numbers == number].mean(axis=0)
            self.first.setdefault(int(number), mean)
            self.last[int(number)] = mean

    def _compare(self, rows: NDArray[np.float64]) -> None:
        """Note whether the values of actions differ where an observation comes alone, and in a batch."""
        row = rows[int(np.ptp(rows, axis=1).argmax())]
        differ = float(np.ptp(row)) / max(1.0, float(abs(row).max()))
        if len(rows) == 1:
            self.apart_alone |= differ > EQUAL_WITHIN
            self.turns += bool(self.apart)
            self.seen_apart, self.apart = self.apart or self.seen_apart, ()
        elif differ > DIFFER_ABOVE:
            self.apart = tuple(row.tolist())

    @property
    def equal_when_alone(self) -> str:
        """A sentence if the actions have the same value for an observation alone, but not in a batch."""
        if self.turns < LEAST_TURNS or self.apart_alone or self.policy:
            return ""
        said = ", ".join(f"{q:.3g}" for q in self.seen_apart)
        return (
            f"in {self.turns} calls with a single observation, all actions had the same value; in the batch "
            f"before, ({said})"
        )

    def moved(self) -> float:
        """How far the outputs have moved from the first ones."""
        shared = [np.abs(self.last[i] - self.first[i]).max() for i in self.first]
        return float(max(shared, default=0.0))

    def says_the_same_as(self, other: Output) -> bool:
        """Whether its last results are those of another output: a network and its last layer."""
        shared = self.last.keys() & other.last.keys()
        return bool(shared) and all(
            self.last[i].shape == other.last[i].shape and np.allclose(self.last[i], other.last[i], atol=1e-3)
            for i in shared
        )

    def looks_like_chances(self) -> bool:
        """Whether its results for each observation sum to 1."""
        rows = np.array([*self.first.values(), *self.last.values()])
        if rows.ndim != 2 or rows.shape[1] < 2 or not len(rows):
            return False
        return bool((rows >= 0).all() and (abs(rows.sum(axis=1) - 1) < 1e-3).all())


def kind_of(wide: int, actions: int | None) -> Kind | None:
    """What ``wide`` numbers for each observation may be, with so many actions; None for nothing known.

    >>> kind_of(1, 4), kind_of(4, 4), kind_of(204, 4), kind_of(7, 4)
    ('state', 'actions', 'atoms', None)
    """
    if wide == 1:
        return "state"
    if actions is None:
        return None
    if wide == actions:
        return "actions"
    return "atoms" if wide % actions == 0 and wide // actions > 4 else None
