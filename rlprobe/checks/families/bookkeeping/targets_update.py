"""Polyak averaging of target networks, ``target <- (1 - tau) target + tau source``."""

from __future__ import annotations

import importlib
import inspect
import itertools
import re
import sys
from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.checks.families.batches import batches
from rlprobe.checks.family import Family, Mistake, Role, Variant, number
from rlprobe.checks.trial.names import matching
from rlprobe.checks.trial.stand_in import Record, owner_of, self_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from rlprobe.checks.case import Case
    from rlprobe.checks.family import Outputs


def _weights(random: np.random.Generator, rows: int) -> dict[str, Any]:
    return {
        "source": random.normal(size=rows),
        "target": random.normal(size=rows) + 1.0,
        "tau": round(float(random.uniform(0.05, 0.4)), 2),
    }


def _cases() -> Iterator[Case]:
    return batches(
        _weights,
        {"source": "B", "target": "B"},
        {"polyak": lambda c: 1 - c.tau, "both": lambda c: np.concatenate([c.source, c.target])},
        smallest=2,
    )


def _both(
    target: Callable[[Case], Any], source: Callable[[Case], Any] | None = None
) -> Callable[[Case], Outputs]:
    def of(c: Case) -> Outputs:
        new = target(c)
        return {
            "new target": new,
            "source and target": np.concatenate([source(c) if source else c.source, new]),
        }

    return of


def _mix(share: Callable[[Case], Any]) -> Callable[[Case], Any]:
    return lambda c: (1 - share(c)) * c.target + share(c) * c.source


def _networks(target: Any) -> Iterable[tuple[str, Callable[[Any], Any]]]:
    """Calls with parameters, networks or dictionaries of weights, in both orders; what is changed is read back."""
    name = getattr(target, "__name__", type(target).__name__)
    if not callable(target):
        return
    forms = ["lists of arrays", "dictionaries of arrays"]
    if "torch" in sys.modules:
        forms = ["networks", "lists of tensors", "state dictionaries", *forms]
    for form in forms:
        for order in _orders(target):
            call = _called(target, form, order)
            vars(call)["__wrapped__"] = target  # numbers are looked for in its lines
            yield f"{name}({form}: {', '.join(order)})", call


def _orders(function: Any) -> list[tuple[str, ...]]:
    """The orders of arguments that a function's parameters speak for."""
    try:
        found = [p for p in inspect.signature(function).parameters.values() if p.kind is not p.VAR_KEYWORD]
    except (TypeError, ValueError):
        return []
    if len(found) <= 1 and all(one.name == "self" for one in found):
        return [("",)] if found else []
    options = []
    for one in found[1:] if found and found[0].name == "self" else found:
        roles = [role.name for role in matching(one.name, POLYAK_UPDATE)]
        required = one.default is inspect.Parameter.empty
        options.append(roles or _by_part(one.name) if roles or required else [""])
    orders = [order for order in itertools.product(*options) if {"source", "target"} <= set(order)]
    return [order for order in orders if len(set(order)) == len(order)]


def _by_part(name: str) -> list[str]:
    """What a name that is not known may stand for: a part of it may tell."""
    if re.search("targ|tgt|slow|ema|old|frozen", name.lower()):
        return ["target"]
    return ["source", "tau", "polyak", "target"]


def _called(function: Any, form: str, order: tuple[str, ...]) -> Callable[[Any], Any]:
    def call(case: Any) -> Any:
        made = {which: _made(np.asarray(getattr(case, which)), form) for which in ("source", "target")}
        given = [made[which] if which in made else getattr(case, which) for which in order if which]
        owner = owner_of(function)
        if owner is not None and not hasattr(function, "__self__"):
            given.insert(0, self_of(owner)(_Holder(made, case)))
        result = function(*given)
        if result is not None and not hasattr(result, "parameters"):
            return _flat(result)
        return np.concatenate(
            [_flat(made["source"]), _flat(result if result is not None else made["target"])]
        )

    return call


class _Holder(Record):
    """What stands behind ``self``: both networks, and the rate."""

    def __init__(self, made: dict[str, Any], case: Any) -> None:
        vars(self).update(made=made, case=case, written={})

    def __getattr__(self, name: str) -> Any:
        roles = matching(name, POLYAK_UPDATE) if not name.startswith("__") else []
        if not roles:
            raise AttributeError(f"nothing is known of {name!r}")
        role = roles[0].name
        return self.made[role] if role in self.made else getattr(self.case, role)


def _made(values: Any, form: str) -> Any:
    """Weights as a function takes them."""
    if form == "lists of arrays":
        return [values[:1].copy(), values[1:].copy()]
    if form == "dictionaries of arrays":
        return {"weight": values[:1].copy(), "bias": values[1:].copy()}
    torch: Any = importlib.import_module("torch")
    tensors = [torch.from_numpy(values[:1].copy()).float(), torch.from_numpy(values[1:].copy()).float()]
    if form == "networks":
        module = torch.nn.Module()
        module.weight, module.bias = (torch.nn.Parameter(one) for one in tensors)
        return module
    if form == "lists of tensors":
        return [torch.nn.Parameter(one) for one in tensors]
    return dict(zip(("weight", "bias"), tensors, strict=True))


def _flat(weights: Any) -> Any:
    if hasattr(weights, "parameters"):
        weights = list(weights.parameters())
    elif isinstance(weights, dict):
        weights = list(weights.values())
    elif not isinstance(weights, (list, tuple)):
        weights = [weights]
    parts = [one.detach().numpy() if hasattr(one, "detach") else np.asarray(one, float) for one in weights]
    return np.concatenate([np.ravel(part) for part in parts])


POLYAK_UPDATE = Family(
    name="polyak_update",
    what="the slow update of a target network, target <- (1 - tau) target + tau source",
    words=(
        r"polyak",
        r"soft_?(target_?)?update",
        r"(target|ema).*(update|sync)",
        r"update.*target",
        r"ema|lerp",
    ),
    roles=(
        Role(
            "source",
            "online param params policy_net q_net q_network actor critic qf qnetwork qnetwork_local online_net policy local local_model main_params src new model net online_params source_params w q_params",
            (Variant(lambda c: c.source, "B"),),
        ),
        Role(
            "target",
            "target_params target_q target_network target_q_network q_target actor_target critic_target target_critic target_actor qf_target qnetwork_target target_qf target_policy target_model tgt target_param target_net old target_weights tgt_params w_target dst",
            (Variant(lambda c: c.target, "B"),),
        ),
        number("tau", "alpha rate soft_tau t step_size update_rate", (0.005, 0.01, 0.001, 0.05, 0.02)),
        number("polyak", "rho decay momentum ema_decay alpha beta"),
    ),
    needs=(frozenset({"source"}), frozenset({"target"})),
    outputs={"new target": "B", "source and target": "C"},
    right=_both(_mix(lambda c: c.tau)),
    cases=_cases,
    drivers=_networks,
    in_place=frozenset({"source", "target"}),
    strict=True,
    mistakes=(
        Mistake(
            "target-update-reversed",
            "the update with tau and 1 - tau exchanged",
            _both(_mix(lambda c: 1 - c.tau)),
            "tau * target + (1 - tau) * source",
            "(1 - tau) * target + tau * source",
        ),
        Mistake(
            "target-update-reversed",
            "the update written into the online network",
            _both(lambda c: c.target, _mix(lambda c: 1 - c.tau)),
        ),
        Mistake(
            "target-update-reversed",
            "the update written into the online network, with tau the other way round",
            _both(lambda c: c.target, _mix(lambda c: c.tau)),
        ),
        Mistake("target-never-synced", "the target as it was", _both(lambda c: c.target)),
        Mistake(
            "target-copied",
            "a copy of the online network: tau is ignored",
            _both(lambda c: c.source),
            "target.copy_(source)",
            "target.mul_(1 - tau).add_(tau * source)",
        ),
        Mistake(
            "target-update-sum",
            "the target plus tau times the source: 1 - tau is missing",
            _both(lambda c: c.target + c.tau * c.source),
            "target += tau * source",
            "target += tau * (source - target)",
        ),
        Mistake("target-update-sum", "tau times the source alone", _both(lambda c: c.tau * c.source)),
        Mistake(
            "target-update-sum", "1 - tau times the target alone", _both(lambda c: (1 - c.tau) * c.target)
        ),
        Mistake(
            "target-update-sum",
            "the target plus all of the source's difference times tau, with the sign reversed",
            _both(lambda c: c.target + c.tau * (c.target - c.source)),
        ),
        Mistake("target-update-sum", "the mean of both networks", _both(_mix(lambda _: 0.5))),
        Mistake(
            "target-update-sum",
            "(1 - tau) of the target plus all of the source",
            _both(lambda c: (1 - c.tau) * c.target + c.source),
        ),
    ),
    example="case.source, case.target, case.tau",
)
