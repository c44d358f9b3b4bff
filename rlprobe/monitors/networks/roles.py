"""Which network is the policy, which the critic, and which a target: found by what they say, and by name."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rlprobe.monitors.networks.asking import Reading, as_floats
from rlprobe.monitors.networks.candidates import candidates
from rlprobe.monitors.networks.stable import readings_of_sb3

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rlprobe.monitors.networks.candidates import Candidate, Task

CRITIC = re.compile(r"critic|value|baseline|(^|[._])(v|vf|vf_net|v_net|vnet)([._]|$)", re.IGNORECASE)
Q = re.compile(r"(^|[._])(q|qf|qnet|dqn|ddqn)|q_?net|q_?func|q_?value|online|critic", re.IGNORECASE)
TARGET = re.compile(r"target|_tgt|old|frozen|ema|best", re.IGNORECASE)
SAME_WITHIN = 1e-4


@dataclass
class Witness:
    """What a policy said while the training code acted: a distribution at known observations."""

    observations: Any
    distribution: Any


@dataclass
class Roles:
    """Who is who among the networks of a run."""

    policy: Reading | None = None
    value: Reading | None = None
    q: Reading | None = None
    targets: list[tuple[str, Any, Any]] = field(default_factory=list)
    of_library: bool = False


def assign(  # noqa: PLR0917 - what is known, in the order in which it was found
    networks: Mapping[str, Any],
    held: set[int],
    task: Task,
    witness: Witness | None,
    torch: Any,
    known: Reading | None = None,
) -> Roles:
    """The roles of networks.

    Args:
        networks: by name.
        held: identities of the parameters that optimizers hold.
        task: observations and actions.
        witness: what the policy said while acting.
        torch: the library.
        known: the policy, if it was found before.
    """
    roles = Roles(policy=known)
    roles.targets = _targets(networks, held)
    for name, network in networks.items():
        found = readings_of_sb3(name, network, task.space, torch)
        if found is not None:
            roles.policy, roles.value, roles.q = found
            roles.of_library = True
            return roles
    learning = {name: one for name, one in networks.items() if any(id(p) in held for p in one.parameters())}
    options = [one for name, net in learning.items() for one in candidates(name, net, task, torch)]
    if witness is not None and known is None:
        roles.policy = _policy(options, witness, torch)
    names = {roles.policy.name} if roles.policy else set()
    rest = [one for one in options if one.reading.name not in names and not TARGET.search(one.reading.name)]
    roles.value = _best([one for one in rest if one.kind == "value"], CRITIC)
    pairs = _best([one for one in rest if one.kind == "pair"], Q)
    choices = _best([one for one in rest if one.kind == "choices"], Q) if roles.policy is None else None
    roles.q = pairs or choices
    return roles


def _best(options: list[Candidate], names: re.Pattern[str]) -> Reading | None:
    """The one that is named so; the only one if none is; else none, for a guess might be wrong."""
    named = [one for one in options if names.search(one.reading.name)]
    if named:
        return min(named, key=lambda one: (len(one.reading.name), one.reading.name)).reading
    whole = [one for one in options if "." not in one.reading.name]
    return whole[0].reading if len(whole) == 1 else None


def _policy(options: list[Candidate], witness: Witness, torch: Any) -> Reading | None:
    """The network whose output is what the policy was seen to say."""
    seen = witness.distribution
    kinds = torch.distributions
    while isinstance(seen, kinds.Independent):
        seen = seen.base_dist
    for one in options:
        try:
            output = one.reading.at(witness.observations)
            made = _distribution(output, seen, one.reading, kinds)
        except Exception:  # noqa: BLE001, S112 - whatever a network raises at inputs it was not made for
            continue
        if made is not None:
            return Reading(one.reading.name, one.reading.twin, made)
    return None


def _distribution(output: Any, seen: Any, reading: Reading, kinds: Any) -> Any:
    """From observations to distributions, if ``output`` explains the distribution that was seen."""
    ask = reading.ask
    if isinstance(seen, kinds.Categorical):
        logits = seen.logits.reshape(-1, seen.logits.shape[-1])
        if output.shape != logits.shape:
            return None
        if _same(output.log_softmax(-1), logits):
            return lambda x: kinds.Categorical(logits=_only(ask(x), output.shape[-1]))
        if bool((output >= 0).all()) and _same((output / output.sum(-1, keepdim=True)).log(), logits):
            return lambda x: kinds.Categorical(probs=_only(ask(x), output.shape[-1]))
        return None
    if isinstance(seen, kinds.Normal):
        loc = seen.loc.reshape(-1, seen.loc.shape[-1])
        scale = seen.scale.reshape(-1, seen.scale.shape[-1])[0]
        if output.shape != loc.shape or not _same(output, loc):
            return None
        for p in reading.twin.copy.parameters():
            if p.numel() == scale.numel() and _same(p.reshape(-1).exp(), scale):
                return lambda x: kinds.Normal(
                    _only(ask(x), loc.shape[-1]), p.reshape(-1).exp().clone().expand(len(x), -1)
                )
    return None


def _only(said: Any, wide: int) -> Any:
    """The tensor of that width in what a network returned."""
    if isinstance(said, (tuple, list)):
        return next(one for one in said if hasattr(one, "shape") and one.ndim == 2 and one.shape[1] == wide)
    return said


def _same(one: Any, other: Any) -> bool:
    """Whether two tensors are equal up to rounding."""
    a, b = as_floats(one), as_floats(other)
    return a.shape == b.shape and bool((abs(a - b) <= SAME_WITHIN * (1.0 + abs(b))).all())


def _targets(networks: Mapping[str, Any], held: set[int]) -> list[tuple[str, Any, Any]]:
    """Networks that no optimizer holds and that look like one that is: name, network, the one it copies."""
    found: list[tuple[str, Any, Any]] = []
    parts = dict(_with_children(networks))
    for name, network in parts.items():
        params = list(network.parameters())
        if any(name.startswith(f"{one}.") for one, *_ in found):
            continue
        if not params or any(id(p) in held for p in params) or not TARGET.search(name):
            continue
        shapes = [tuple(p.shape) for p in params]
        for other_name, other in parts.items():
            theirs = list(other.parameters())
            if other is network or TARGET.search(other_name) or not all(id(p) in held for p in theirs):
                continue
            if [tuple(p.shape) for p in theirs] == shapes:
                found.append((name, network, other))
                break
    return found


def _with_children(networks: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Networks and their parts, by name."""
    found = []
    for name, network in networks.items():
        found.append((name, network))
        found += [(f"{name}.{part}", child) for part, child in network.named_children()]
    return found
