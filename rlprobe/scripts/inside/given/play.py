"""One run of a script on the user's environment, in a process of its own."""

from __future__ import annotations

import contextlib
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any, cast

from gymnasium import spaces

from rlprobe.scripts.inside.given.anywhere import Anywhere
from rlprobe.scripts.inside.given.env import GivenEnv
from rlprobe.scripts.inside.given.parcels import packed, packed_space, unpacked, unpacked_space
from rlprobe.scripts.inside.given.watching import Watching
from rlprobe.scripts.inside.making.replacing import Replacing
from rlprobe.scripts.inside.play import Play
from rlprobe.scripts.inside.stage import StageError

if TYPE_CHECKING:
    import gymnasium as gym


class GivenEnvs(Replacing):
    """Makes stand-ins for the user's environment."""

    stand_in = GivenEnv
    name = ""
    spaces: Any = ()

    def _replace_class(self, place: str) -> None:
        """A module of the user's that the script cannot import is none that it uses."""
        with contextlib.suppress(ImportError, AttributeError):
            super()._replace_class(place)

    def staged(self, original: gym.Env[Any, Any], name: str) -> GivenEnv:
        """A stand-in, if the script is written for the same spaces."""
        observations, actions = self.spaces
        own = original.observation_space, original.action_space
        if _differ(own[0], observations) or _differ(own[1], actions):
            raise StageError(
                f"the script trains on {name} (observations {_kind(own[0])}, actions {_kind(own[1])}), and "
                f"{self.name} has observations {_kind(observations)}, actions {_kind(actions)}: name the "
                "environment that the script is written for, or pass this one to the script after --"
            )
        if name.rpartition(":")[2] not in self.name:
            self.note(f"the script makes {name}: it trained on {self.name} instead")
        return GivenEnv(len(self.stages), observations, actions, original, self.gate)


class GivenPlay(Play):
    """Answers what the script believes at any observation."""

    def _environments(self) -> Any:
        given = self.order.given
        assert given is not None
        envs = GivenEnvs(gate=self.gate, vector_api=self.order.vector_api)
        envs.name = given["name"]
        envs.spaces = unpacked_space(given["observations"]), unpacked_space(given["actions"])
        self.anywhere: Anywhere | None = None
        return envs

    def _training(self) -> list[Any]:
        """The environments of the line that steps most: others are for evaluation."""
        begun = [env for env in self.theatre.stages if env.looks]
        steps = self._sites()
        site = max(steps, key=steps.__getitem__, default=None)
        return [env for env in begun if site in env.sites] or begun

    def _sites(self) -> Counter[Any]:
        """Steps by the line that takes them."""
        return sum((env.sites for env in self.theatre.stages), Counter())

    def _answer(self, asked: dict[str, Any]) -> dict[str, Any]:
        if self.anywhere is None:
            space = unpacked_space(packed_space(self.theatre.spaces[1]))
            self.anywhere = Anywhere(space, self.order.value, self.order.act)
        self.reader.look()
        found = self.anywhere
        found.look(self.reader.names, self._training(), cast("Watching | None", self.networks))
        if asked["do"] == "look":
            counts, told = sorted(self._sites().values()), found.told()
            return {
                "at": "answer",
                "gamma": self.reader.gamma(),
                "elsewhere": sum(counts[:-1]),
                **told,
                "notes": [*self.theatre.notes, *told["notes"]],
            }
        observations = unpacked(asked["observations"])
        said = found.values(observations) if asked["do"] == "values" else found.actions(observations)
        return {"at": "answer", "said": packed(said)}

    def _hook(self) -> None:
        torch = sys.modules.get("torch")
        if torch is not None:
            self.networks = Watching(torch, self.gate)
            self.networks.actions_of(self.theatre.spaces[1])
            self.networks.stages = self.theatre.stages


def _differ(one: Any, other: Any) -> bool:
    """Whether two spaces differ by kind, size or shape; bounds and types may."""
    if type(one) is not type(other):
        return True
    if isinstance(one, spaces.Dict):
        return list(one) != list(other) or any(_differ(one[key], other[key]) for key in one)
    if isinstance(one, spaces.Tuple):
        return len(one) != len(other) or any(map(_differ, one, other))
    return any(
        str(getattr(one, name, "")) != str(getattr(other, name, "")) for name in ("n", "nvec", "shape")
    )


def _kind(space: Any) -> str:
    size = f"({space.n})" if hasattr(space, "n") and not space.shape else f"{space.shape}"
    return f"{type(space).__name__}{size}"
