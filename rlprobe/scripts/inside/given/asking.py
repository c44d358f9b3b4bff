"""Ask the networks of a script about any observations: which is the critic, which the policy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from gymnasium import spaces

from rlprobe.scripts.inside.given.calling import Calling, Candidate
from rlprobe.scripts.inside.given.candidates import Candidates
from rlprobe.scripts.inside.given.wrapping import HistoryError
from rlprobe.scripts.inside.reading.networks.choosing import ACTOR, CRITIC, TARGET

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from rlprobe.scripts.inside.given.watching import Watching
    from rlprobe.scripts.inside.given.wrapping import Wrapping

LEAST_ACTIONS, PLAIN_ABOVE, FACTOR_DIFFERS_BY = 30, 0.9, 0.15
"""Actions and their correlation with what the policy says, from which a factor between both is believed."""
NO_NETWORK = "no network whose name or use says that it is the critic or the policy"
CHANGED = "the script changes observations before its networks see them"
MEMORY = "the script's networks have a memory"


class CannotReadError(ValueError):
    """What the script believes cannot be read; says why."""


class Networked:
    """The critic and the policy among the networks of a script.

    Args:
        networks: what hooks have seen.
        space: the actions of the environment.
        wrapping: what the script's wrappers make of an observation.
    """

    def __init__(self, networks: Watching, space: Any, wrapping: Wrapping) -> None:
        self.networks, self.torch, self.space, self.wrapping = networks, networks.torch, space, wrapping
        self.why = ""
        self.calling = Calling(networks, wrapping)
        self.candidates = Candidates(self.torch, self.calling)
        self.critic: Candidate | None = None
        self.actor: Candidate | None = None
        self.pair: Candidate | None = None
        self.factor = 1.0

    @property
    def critic_name(self) -> str | None:
        """What the values are read from."""
        found = self.critic or self.pair
        return None if self.why or found is None else found.name

    @property
    def actor_name(self) -> str | None:
        """What the actions are read from."""
        return None if self.why or self.actor is None else self.actor.name

    def check(self) -> None:
        """See whether the networks that act are given the observations as they are."""
        if self.networks.recurrent:
            self.why = MEMORY
            return
        self.why = ""
        if self.wrapping.running:
            return  # their statistics have changed since
        ours = {id(one.module) for one in (self.critic, self.actor) if one is not None}
        seen = [one for key, one in self.networks.acted.items() if key in ours]
        for _, given, looks in seen or list(self.networks.acted.values()):
            self.why = self._changed(given, looks)
            if not self.why:
                return

    def _changed(self, given: Any, looks: list[Any]) -> str:
        """Why what a network was given is not what the environments showed; empty if it is."""
        try:
            shown = [np.asarray(self.wrapping.shown(look), np.float64).reshape(-1) for look in looks]
        except HistoryError as error:
            return str(error)
        except (TypeError, ValueError):
            return CHANGED
        rows = given.double().cpu().numpy().reshape(-1)
        for scale in (1.0, 1 / 255):
            expected = scale * np.concatenate(shown)
            if rows.shape == expected.shape and np.allclose(rows, expected, rtol=1e-3, atol=1e-4):
                self.calling.scale = scale
                return ""
        return CHANGED

    def compare(self, envs: list[Any]) -> None:
        """See whether the script acts as its policy says, or by some times as much."""
        pairs = [pair for env in envs for pair in env.recent]
        if self.actor_name is None or not isinstance(self.space, spaces.Box) or len(pairs) < LEAST_ACTIONS:
            return
        self.factor = 1.0
        self.factor = factor_of(self.actions([look for look, _ in pairs]), np.array([a for _, a in pairs]))

    def find(self, names: Mapping[str, Any], rows: list[Any]) -> None:
        """Look for critic and policy; ``why`` says why there is none."""
        self.check()
        if self.why or not rows:
            return
        found = list(self.candidates.all(names, rows))
        actions = int(self.space.n) if isinstance(self.space, spaces.Discrete) else None
        found.sort(key=self._rank, reverse=True)
        if actions is not None:
            wide = [one for one in found if one.width == actions > 1]
            twins = any(TARGET.search(one.name) for one in wide)
            policies = [one for one in wide if self._is_policy(one, twins=twins)]
            self.actor = next(iter(policies), None) or next(iter(wide), None)
            values = [one for one in wide if one not in policies]
            self.critic = self._state(found, none_if_box=False) or next(iter(values), None)
        else:
            size = int(np.prod(self.space.shape or (1,)))
            acts = [one for one in found if one.width == size and self._acts(one)]
            self.actor = next(iter(acts), None)
            self.critic = self._state([one for one in found if one is not self.actor], none_if_box=size == 1)
            if self.critic is None and self.actor is not None:
                self.pair = self.candidates.of_pairs(names, rows, self.actions(rows))
        if self.critic is None and self.actor is None:
            self.why = NO_NETWORK

    def _state(self, found: list[Candidate], *, none_if_box: bool) -> Candidate | None:
        """The critic of states: one number for each, and no policy."""
        for one in found:
            if one.width == 1 and (CRITIC.search(one.name) or self._beside_policy(one)):
                return one
            if one.width == 1 and not (none_if_box or ACTOR.search(one.name)):
                return one
        return None

    def _beside_policy(self, one: Candidate) -> bool:
        """Whether a network returns this number beside what a distribution of actions is made of."""
        outputs = self.networks.outputs
        own = outputs.get((id(one.module), one.path))
        others = [
            other for (key, path), other in outputs.items() if key == id(one.module) and path != one.path
        ]
        return own is not None and not own.policy and any(other.policy for other in others)

    def _is_policy(self, one: Candidate, *, twins: bool) -> bool:
        """Whether outputs for each action are chances, or what chances are made of.

        A network that the script calls policy is one of values if it has a target network beside it, or if
        it has acted and no distribution was made of what it returned.
        """
        if one.chances or self.networks.is_policy(one.module):
            return True
        used = id(one.module) in self.networks.acted and self.networks.gate.updates
        return bool(ACTOR.search(one.name)) and not (CRITIC.search(one.name) or used or twins)

    @property
    def settled(self) -> bool:
        """Whether both were found, and enough was seen to tell them apart."""
        return bool(
            self.critic_name and self.actor_name and self.networks.gate.updates and self.networks.acted
        )

    def _acts(self, one: Candidate) -> bool:
        if CRITIC.search(one.name) and not ACTOR.search(one.name):
            return False
        used = id(one.module) in self.networks.acted or self.networks.is_policy(one.module)
        return bool(ACTOR.search(one.name)) or used

    def _rank(self, one: Candidate) -> tuple[bool, ...]:
        trained = any(p.grad is not None for p in one.module.parameters())
        whole = one.function is one.module
        return not TARGET.search(one.name), trained, bool(CRITIC.search(one.name)), whole, len(one.name) < 12

    def values(self, rows: list[Any]) -> NDArray[np.float64]:
        """The values of observations."""
        if self.why or (self.critic or self.pair) is None:
            raise CannotReadError(self.why or NO_NETWORK)
        if self.critic is None:
            assert self.pair is not None
            found = self.calling.outputs(self.pair, rows, self.actions(rows))
        else:
            found = self.calling.outputs(self.critic, rows)
        return np.asarray(found.max(axis=1))

    def actions(self, rows: list[Any]) -> NDArray[Any]:
        """The greedy actions at observations: the likeliest, the best, or the mean."""
        if self.why or self.actor is None:
            raise CannotReadError(self.why or NO_NETWORK)
        found = self.calling.outputs(self.actor, rows)
        if isinstance(self.space, spaces.Discrete):
            return np.asarray(found.argmax(axis=1) + int(self.space.start))
        module = self.actor.module
        if self.actor.path and hasattr(module, "action_scale"):  # mean and deviation before squashing
            scale, bias = (np.asarray(t.cpu()) for t in (module.action_scale, module.action_bias))
            found = np.tanh(found) * scale + bias
        shaped = self.factor * found.reshape(len(rows), *self.space.shape)
        return np.clip(shaped, self.space.low, self.space.high).astype(self.space.dtype)


def factor_of(read: NDArray[Any], taken: NDArray[Any]) -> float:
    """By what a script multiplies the output of its policy before it acts; 1 where that is not plain.

    >>> read = np.linspace(-1, 1, 40)
    >>> factor_of(read, 2 * read + 0.01 * np.sin(40 * read)), factor_of(read, read), factor_of(read, read**2)
    (2.0, 1.0, 1.0)
    """
    x, y = np.ravel(read).astype(np.float64), np.ravel(taken).astype(np.float64)
    if len(x) != len(y) or len(x) < LEAST_ACTIONS or min(x.std(), y.std()) < 1e-3:
        return 1.0
    slope = float(np.cov(x, y)[0, 1] / x.var(ddof=1))
    plain = float(np.corrcoef(x, y)[0, 1]) > PLAIN_ABOVE and abs(slope - 1.0) > FACTOR_DIFFERS_BY
    return float(f"{slope:.2g}") if plain else 1.0
