"""Choose the critic among the outputs of a script's networks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from rlprobe.scripts.inside.reading.frames import named_things
from rlprobe.scripts.inside.reading.networks.atoms import atoms_are_known

if TYPE_CHECKING:
    from rlprobe.scripts.inside.reading.networks.hooks import Networks
    from rlprobe.scripts.inside.reading.networks.outputs import Output

CRITIC = re.compile(
    r"critic|value|baseline|(^|[._])(v|vf|q|qf|q1|q2|qf1)s?\d*(_?net\w*)?($|[._\[])|dqn|qnet|q_?net",
    re.IGNORECASE,
)
ACTOR = re.compile(
    r"actor|policy|(^|[._])(pi|mu|(log_?)?(std|sigma|stddev))s?($|[._\[])|action", re.IGNORECASE
)
TARGET = re.compile(r"target|tgt|frozen|_old|old_", re.IGNORECASE)
OF_A_BONUS = re.compile(r"(^|[._])(int(r(insic)?)?|bonus|novelty|curiosity|rnd)($|[._\[])", re.IGNORECASE)
"""Values of a bonus that a script gives itself for exploring, beside those of rewards."""
MOVED_ABOVE = 1e-6
SEEN_OFTEN_CALLS, SEEN_OFTEN_UPDATES = 20, 5
"""Calls and updates after which an output of several numbers that never moved is no value."""


class Choice(NamedTuple):
    """The critic, what the script calls it, what it was chosen among, and the other outputs that fit.

    ``certain`` if its name, or that of the value head in it, says that it is the critic.
    """

    output: Output
    name: str
    note: str
    rivals: list[str]
    certain: bool


class Candidate(NamedTuple):
    """An output that may be a critic: how well it fits, the best first, and its name."""

    score: tuple[bool, ...]
    name: str
    output: Output


def choose(networks: Networks, names: dict[str, Any]) -> Choice | None:
    """The output that is a critic; None if there is none.

    Args:
        networks: what hooks have seen.
        names: the script's names.
    """
    called = names_in(names, networks)
    ranked = [
        Candidate(_score(output, name), name, output)
        for output in networks.outputs.values()
        for name in [name_of(output, called)]
        if _may_be(output, name, networks, names)
    ]
    if any(one.output.kind == "pair" for one in ranked):  # others are actions or their chances
        ranked = [one for one in ranked if one.output.kind == "pair" or CRITIC.search(one.name)]
    if not ranked:
        return None
    ranked.sort(key=lambda one: one.score, reverse=True)
    best, moved = ranked[0], [one for one in ranked if one.output.moved() > MOVED_ABOVE]
    if moved and not best.score[2] and best.output.moved() <= MOVED_ABOVE:
        best = moved[0]
    certain = bool(CRITIC.search(best.name))
    best = _duelling(best, ranked) or best
    inner = set(map(id, best.output.module.modules()))
    equal = [one for one in ranked if one.score[:4] == best.score[:4]]
    others = [
        one.name
        for one in equal
        if id(one.output.module) not in inner and not one.output.says_the_same_as(best.output)
    ]
    among = dict.fromkeys(one.name for one in equal if one.output.kind == best.output.kind)
    note = f"chosen among {', '.join(among)}" if len(among) > 1 else ""
    return Choice(best.output, best.name, note, others, certain and best.output.exact)


def _duelling(head: Candidate, ranked: list[Candidate]) -> Candidate | None:
    """The network of action values whose head for the value of the state was found; None if there is none.

    The head is called by it, and is not among what it returns.
    """
    if head.output.kind != "state" or not head.output.depth:
        return None
    for one in ranked:
        output = one.output
        whole = output.kind == "actions" and not output.path and output.depth < head.output.depth
        if whole and any(module is head.output.module for module in output.module.modules()):
            return one
    return None


def _may_be(output: Output, name: str, networks: Networks, names: dict[str, Any]) -> bool:
    """Whether an output can be that of a critic."""
    if networks.learns_without_losses and not CRITIC.search(name):
        return False  # a network of evolution strategies is a policy
    actor = output.kind == "state" and ACTOR.search(name) and not CRITIC.search(name)
    chances = output.kind != "atoms" and (output.policy or output.looks_like_chances())
    if chances or actor or not output.first:  # atoms are chances too: of returns
        return False
    if output.depth and not output.exact:
        return False
    if output.kind == "atoms" and not atoms_are_known(names, output, networks.actions or 1):
        return False
    often = output.seen > SEEN_OFTEN_CALLS and networks.gate.updates >= SEEN_OFTEN_UPDATES
    return output.kind == "state" or not often or output.moved() > MOVED_ABOVE


def _score(output: Output, name: str) -> tuple[bool, ...]:
    return (
        not OF_A_BONUS.search(name),
        not TARGET.search(name),
        any(p.grad is not None for p in output.module.parameters()),
        bool(CRITIC.search(name)),
        output.depth == 0,
        output.kind == "state",
        output.exact,
        output.moved() > MOVED_ABOVE,
    )


def names_in(names: dict[str, Any], networks: Networks) -> dict[int, str]:
    """What the script calls each module, the shortest name, by the ``id`` of the module."""
    module_type = networks.torch.nn.Module
    found: dict[int, str] = {}
    for name, thing in named_things(names):
        if isinstance(thing, module_type):
            for inner, module in thing.named_modules():
                full = f"{name}.{inner}" if inner else name
                if id(module) not in found or len(full) < len(found[id(module)]):
                    found[id(module)] = full
    return found


def name_of(output: Output, called: dict[int, str]) -> str:
    """The script's name of an output: that of its network, and its place in what that returns."""
    plain = called.get(id(output.module), type(output.module).__name__)
    return plain + "".join(f"[{part}]" for part in output.path)
