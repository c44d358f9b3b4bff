"""Find the ``make_agent`` that the user names on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from rlprobe.environments.user_code import TargetError, load

if TYPE_CHECKING:
    from rlprobe.agent import MakeAgent

WHICH = (
    "{target}: which function builds the agent? Name it: {target}:make_agent, "
    "with make_agent(env, setting) returning an object with learn(steps) and act(observations)"
)
FORMS = "expected sb3:PPO, contrib:TQC, package.module:make_agent or path/file.py:make_agent"


def resolve(target: str, *, defaults: bool = False) -> MakeAgent:
    """The ``make_agent`` that ``target`` names.

    Args:
        target: ``sb3:PPO``, ``contrib:TQC``, ``package.module:make_agent`` or ``path/file.py:make_agent``.
        defaults: with ``sb3:`` and ``contrib:``, keep the library's own hyperparameters.

    Raises:
        TargetError: there is no such library, module, file or attribute.
    """
    place, _, name = target.rpartition(":")
    if place in {"sb3", "contrib"} and name:
        return _sb3(place, name, defaults=defaults)
    if target.endswith(".py") and not place:
        raise TargetError(WHICH.format(target=target))
    found = load(target, FORMS, "make_agent(env, setting)")
    if not hasattr(found, "name"):
        _label(found, target)
    return cast("MakeAgent", found)


def _sb3(library: str, name: str, *, defaults: bool) -> MakeAgent:
    from rlprobe.adapters.sb3 import contrib_algorithm, sb3_agent, sb3_algorithm

    algorithm = sb3_algorithm if library == "sb3" else contrib_algorithm
    return sb3_agent(algorithm(name), defaults=defaults)


def _label(factory: Any, name: str) -> None:
    try:
        factory.name = name
    except AttributeError:
        return
