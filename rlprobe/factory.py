"""What a factory of agents says of itself, and what can be found out by trying."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rlprobe.counting import Count, environment
from rlprobe.questions import AgentError
from rlprobe.trial import Trial

if TYPE_CHECKING:
    from rlprobe.agent import MakeAgent

MODES = ("next_step", "same_step", "disabled")


@dataclass(frozen=True)
class Traits:
    """What an agent can be asked.

    Args:
        name: for the report.
        kinds: ``"discrete"``, ``"continuous"`` or both.
        autoreset_modes: modes of the vector environments that it can be given.
        most_steps: when a run should give up.
    """

    name: str
    kinds: frozenset[str]
    autoreset_modes: tuple[str, ...]
    most_steps: int


def describe(make_agent: MakeAgent) -> Traits:
    """The traits of a factory: its attributes where it has them, else by trying.

    A factory is given vector environments only if it says ``make_agent.vector = True`` (and names its
    modes in ``make_agent.autoreset_modes`` if it does not know all three).

    Raises:
        AgentError: it is not callable, or cannot build an agent for any kind of action.
    """
    if not callable(make_agent):
        raise AgentError(f"make_agent: expected a function make_agent(env, setting), got {make_agent!r}")
    kinds = getattr(make_agent, "actions", None)
    vector = bool(getattr(make_agent, "vector", False))
    return Traits(
        name=str(getattr(make_agent, "name", None) or getattr(make_agent, "__name__", "agent")),
        kinds=frozenset(kinds) if kinds else _try_kinds(make_agent),
        autoreset_modes=tuple(getattr(make_agent, "autoreset_modes", MODES)) if vector else (),
        most_steps=int(getattr(make_agent, "most_steps", 8_000)),
    )


def _try_kinds(make_agent: MakeAgent) -> frozenset[str]:
    errors: dict[str, Exception] = {}
    for kind, name in (("discrete", "ContextBandit"), ("continuous", "BoxTarget")):
        trial = Trial(name=name)
        env: Any = environment(trial, 0, Count())
        try:
            make_agent(env, trial.with_seed(0))
        except Exception as error:  # noqa: BLE001 - whatever a foreign factory raises
            errors[kind] = error
        finally:
            env.close()
    kinds = frozenset({"discrete", "continuous"} - set(errors))
    if not kinds:
        first = errors["discrete"]
        raise AgentError(
            f"make_agent(env, setting) raised {type(first).__name__}: {first}; "
            "it must build an agent for Discrete or Box actions"
        ) from first
    return kinds
