"""Putting an environment of ours wherever a script makes one."""

from __future__ import annotations

import contextlib
import importlib
import sys
from typing import TYPE_CHECKING, Any

import gymnasium as gym
from gymnasium.envs import registration
from gymnasium.vector import SyncVectorEnv

from probe_envs.envs.scalar import ProbeEnv
from rlprobe.scripts.inside.making import running_statistics
from rlprobe.scripts.inside.making.clipped_rewards import leave_out_clipping
from rlprobe.scripts.inside.making.in_one_process import in_one_process, replace_subprocesses
from rlprobe.scripts.inside.making.versions import made
from rlprobe.scripts.inside.older import four_values, wrappers
from rlprobe.scripts.inside.older.four_values import FourValues
from rlprobe.scripts.inside.older.vectors import FourValuesVector

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rlprobe.scripts.inside.gate import Gate

OF_OLD_MAKE = ("autoreset", "apply_api_compatibility", "new_step_api")
"""Arguments of ``make`` that Gymnasium 1.0 and later do not know."""


class Replacing:
    """Puts an environment of ours wherever a script makes one, and knows all of them.

    Args:
        gate: lets steps through.
        vector_api: ``"0.29"`` for vector environments as before Gymnasium 1.0.
    """

    leaves_out_statistics = False
    """Whether wrappers that normalise by running statistics are left out."""
    stand_in: type[gym.Env[Any, Any]]
    """The class of the environments that take the place of the script's own."""

    def __init__(self, *, gate: Gate, vector_api: str) -> None:
        self.gate, self.vector_api = gate, vector_api
        self.stages: list[Any] = []
        self.identities: list[str] = []
        self.notes: list[str] = []
        self._four_values = False
        self._making = 0
        self._originals: dict[str, gym.Env[Any, Any]] = {}
        self._make = gym.make

    def install(self, replaced: tuple[str, ...] = ()) -> None:
        """Replace what makes environments, in every module that has taken it over already."""
        swaps = {
            id(gym.make): self.make,
            id(gym.make_vec): self.make_vec,
            id(gym.vector.AsyncVectorEnv): in_one_process(self.note, self.vector_api),
        }
        if self.vector_api == "0.29":
            swaps[id(SyncVectorEnv)] = in_one_process(self.note, "0.29")
        for module in list(sys.modules.values()):
            names = getattr(module, "__dict__", None)
            if not isinstance(names, dict) or str(names.get("__name__", "")).startswith("rlprobe"):
                continue
            for name, value in list(names.items()):
                if id(value) in swaps and (callable(value)):
                    names[name] = swaps[id(value)]
        wrappers.install(self.note)
        if self.leaves_out_statistics:
            running_statistics.leave_out(self.note)
            leave_out_clipping(self.note)
        registration.__dict__["make"] = self.make
        gym.vector.make = self.make_old_vec  # type: ignore[attr-defined]
        gym.Env.__new__ = self._new  # type: ignore[method-assign]
        replace_subprocesses(self.note)
        for place in replaced:
            self._replace_class(place)

    def make(self, id: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: A002 - Gymnasium's name
        """A stage in place of what ``gymnasium.make`` would return."""
        old = {name: kwargs.pop(name) for name in OF_OLD_MAKE if name in kwargs}
        key = f"{id} {args} {sorted(kwargs.items(), key=lambda item: item[0])}"
        if key not in self._originals:
            with self._plainly():
                self._originals[key] = made(self._make, id, self.note, *args, **kwargs)
        name = id if isinstance(id, str) else id.id
        stage = self._stage(self._originals[key], str(name))
        if old.get("autoreset"):
            stage = gym.wrappers.Autoreset(stage)
        return self._as_stepped(stage)

    def _as_stepped(self, stage: gym.Env[Any, Any]) -> gym.Env[Any, Any]:
        """A stage that gives as many values as the script unpacks."""
        return FourValues(stage) if self._four_values else stage

    def give_four_values(self) -> None:
        """Let environments, wrappers and vector environments give four values from ``step``."""
        self._four_values = True
        four_values.install()
        for name in ("SyncVectorEnv", "AsyncVectorEnv"):
            setattr(gym.vector, name, FourValuesVector)

    def make_old_vec(self, id: Any, num_envs: int = 1, **kwargs: Any) -> Any:  # noqa: A002
        """Stages side by side in place of what ``gym.vector.make`` would return."""
        for name in ("asynchronous", "disable_env_checker"):
            kwargs.pop(name, None)
        wraps = kwargs.pop("wrappers", None)
        return self.make_vec(id, num_envs, wrappers=[wraps] if callable(wraps) else wraps, **kwargs)

    def make_vec(
        self,
        id: Any,  # noqa: A002 - Gymnasium's name
        num_envs: int = 1,
        vectorization_mode: Any = None,
        vector_kwargs: dict[str, Any] | None = None,
        wrappers: Any = None,
        **kwargs: Any,
    ) -> Any:
        """Stages side by side in place of what ``gymnasium.make_vec`` would return."""
        mode = str(getattr(vectorization_mode, "value", vectorization_mode))
        if mode == "async":
            self.note("AsyncVectorEnv was run in one process, as SyncVectorEnv")
        known = {
            k: v
            for k, v in (vector_kwargs or {}).items()
            if k in {"copy", "observation_mode", "autoreset_mode"}
        }

        def one() -> Any:
            env = self.make(id, **kwargs)
            for wrapper in wrappers or ():
                env = wrapper(env)
            return env

        return gym.vector.SyncVectorEnv([one for _ in range(num_envs)], **known)

    def _stage(self, original: gym.Env[Any, Any], name: str) -> gym.Env[Any, Any]:
        """What stands for ``original``, one more each time."""
        if name not in self.identities:
            self.identities.append(name)
        with self._plainly():  # the original may be copied
            stage = self.staged(original, name)
        self.stages.append(stage)
        return stage

    def staged(self, original: gym.Env[Any, Any], name: str) -> gym.Env[Any, Any]:
        """An environment of ours that stands for ``original``, which the script calls ``name``."""
        raise NotImplementedError

    def _new(self, cls: type, *args: Any, **kwargs: Any) -> Any:
        """``gymnasium.Env.__new__``: a class of environments that is called by itself makes a stage too."""
        plain: Any = object.__new__(cls)
        kept = (gym.Wrapper, ProbeEnv, self.stand_in)
        if self._making or issubclass(cls, kept) or cls.__module__.startswith(("probe_envs", "rlprobe")):
            return plain
        with self._plainly():
            plain.__init__(*args, **kwargs)
        return self._as_stepped(self._stage(plain, cls.__name__))

    @contextlib.contextmanager
    def _plainly(self) -> Iterator[None]:
        """While an environment is really made."""
        self._making += 1
        try:
            yield
        finally:
            self._making -= 1

    def note(self, sentence: str) -> None:
        """Keep a sentence for the report."""
        if sentence not in self.notes:
            self.notes.append(sentence)

    def _replace_class(self, place: str) -> None:
        """Let a class that is no ``gymnasium.Env`` make stages; classes of the script itself wait for it."""
        module_name, _, name = place.partition(":")
        if module_name == "__main__":
            return
        module = importlib.import_module(module_name)
        setattr(module, name, self.standing_for(getattr(module, name)))

    def standing_for(self, cls: Any) -> Callable[..., gym.Env[Any, Any]]:
        """What stands for a class of environments: the same call makes a stage."""

        def make(*args: Any, **kwargs: Any) -> gym.Env[Any, Any]:
            with self._plainly():
                original = cls(*args, **kwargs)
            if not isinstance(original, gym.Env):
                original = _as_env(original)
            return self._as_stepped(self._stage(original, cls.__name__))

        return make


def _as_env(thing: Any) -> gym.Env[Any, Any]:
    """An environment with the spaces of an object that has spaces, and that answers for its attributes."""
    env: Any = gym.Env()
    env.__dict__.update(vars(thing))
    env.observation_space, env.action_space = thing.observation_space, thing.action_space
    return env  # type: ignore[no-any-return]
