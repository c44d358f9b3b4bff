"""The gate in ``env.step``: lets through as many steps as the diagnosis allows, and answers it in between."""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

from rlprobe.diagnosis.training.counting import EARLY_STEPS
from rlprobe.scripts.inside.wire import ClosedError, receive, send

if TYPE_CHECKING:
    from collections.abc import Callable

LONGEST_ROLLOUT = 5_000
"""Steps after which a lot ends even if the script has not updated anything since it began."""
LEAST_WITHIN = 20
"""Updates within episodes before it is said that none comes after a step that ends one."""


class Stop(BaseException):
    """Ends the script from within ``env.step``; its ``finally`` blocks and exit handlers run."""


class Gate:
    """Counts steps and stops the script where its credit ends.

    Args:
        inward, outward: the pipes from and to the diagnosis.
        answer: answers a question that arrives while the script waits.
    """

    def __init__(self, inward: int, outward: int, answer: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        self.inward, self.outward, self.answer = inward, outward, answer
        self.steps = self.episodes = self.updates = self.cuts = 0
        self.stamp = 0
        """Steps, and resets within a vector environment: networks are asked anew after each."""
        self.by_optimiser: Counter[int] = Counter()
        self.updates_within = self.updates_at_ends = 0
        self._updates_seen_at_step = 0
        self.idle = 0
        self.taken: Counter[tuple[int, int]] = Counter()
        self.early: Counter[tuple[int, int]] = Counter()
        self._credit = 0
        self._until = float("inf")
        self._updates_before = 0
        self._overdue = 0
        self.exactly = self._awaits_update = self.at_end = self.relabels = False
        self._lock = threading.RLock()
        self._pid = os.getpid()
        self.stopping = False
        self.latest: Any = None
        """The environment that has shown an observation last."""
        self.before_first_step: Callable[[], None] = lambda: None

    def pass_one(self) -> None:
        """Let one step through, or wait until one is allowed.

        Raises:
            Stop: the diagnosis needs no more steps.
        """
        if os.getpid() != self._pid:
            raise RuntimeError(
                "the script steps its environment in processes of its own, which cannot be followed; "
                "let it use one process (SyncVectorEnv, DummyVecEnv)"
            )
        with self._lock:
            if self.stopping:
                raise Stop
            late = time.perf_counter() > self._until
            learned = self._awaits_update and self.updates != self._updates_before
            if self.steps == 0:
                self.before_first_step()
            if late or learned or (self._credit <= 0 and not self._goes_on()):
                self.wait()
            self._note_rhythm()
            self._credit -= 1
            self.steps += 1
            self.stamp += 1

    def took(self, number: int, action: int) -> None:
        """Count an action at an observation."""
        self.taken[number, action] += 1
        if self.steps <= EARLY_STEPS:
            self.early[number, action] += 1

    def _note_rhythm(self) -> None:
        """Note whether the updates since the last step came after the end of an episode."""
        if self.updates_seen and not self.updates:
            self.idle = self.steps
        if self.updates != self._updates_seen_at_step:
            self._updates_seen_at_step = self.updates
            if self.at_end:
                self.updates_at_ends += 1
            else:
                self.updates_within += 1

    @property
    def never_at_ends(self) -> bool:
        """Whether updates follow nearly each step, but never one that ends an episode."""
        often = 2 * self.updates_within > self.learning_steps - self.episodes
        return often and self.updates_within >= LEAST_WITHIN and not self.updates_at_ends

    @property
    def learning_steps(self) -> int:
        """Steps since the first update; all of them if updates are not counted."""
        return self.steps - self.idle

    def _goes_on(self) -> bool:
        """Whether the lot lasts until the script has learned from it: long rollouts need more steps."""
        if self.steps == 0 or self.updates != self._updates_before or self._overdue >= LONGEST_ROLLOUT:
            return False
        if self.exactly or not self.updates_seen:
            return False
        self._overdue += 1
        return True

    updates_seen = False
    """Whether updates are counted at all."""

    def wait(self, message: dict[str, Any] | None = None) -> None:
        """Tell the diagnosis where the script is, and answer it until it allows more steps."""
        try:
            send(self.outward, message or {"at": "step", **self.counts()})
            while True:
                asked = receive(self.inward)
                if asked["do"] == "learn":
                    self._credit = int(asked["steps"])
                    self.exactly = self._credit == 1 or asked.get("exactly", False)
                    self._awaits_update = bool(asked.get("first_update", False))
                    self._until = time.perf_counter() + float(asked["seconds"])
                    self._updates_before, self._overdue = self.updates, 0
                    return
                if asked["do"] == "stop":
                    self.stopping = True
                    raise Stop
                send(self.outward, self.answer(asked))
        except ClosedError:
            self.stopping = True
            raise Stop from None

    def call(self, message: dict[str, Any]) -> dict[str, Any]:
        """Let the process that asked for the run do something, such as a step; its answer."""
        with self._lock:
            if self.stopping:
                raise Stop
            try:
                send(self.outward, message)
                answer = receive(self.inward)
            except ClosedError:
                answer = {"do": "stop"}
            if answer.get("do") == "stop":
                self.stopping = True
                raise Stop
            return answer

    def noting_goals(self, compute_reward: Callable[..., Any]) -> Callable[..., Any]:
        """Note that the script computes rewards for other goals, as hindsight experience replay does."""

        def computed(*args: Any, **kwargs: Any) -> Any:
            self.relabels = True
            return compute_reward(*args, **kwargs)

        return computed

    def counts(self) -> dict[str, Any]:
        """What has been counted so far."""
        return {
            "steps": self.steps,
            "episodes": self.episodes,
            "cuts": self.cuts,
            "at_end": self.at_end,
            "relabels": self.relabels,
            "updates": self.updates if self.updates_seen else None,
            "updates_of_one": max(self.by_optimiser.values(), default=0),
            "updates_within": self.updates_within if self.updates_seen else None,
            "taken": [[*pair, count] for pair, count in self.taken.items()],
            "early": [[*pair, count] for pair, count in self.early.items()],
        }
