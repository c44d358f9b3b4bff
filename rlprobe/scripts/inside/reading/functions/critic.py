"""The critic among a script's own functions: one that turns an observation into values, and that learns."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from rlprobe.scripts.inside.changes.rules import in_lower_case
from rlprobe.scripts.inside.reading.frames import named_things
from rlprobe.scripts.inside.reading.functions.calls import Values
from rlprobe.scripts.inside.reading.functions.in_jax import values_in_jax
from rlprobe.scripts.inside.reading.functions.linear import linear_critic
from rlprobe.scripts.inside.reading.tables import OTHER

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rlprobe.scripts.inside.reading.functions.calls import Calls, Said

VALUES = re.compile(
    r"(.*_)?(q|v|qs|q_?hat|v_?hat|q_?(value|val|func\w*|s|all|row)s?|(state_|action_)?values?|critic|baseline)"
    r"(_(of|for|hat|fn|func|function|values?|all|s|state|sa|at|out|output))*(_?(net|network|nn|model))?",
)
PLAIN = re.compile(r"(__call__|predict\w*|forward\w*|feed_?forward|evaluate|estimate|output|compute|get)")
HOLDER = re.compile(r"(^|[_.])(q|v|critic|value|dqn)s?\d?($|[_.]|_?(net|network|func|learn|approx|model))")
TARGET = re.compile(r"target|tgt|frozen|_old|old_")
SOFTMAX = re.compile(r"softmax|np\.exp\((?!\s*-)")
"""``np.exp(-x)`` is a radial basis, a sigmoid or a decay."""


def critic_in(calls: Calls, names: Mapping[str, Any], source: str) -> Values | None:
    """The function whose name says that it gives values, and whose results change as the script learns.

    ``predict`` and ``forward`` count as such only if they belong to something that is called a critic, or if
    the script has no softmax that makes a policy of them.

    Args:
        calls: what the functions of the script said.
        names: the names of the script.
        source: the text of the script.
    """
    if (by_jax := _in_jax(calls, names)) is not None:
        return by_jax
    called = {id(thing): name for name, thing in named_things(names)}
    found = []
    for said in calls.results():
        holder = in_lower_case(called.get(id(said.owner), ""))
        rank = 0 if TARGET.search(holder) else _rank(said, holder, source)
        if rank:
            found.append((rank, said.calls, called.get(id(said.owner), ""), said))
    if found:
        _, _, holder, said = max(found, key=lambda one: one[:2])
        name = f"{holder}.{said.name.rpartition('.')[2]}" if holder else said.name
        return Values(f"{name}()", said.first, said.last)
    return linear_critic(calls, names, policy=bool(SOFTMAX.search(source)))


def _in_jax(calls: Calls, names: Mapping[str, Any]) -> Values | None:
    looks = calls.stages[0].looks if calls.stages else []
    found = values_in_jax(names, looks, calls.actions)
    if found is None:
        return None
    last = dict(enumerate(found[1]))
    calls.by_jax = calls.by_jax or last
    return Values(found[0], calls.by_jax, last)


def _rank(said: Said, holder: str, source: str) -> int:
    """How plainly the name of a function, and of the object it belongs to, says that it gives values.

    0 if it does not.
    """
    plain = said.name.rpartition(".")[2]
    name = plain if plain == "__call__" else in_lower_case(plain)
    holders = f"{holder} {in_lower_case(type(said.owner).__name__) if said.owner is not None else ''}"
    rows = [row for row in said.last.values() if row.size > 1]
    chances = bool(rows) and all((row >= 0).all() and abs(row.sum() - 1) < 1e-6 for row in rows)
    if not said.is_learning or chances or OTHER.search(name) or OTHER.search(holders):
        return 0
    if VALUES.fullmatch(name):
        return 3
    if not PLAIN.fullmatch(name):
        return 0
    if any(HOLDER.search(part) for part in holders.split()):
        return 2
    return int(bool(rows) and not SOFTMAX.search(source))
