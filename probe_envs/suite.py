"""The suite: all probes, simplest first. Read failures in this order."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final

import gymnasium as gym

from probe_envs.probes import actions, cash_out, exploration, values, wrappers

if TYPE_CHECKING:
    from probe_envs.envs.scalar import ProbeEnv
    from probe_envs.envs.vector import ProbeVectorEnv
    from probe_envs.probe import Probe

SUITE: Final[tuple[Probe, ...]] = (*values.PROBES, *actions.PROBES, *exploration.PROBES)
WRAPPER_PROBES: Final[tuple[Probe, ...]] = wrappers.PROBES
"""Probes of the wrappers between environment and agent; an agent without wrappers need not pass them."""
CHOICE_PROBES: Final[tuple[Probe, ...]] = (cash_out.PROBE,)
"""Probes that show values by choices, for agents without a readable critic."""
_BY_NAME = {probe.name: probe for probe in (*SUITE, *WRAPPER_PROBES, *CHOICE_PROBES)}


class UnknownProbeError(KeyError, ValueError):
    """No probe has this name."""

    def __str__(self) -> str:
        return str(self.args[0])


def probe(name: str) -> Probe:
    """The probe called ``name``, with or without ``probe/`` and ``-v0``.

    Raises:
        UnknownProbeError: there is none; the message names the closest ones.

    >>> probe("probe/TruncBoot-v0").name
    'TruncBoot'
    """
    short = name.removeprefix("probe/").removesuffix("-v0")
    if short in _BY_NAME:
        return _BY_NAME[short]
    near = get_close_matches(short, _BY_NAME, n=3, cutoff=0.4)
    hint = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(_BY_NAME)}"
    raise UnknownProbeError(f"no probe is called {name!r}: {hint}")


def make(probe_name: str, *, render_mode: str | None = None, **options: Any) -> ProbeEnv:
    """The scalar environment of a probe; ``options`` as in ``Probe.mdp``."""
    from probe_envs.envs.scalar import ProbeEnv

    return ProbeEnv(probe(probe_name).mdp(**options), render_mode=render_mode)


def make_vec(
    probe_name: str,
    *,
    num_envs: int = 1,
    autoreset_mode: Any = "NextStep",
    copy: bool = True,
    render_mode: str | None = None,
    **options: Any,
) -> ProbeVectorEnv:
    """The native vector environment of a probe; ``options`` as in ``Probe.mdp``."""
    from probe_envs.envs.vector import ProbeVectorEnv

    return ProbeVectorEnv(
        probe(probe_name).mdp(**options),
        num_envs=num_envs,
        autoreset_mode=autoreset_mode,
        copy=copy,
        render_mode=render_mode,
    )


def register() -> None:
    """Register every probe with Gymnasium as ``probe/<Name>-v0``; doing so twice changes nothing."""
    for row in _BY_NAME.values():
        if row.id not in gym.registry:
            gym.register(
                row.id,
                entry_point="probe_envs.suite:make",
                vector_entry_point="probe_envs.suite:make_vec",
                kwargs={"probe_name": row.name},
            )
