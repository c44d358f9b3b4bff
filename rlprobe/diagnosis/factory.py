"""The traits of an agent: from the attributes of ``make_agent``, else by building one."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from rlprobe.agent import ACTION_KINDS, AUTORESET_MODES, Setting
from rlprobe.diagnosis import questions
from rlprobe.diagnosis.questions import AgentError, FactoryError
from rlprobe.diagnosis.training.counting import Count, environment
from rlprobe.diagnosis.trial import Trial

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rlprobe.agent import MakeAgent


@dataclass(frozen=True)
class Traits:
    """What an agent can be trained on.

    Args:
        name: for the report.
        kinds: ``"discrete"``, ``"continuous"`` or both.
        autoreset_modes: autoreset modes of the vector environments it can learn on.
        alone: autoreset mode of the vectors of one environment that it gets in place of single
            environments, because it can be built on vectors only; None if it can be built on both.
        most_steps: environment steps after which a run ends.
        discrete_start: whether it supports ``Discrete(n, start=k)`` with ``k`` other than 0.
        most_actions: the number of discrete actions on every probe; None if each probe has its own.
        sizes: how many values each component of its discrete actions has, where that is the same on every
            probe.
        explores: whether to run the exploration probes.
        script: of a training script: its critic, actor, gamma, environment and steps.
        said: sentences for the report on what was read from the script.
        offers: options of the CashOut probes, where no critic can be read.
        soft: whether its values contain the entropy of its actions: of its ``most_actions`` on every probe,
            or of those that a probe has.
        own_end: whether episodes that terminate end in an observation of its own: it has a table without a
            mask, and no step of its own environment begins in a final state.
        longer: whether episodes of one step get a further one, because it cannot learn from them.
    """

    name: str
    kinds: frozenset[str]
    autoreset_modes: tuple[str, ...]
    most_steps: int
    discrete_start: bool
    alone: str | None = None
    most_actions: int | None = None
    sizes: tuple[int, ...] = ()
    explores: bool = True
    script: Mapping[str, Any] | None = None
    said: tuple[str, ...] = ()
    offers: Sequence[Mapping[str, Any]] = ()
    soft: bool = False
    longer: bool = False
    own_end: bool = False


def describe(make_agent: MakeAgent) -> Traits:
    """The traits of ``make_agent``: its attributes where it has them, else found by building agents.

    It gets vector environments only if ``make_agent.vector`` is True. ``make_agent.autoreset_modes`` names
    the modes if it does not support all three.

    Raises:
        AgentError: it is not a function of two arguments, one of its attributes has a wrong value, or it
            builds an agent neither for Discrete nor for Box actions.
    """
    if not callable(make_agent):
        raise AgentError(f"make_agent: expected a function make_agent(env, setting), got {make_agent!r}")
    _check_signature(make_agent)
    kinds = _declared(make_agent, "actions", ACTION_KINDS)
    modes = _declared(make_agent, "autoreset_modes", AUTORESET_MODES) or AUTORESET_MODES
    vector = bool(getattr(make_agent, "vector", False))
    alone = _alone(make_agent, kinds, modes[0]) if vector else None
    found = frozenset(kinds or _try_kinds(make_agent, alone))
    return Traits(
        name=str(getattr(make_agent, "name", None) or getattr(make_agent, "__name__", "agent")),
        kinds=found,
        autoreset_modes=modes if vector else (),
        most_steps=int(getattr(make_agent, "most_steps", 8_000)),
        discrete_start=getattr(make_agent, "discrete_start", False) is True,
        alone=alone,
        soft="discrete" in found and _is_soft(make_agent, alone),
    )


def _is_soft(make_agent: MakeAgent, mode: str | None) -> bool:
    """Whether an agent for discrete actions says that its values contain entropy."""
    agent = _built(make_agent, "ContextBandit", mode)
    return agent is not None and questions.temperature(agent) > 0.0


def _declared(make_agent: MakeAgent, attribute: str, known: tuple[str, ...]) -> tuple[str, ...]:
    given = getattr(make_agent, attribute, None)
    if given is None or callable(given):
        return ()
    if isinstance(given, str) or not set(given) <= set(known):
        raise AgentError(f"make_agent.{attribute}: expected some of {known}, got {given!r}")
    return tuple(given)


def _check_signature(make_agent: MakeAgent) -> None:
    try:
        signature = inspect.signature(make_agent)
    except (TypeError, ValueError):
        return
    try:
        signature.bind(None, None)
    except TypeError as error:
        raise AgentError(
            f"make_agent: expected a function of two arguments (env, setting), got {signature}"
        ) from error


def _alone(make_agent: MakeAgent, kinds: tuple[str, ...], mode: str) -> str | None:
    """``mode`` if agents can be built on a vector of one environment, and not on a single one."""
    name = "BoxTarget" if kinds == ("continuous",) else "ContextBandit"
    alone = _built(make_agent, name, None) is None and _built(make_agent, name, mode) is not None
    return mode if alone else None


def _built(make_agent: MakeAgent, name: str, mode: str | None) -> Any:
    """An agent on a probe; None if it cannot be built, which its first run will report."""
    trial = Trial(name=name, setting=Setting(autoreset_mode=mode))
    env: Any = environment(trial, 0, Count())
    try:
        return make_agent(env, trial.with_seed(0))
    except Exception:  # noqa: BLE001 - whatever a foreign factory raises
        return None
    finally:
        env.close()


def _try_kinds(make_agent: MakeAgent, mode: str | None = None) -> tuple[str, ...]:
    """The kinds of action for which it builds an agent that returns such actions.

    Some agents cannot act before they have learned. For them it is enough that they were built.
    """
    errors: dict[str, Exception] = {}
    mute: list[str] = []
    for kind, name in (("discrete", "ContextBandit"), ("continuous", "BoxTarget")):
        trial = Trial(name=name, setting=Setting(autoreset_mode=mode))
        env: Any = environment(trial, 0, Count())
        try:
            agent = make_agent(env, trial.with_seed(0))
            questions.check_agent(agent)
            if not _answers(agent, trial, env):
                mute.append(kind)
        except Exception as error:  # noqa: BLE001 - whatever a foreign factory raises
            errors[kind] = error
        finally:
            env.close()
    kinds = tuple(kind for kind in ACTION_KINDS if kind not in errors and kind not in mute) or tuple(mute)
    if not kinds:
        _refuse(errors["discrete"])
    return kinds


def _answers(agent: Any, trial: Trial, env: Any) -> bool:
    """Whether it acts before it has learned; raises ``AgentError`` if its actions are invalid."""
    try:
        space = getattr(env, "single_action_space", env.action_space)
        questions.actions(agent, trial.queried, space)
    except AgentError:
        raise
    except Exception:  # noqa: BLE001 - whatever a foreign agent raises
        return False
    return True


def _refuse(error: Exception) -> NoReturn:
    if isinstance(error, AgentError):
        raise error
    raise FactoryError(
        f"make_agent(env, setting) raised {type(error).__name__}: {error}; "
        "it must build an agent for Discrete or Box actions"
    ) from error
