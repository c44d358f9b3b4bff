"""A script that waits in ``env.step``, with the face of an agent: learn, act, value."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np
from gymnasium.spaces import Box

from rlprobe.diagnosis.choices.chosen import TRIED_TIMES
from rlprobe.diagnosis.code_words import without_purpose
from rlprobe.diagnosis.probe_settings import settings_of
from rlprobe.diagnosis.training.counting import Count
from rlprobe.scripts.asking import Conversation
from rlprobe.scripts.chosen_actions import Greedy, answers
from rlprobe.scripts.doubts.action_values import is_certain
from rlprobe.scripts.errors import ScriptError, ended
from rlprobe.scripts.inside.sources import own_files
from rlprobe.scripts.notebooks.cells import code_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rlprobe.diagnosis.run import Run
    from rlprobe.diagnosis.trial import Trial
    from rlprobe.scripts.inside.order import Order
    from rlprobe.scripts.process import Process

TRIES_OF_TABLES = 15
IDLE_CHUNK_STEPS, LONGEST_IDLE_STEPS, WAITING_SHARE = 500, 15_000, 0.3
"""The first update is waited for in chunks of so many steps, for so many steps and this share of the time."""
FIRST_CHUNK_STEPS = 50
"""At first the chunks are so short, to see how its exploration begins."""
PACE_OF_ONE_UPDATE, LARGEST_PACE = 1.5, 4.0
"""A script that makes an update in each step learns in fewer steps: so many times, at most."""


class ScriptAgent(Conversation):
    """One run of a script.

    Args:
        process: where it runs.
        order: what it runs on.
        trial: the same for the diagnosis.
        until: when to give up, in ``time.perf_counter()``.
    """

    fixed_observations = True
    """Its values are read at the observations of the trial only, whatever batch is given."""

    def __init__(self, process: Process, order: Order, trial: Trial, until: float) -> None:
        super().__init__(process, until)
        self.trial = trial
        self.count = Count(
            actions=trial.probe.asks == "action" and not isinstance(trial.mdp.action_space, Box)
        )
        self.critic: str | None = None
        self.note, self.sure = "", True
        self.learns_action_values = self.q_network = False
        self.rivals: list[str] = []
        self.updates: int | None = None
        self.updates_within: int | None = None
        self.all_updates: int | None = None
        self.idle = 0
        self.often = self.cut_share = 0.0
        self.paced = trial.probe.asks == "value" and not settings_of(trial.name).needs and is_certain(trial)
        self.first: NDArray[np.float64] | None = None
        self.temperature, self.entropy_factor = 0.0, 1.0
        self.recurrent = self.over_batches = self.relabels = False
        self._read_before = False
        self.gamma = trial.setting.gamma
        self.greedy = Greedy(trial, self.count, self.gamma) if self.count.actions else None
        process.begin(order)
        self._arrived(self.patiently(None))

    @property
    def code(self) -> str:
        """The text of the script, and of the files beside it that it imports."""
        return "\n".join(code_of(file).decode("utf-8", "replace") for file in own_files(self.process.launch))

    @property
    def tries(self) -> int:
        """How often an action must have been tried before a choice counts: tables learn slowly."""
        return TRIES_OF_TABLES if self.all_updates is None else TRIED_TIMES

    @property
    def steps(self) -> int:
        """Environment steps so far."""
        return self.count.steps

    def learn(self, steps: int, *, first_update: bool = False, exactly: bool = False) -> None:
        """Let the script take about ``steps`` more steps, and learn from them.

        Args:
            steps: how many.
            first_update: whether to stop before that once it has made an update.
            exactly: whether to stop after that if it has made none.
        """
        if not self.count.over:
            seconds = max(0.0, self.until - time.perf_counter())
            order = {"do": "learn", "steps": steps, "seconds": seconds}
            self._arrived(self.patiently({**order, "first_update": first_update, "exactly": exactly}))
            if self.critic is None:
                self.find_critic()

    def warm_up(self, chunk: int, most_steps: int) -> None:
        """Learn until a critic is found, or ``most_steps`` are taken."""
        self.learn(chunk)
        while self.critic is None and self.steps < most_steps and not self.is_over():
            self.learn(chunk)

    def is_over(self) -> bool:
        """Whether the script or its time has ended."""
        return self.count.over or time.perf_counter() > self.until

    def wait_for_updates(self) -> None:
        """Let the script go on until its first update; the steps before it do not count.

        Scripts that fill a buffer first would use up the steps of a run before they learn anything.
        """
        until = time.perf_counter() + WAITING_SHARE * max(0.0, self.until - time.perf_counter())
        while not self.all_updates and self.steps < LONGEST_IDLE_STEPS and time.perf_counter() < until:
            if self.all_updates is None or self.count.over:
                return
            short = self.greedy is not None and self.steps < IDLE_CHUNK_STEPS
            chunk = FIRST_CHUNK_STEPS if short else IDLE_CHUNK_STEPS
            self.learn(chunk, first_update=True, exactly=short)
            if self.greedy is not None:
                self.greedy.look(self._latest()[1])
        self.idle = self.count.steps
        self.count.steps -= self.idle

    def find_critic(self) -> None:
        """Look for what can be read."""
        answer = self.asked({"do": "critic"})
        self.critic, self.note = answer["critic"], answer["note"]
        self.sure, self.rivals = bool(answer["sure"]), list(answer["rivals"])
        self.recurrent, self.over_batches = bool(answer["recurrent"]), bool(answer["over_batches"])
        self.learns_action_values, self.q_network = bool(answer["of_actions"]), bool(answer["q_network"])
        if self.critic is not None:
            self.first = self._filled(answer["first"])
            self.value = self._value

    def _value(self, observations: NDArray[Any]) -> NDArray[np.float64]:
        """The critic's values at observations of the trial, each as often as it is given."""
        numbers = {v.tobytes(): i for i, v in enumerate((*self.trial.queried, *self.trial.ends))}
        wanted = [numbers[np.asarray(view).tobytes()] for view in observations]
        if max(wanted) >= len(self.trial.queried):
            return np.concatenate([self.read(), self._at_ends()])[wanted]
        if self._read_before:
            values = self.read()
        else:
            assert self.first is not None
            values, self._read_before = self.first, True
        return values[wanted]

    def _at_ends(self) -> NDArray[np.float64]:
        """The values where episodes end; NaN where the critic was never asked."""
        said = self.asked({"do": "ends"})["values"]
        return np.array([np.nan if value is None else value for value in said], dtype=np.float64)

    def read(self) -> NDArray[np.float64]:
        """The values at the observations of the trial as they are now, ``(n,)``."""
        answer = self.asked({"do": "values"})
        self.temperature = self.entropy_factor * float(answer["temperature"])
        return self._filled(answer["values"])

    def _filled(self, said: list[float | None]) -> NDArray[np.float64]:
        """Values with the first ones, or their mean, where an observation was never met."""
        values = np.array([np.nan if value is None else value for value in said], dtype=np.float64)
        missing = np.array([value is None for value in said])
        if missing.any():
            if self.first is not None:
                values[missing] = self.first[missing]
            else:
                values[missing] = values[~missing].mean() if (~missing).any() else 0.0
        return values

    def act(self, observations: NDArray[Any]) -> NDArray[Any]:
        """The latest actions of the script at each queried observation, one for each copy of it."""
        rows, greedy = self._latest()
        if self.greedy is not None:
            self.greedy.look(greedy)
        copies = max(1, len(observations) // len(self.trial.queried))
        return answers(self.trial.mdp, rows, greedy, copies)

    def _latest(self) -> tuple[list[list[Any]], list[int | None]]:
        """Its latest actions at each queried observation, and those with the largest values."""
        answer = self.asked({"do": "actions"})
        return answer["actions"] or [[] for _ in self.trial.queried], answer["greedy"]

    def negate_rewards(self) -> None:
        """Change the sign of the rewards that the script gets from now on."""
        self.asked({"do": "negate"})

    def recent_actions(self) -> list[list[int]]:
        """The latest actions at each queried observation, with exploration, counted from 0."""
        first = int(getattr(self.trial.mdp.action_space, "start", 0) or 0)
        rows, _ = self._latest()
        return [[int(action[0]) - first for action in row] for row in rows]

    def tensors(self, found: Run) -> dict[str, Any]:
        """The fields of ``found`` that follow from the tensors the script combined.

        Raises:
            ScriptError: values are NaN, and so was the standard deviation of a single number.
        """
        seen = self.asked({"do": "tensors"})
        if found.diverged and seen["undefined"]:
            raise ScriptError("its network gives NaN", undefined=True)
        observed = [(str(name), str(sentence)) for name, sentence in seen["observed"]]
        explored = {}
        if self.greedy is not None and not self.temperature:
            explored = self.greedy.findings(self.code, found.methods or ())
            observed += explored.pop("observed", ())
        return {
            **seen["in_losses"],
            **explored,
            "observed": (*found.observed, *without_purpose(observed, found.methods)),
        }

    def take_one_step(self) -> None:
        """Let the script take a single step."""
        left = max(0.0, self.until - time.perf_counter())
        self._arrived(self.patiently({"do": "learn", "steps": 1, "seconds": left}))

    def _arrived(self, message: dict[str, Any]) -> None:
        """Take over what was counted; an end before any answer is an error."""
        self.count.steps, self.count.episodes = message["steps"] - self.idle, message["episodes"]
        self.all_updates, self.relabels = message["updates"], bool(message["relabels"])
        self.updates = message["updates"] if self.critic else None
        self.updates_within = message["updates_within"]
        self.count.at_end = bool(message["at_end"])
        self.cut_share = message["cuts"] / max(1, message["cuts"] + message["episodes"])
        self.often = message["updates_of_one"] / max(1, self.count.steps)
        if self.paced:
            self.count.pace = float(np.clip(PACE_OF_ONE_UPDATE * self.often, 1.0, LARGEST_PACE))
        if self.count.actions:
            first = int(getattr(self.trial.mdp.action_space, "start", 0) or 0)
            for name, counts in (("taken", self.count.action_counts), ("early", self.count.early_counts)):
                for number, action, times in message[name]:
                    if number < len(self.trial.queried):
                        counts[self.trial.queried[number].tobytes(), first + action] = times
        if message["at"] != "end":
            return
        self.count.over = True
        if (error := ended(message)) is not None:
            self.explain(error)
            raise error
