"""A script that trains on an environment of this process, with the face of an agent."""

from __future__ import annotations

import time
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.diagnosis.questions import AgentError, FactoryError
from rlprobe.environments.opening import another
from rlprobe.environments.signals import first_number
from rlprobe.scripts.errors import ScriptError, ended, manner
from rlprobe.scripts.inside.given.parcels import packed, packed_info, unpacked
from rlprobe.scripts.process import GoneError, Process, SilenceError
from rlprobe.scripts.scratch import remove, said

if TYPE_CHECKING:
    import gymnasium as gym
    from numpy.typing import NDArray

    from rlprobe.scripts.inside.order import Order
    from rlprobe.scripts.launch import Launch

LONGEST_SILENCE_S = 120.0
"""So long a script may compute between two steps."""
STARTS_WITHIN_S = 120.0
GAMMA_DIFFERS_BY = 1e-6


class GivenAgent:
    """One run of a script on ``env``; further environments of the script are copies of it.

    ``value`` is None and ``act`` raises while nothing can be read; ``why`` says why. ``finished`` says that
    the script has ended by itself, and ``notes`` what else is to be known.

    Args:
        launch: the script.
        order: how it is run.
        env: where its steps are taken.
        scales: constants that its source multiplies rewards with: name, factor, place.

    Raises:
        AgentError: it does not fit the environment.
        FactoryError: it ended by an error before its first step.
    """

    def __init__(
        self, launch: Launch, order: Order, env: gym.Env[Any, Any], scales: list[tuple[str, float, str]]
    ) -> None:
        self.process, self.order = Process(launch), order
        self.envs: list[gym.Env[Any, Any]] = []
        self._env = env
        self._places: dict[int, int] = {}
        self.target, self.scales = launch.target, scales
        self.finished = False
        self.steps = 0
        self.until: float | None = None
        self.gamma: float | None = None
        self.critic: str | None = None
        self.actor: str | None = None
        self.why = ""
        self.value: Any = None
        self.unit = 1.0
        self._said: list[str] = []
        self.elsewhere = 0
        self._closing = weakref.finalize(self, remove, order.scratch)
        try:
            self.process.begin(order)
            self._arrived(self._heard(None, STARTS_WITHIN_S))
        except ScriptError as error:
            raise self._told(error) from None
        if not self.finished:
            self._look()

    def learn(self, steps: int) -> None:
        """Let the script take about ``steps`` more steps, and learn from them.

        Raises:
            AgentError: the script cannot go on.
        """
        if self.finished:
            return
        seconds = LONGEST_SILENCE_S if self.until is None else max(0.0, self.until - time.perf_counter())
        try:
            message = {"do": "learn", "steps": steps, "seconds": seconds, "exactly": True}
            self._arrived(self._heard(message, seconds + LONGEST_SILENCE_S))
        except ScriptError as error:
            raise self._told(error) from None
        self._look()

    def act(self, observations: Any) -> Any:
        """The greedy actions at observations.

        Raises:
            AgentError: no policy can be read.
        """
        return self._asked("actions", observations)

    def _value(self, observations: Any) -> NDArray[np.float64]:
        return np.asarray(self._asked("values", observations)) * self.unit

    def _asked(self, what: str, observations: Any) -> Any:
        answer = self._heard({"do": what, "observations": packed(observations)}, LONGEST_SILENCE_S)
        if "error" in answer:
            text = answer["error"].partition(": ")[2] or answer["error"]
            raise AgentError(f"{self.target}: its {what} cannot be read: {text}{self._remedy(what)}")
        return unpacked(answer["said"])

    @staticmethod
    def _remedy(what: str) -> str:
        return f"; name them with --{'value' if what == 'values' else 'act'}"

    def _look(self) -> None:
        """Find out what can be read by now."""
        answer = self._heard({"do": "look"}, LONGEST_SILENCE_S)
        if "error" in answer:
            self.why = answer["error"].partition(": ")[2] or answer["error"]
            return
        self.critic, self.actor, self.why = answer["critic"], answer["actor"], answer["why"]
        self._said, self.elsewhere = answer["notes"], answer["elsewhere"]
        self.gamma = answer["gamma"][1] if answer["gamma"] else self.gamma
        factors = [factor for _, factor, _ in self.scales]
        self.unit = float(answer["unit"]) / (factors[0] if len(set(factors)) == 1 else 1.0)
        self.value = self._value if self.critic is not None else None

    @property
    def readable(self) -> bool:
        """Whether its greedy actions can be read."""
        return self.actor is not None

    @property
    def notes(self) -> list[str]:
        """What is read, what is not, and how; a line each."""
        found, shown = list(self._said), Path(self.target).name
        if self.critic or self.actor:
            parts = [(self.critic, "values"), (self.actor, "actions")]
            read = " and ".join(f"{what} from `{name}`" for name, what in parts if name)
            found.append(f"{shown}: {read}")
        missing = [w for name, w in ((self.critic, "values"), (self.actor, "actions")) if name is None]
        if self.order.value == "none" and "values" in missing:
            missing.remove("values")
        if missing:
            options = " and ".join(f"--{'value' if w == 'values' else 'act'}" for w in missing)
            why = f" ({self.why})" if self.why else ""
            found.append(f"{shown}: no {' and no '.join(missing)} found{why}; name them with {options}")
        if self.unit != 1.0 and self.critic:
            where = f" ({self.scales[0][2]})" if self.scales else ""
            found.append(f"it learns scaled rewards{where}: its values are multiplied by {self.unit:.3g}")
        if self.gamma is None and self.critic:
            found.append("its discount was not found: exact values are for --gamma (default 0.99)")
        if self.elsewhere:
            found.append(
                f"{self.elsewhere:,} of its steps are taken by another line than the others (evaluation?); "
                "they count and are drawn as well"
            )
        if self.finished:
            found.append(f"the script ended by itself after {self.steps:,} steps")
        return found

    def close(self) -> None:
        """End the script."""
        self.process.finish()
        self.process.close()
        self._closing()

    def _heard(self, message: dict[str, Any] | None, seconds: float) -> dict[str, Any]:
        """The answer to a message; steps that the script takes meanwhile are taken here."""
        until = time.perf_counter() + seconds
        try:
            answer = self.process.hear(until) if message is None else self.process.ask(message, until)
            while answer["at"] == "env":
                self.process.tell(self._served(answer))
                answer = self.process.hear(max(until, time.perf_counter() + LONGEST_SILENCE_S))
        except SilenceError:
            self.process.close()
            raise ScriptError(
                f"the script took no step in its environment for {LONGEST_SILENCE_S:.0f} s",
                remedy="does it wait for something, or loop without env.step?",
            ) from None
        except GoneError as gone:
            raise ScriptError(
                f"the script's process ended by itself ({manner(gone.code)})",
                remedy="it may have run out of memory, crashed in a library, or called os._exit",
            ) from None
        return answer

    def _served(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Step or reset one of the environments."""
        env = self._numbered(asked["env"])
        if asked["do"] == "reset":
            observation, info = env.reset(seed=asked["seed"], options=unpacked(asked["options"]))
            return {"observation": packed(observation), "info": packed_info(info)}
        observation, reward, terminated, truncated, info = env.step(unpacked(asked["action"]))
        return {
            "observation": packed(observation),
            "reward": first_number(reward),
            "terminated": bool(terminated),
            "truncated": bool(truncated),
            "info": packed_info(info),
        }

    def _numbered(self, number: int) -> gym.Env[Any, Any]:
        """The environment of a stand-in: the given one for the first that is used, copies for the others."""
        if number not in self._places:
            self._places[number] = len(self.envs)
            if self.envs:
                more = getattr(self._env, "another", None)
                env: gym.Env[Any, Any] = more() if callable(more) else another(self._env)
                env.reset(seed=self.order.seed + 1_000 * len(self.envs))
            else:
                env = self._env
            self.envs.append(env)
        return self.envs[self._places[number]]

    def _arrived(self, message: dict[str, Any]) -> None:
        """Take over what was counted; an end by an error is raised."""
        self.steps = message["steps"]
        if message["at"] != "end":
            return
        self.finished = True
        if (error := ended(message)) is not None:
            error.usage = error.usage or message.get("type") == "StageError"
            raise error

    def _told(self, error: ScriptError) -> AgentError:
        place = f" ({error.place})" if error.place else ""
        line = f"{self.target}: {error.told(said(Path(self.order.scratch)))}{place}"
        self.close()
        return (AgentError if error.usage else FactoryError)(line)
