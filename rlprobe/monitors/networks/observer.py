"""Ask the networks of a run, between updates, what they say about observations that were visited."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from gymnasium.spaces import Box, Discrete

from rlprobe.monitors.networks import critics
from rlprobe.monitors.networks.asking import divergence, stacked
from rlprobe.monitors.networks.candidates import Task
from rlprobe.monitors.networks.inputs import Inputs
from rlprobe.monitors.networks.roles import Roles, Witness, assign
from rlprobe.monitors.networks.twin import undisturbed
from rlprobe.monitors.networks.visited import Visited
from rlprobe.monitors.pace import Pace
from rlprobe.monitors.signals.critic import FEWEST_POINTS, Critic
from rlprobe.monitors.signals.policy.actions import Actions
from rlprobe.monitors.signals.policy.initial import judge_start
from rlprobe.monitors.signals.policy.policy_steps import PolicySteps
from rlprobe.monitors.signals.targets import Targets
from rlprobe.monitors.signals.units import Units, shares

if TYPE_CHECKING:
    from collections.abc import Callable

    from rlprobe.monitors.curves import Curves
    from rlprobe.monitors.episodes.book import Book
    from rlprobe.monitors.episodes.places import Places
    from rlprobe.monitors.findings.finding import Finding
    from rlprobe.monitors.holding import Moment
    from rlprobe.monitors.networks.asking import Reading
    from rlprobe.monitors.networks.discovery import Inventory

BATCH = 256
LARGE_BATCH = 16
"""Of pictures, which take a thousand times as long to ask at."""
RENEW_AFTER = 256
"""New observations after which the policy is asked at other ones."""
POINTS = 400
NEW_POINTS = 10
LATE = 0.8
"""Share of the steps so far from which on episodes tell what the policy of now is worth."""
TILES = 5
MOST_SEARCHES = 4
MOST_TRIES = 8
"""Of actions that are drawn after an update, until one says which network is the policy."""


class Observer:
    """Finds policy and critic, and judges what they say.

    Args:
        curves: where values go.
        places: the environments.
    """

    def __init__(self, curves: Curves, places: Places) -> None:
        self.visited = Visited(places)
        self.roles = Roles()
        self.critic, self.steps = Critic(curves), PolicySteps(curves)
        self.targets, self.units = Targets(curves), Units(curves)
        self.actions = Actions(curves)
        self.inputs = Inputs(self.visited, curves)
        self.initial: list[Finding] = []
        self._searches = self._tries = 0
        self._witness: Witness | None = None
        self._before: tuple[Any, Any] | None = None
        self._last: tuple[Any, Any] | None = None
        self._large_looks, self._large_steps = Pace(first=4, every=4), Pace(first=3, every=3, per_fold=12)
        self._batch: Any = None
        self._batch_at = self._points_seen = 0
        self._started = False

    def wants_witness(self) -> bool:
        """Whether it is not yet known which network is the policy."""
        return (
            self._witness is None
            and self.roles.policy is None
            and self._searches < MOST_SEARCHES
            and self._tries < MOST_TRIES
        )

    def has_half(self) -> bool:
        """Whether the policy before the last update was kept, so that asking now gives a divergence."""
        return self._before is not None

    def learns_again(self) -> bool:
        """Weights are about to change: what a policy said before tells nothing about them any more.

        Whether what it says next is wanted.
        """
        self._witness, self._tries = None, 0
        return self.wants_witness()

    def heard(self, distribution: Any, torch: Any) -> None:
        """A policy has drawn actions: keep what it said, and at which observations."""
        self._tries += 1
        kinds = torch.distributions
        while isinstance(distribution, kinds.Independent):
            distribution = distribution.base_dist
        latest = self.visited.latest()
        if latest is None or isinstance(latest, (dict, tuple)):
            return
        if isinstance(distribution, kinds.Categorical):
            said = kinds.Categorical(logits=distribution.logits.detach().clone())
        elif isinstance(distribution, kinds.Normal):
            said = kinds.Normal(distribution.loc.detach().clone(), distribution.scale.detach().clone())
        else:
            return
        self._witness = Witness(stacked(list(latest), torch), said)

    def find(self, inventory: Inventory, held: set[int], torch: Any) -> None:
        """Look for the policy, the critic and target networks."""
        self._searches += 1
        latest = self.visited.latest()
        networks = {name: ref() for name, ref in inventory.networks if ref() is not None}
        if latest is None or not networks:
            return
        rows = [latest] if isinstance(latest, dict) else list(latest) * TILES
        observations = stacked(rows, torch) if not isinstance(latest, dict) else None
        space = self.visited.space()
        actions = None
        if isinstance(space, Box) and observations is not None:
            actions = torch.zeros(len(rows), int(np.prod(space.shape)))
        choices = int(space.n) if isinstance(space, Discrete) else None
        task = Task(observations, actions, choices, space)
        self.roles = assign(networks, held, task, self._witness, torch, self.roles.policy)
        self.inputs.open()

    def _trusted(self, reading: Reading) -> bool:
        """Whether the network takes observations as the environment returns them."""
        of_library = (
            reading.name.endswith(("predict_values", ".q_net", ".critic")) and self.roles.policy is None
        )
        return self.inputs.plain or self.roles.policy is not None or of_library

    def compare(self, now: Moment, torch: Any) -> None:
        """The divergence of the policy now from that before the last update, at the same observations."""
        self._ask(lambda: self._compare(now, torch), torch)

    def _compare(self, now: Moment, torch: Any) -> None:
        if self._before is not None and self.roles.policy is not None:
            (observations, before), self._before = self._before, None
            self.steps.see(divergence(before, self.roles.policy.at(observations), torch), now)

    def _compare_with_last(self, now: Moment, torch: Any) -> tuple[Any, Any] | None:
        """How far the policy has moved since the last look; many single updates add up.

        Returns the observations at which the policy of now was asked, and what it said.
        """
        if self._last is None or self.roles.policy is None:
            return None
        observations, before = self._last
        after = self.roles.policy.at(observations)
        kl = divergence(before, after, torch)
        if self._before is not None:
            self._before = None
            self.steps.see(kl, now)
        self.steps.see_since_last(kl, now)
        return observations, after

    def _ask(self, ask: Callable[[], object], torch: Any) -> None:
        """Ask networks, without a trace."""
        self.inputs.muted = True
        try:
            with undisturbed(torch):
                ask()
        except Exception:  # noqa: BLE001 - a network that is gone, or whose weights are NaN, says nothing
            self.roles, self._before, self._last = Roles(), None, None
        finally:
            self.inputs.muted = False

    def look(self, now: Moment, book: Book, updates: int, torch: Any) -> None:
        """Ask everything once, the half of a divergence included; called before the first update of a phase.

        Args:
            now: where the run is.
            book: the episodes of the training code.
            updates: steps of optimizers so far.
            torch: the library.
        """
        self._ask(lambda: self._look(now, book, updates, torch), torch)

    def _look(self, now: Moment, book: Book, updates: int, torch: Any) -> None:
        large = self.visited.is_large()
        asks = not large or self._large_steps.due()
        asked = self._compare_with_last(now, torch) if asks else None
        self._compare(now, torch)
        first, self._started = not self._started, True
        if first:
            self._look_at_units(torch, now)
        for name, target, online in self.roles.targets:
            self.targets.see(name, target, online, now, updates)
        if asks and self.roles.policy is not None and self._has_batch(book, torch):
            if asked is None or asked[0] is not self._batch:
                asked = self._batch, self.roles.policy.at(self._batch)
            self._before = self._last = asked
            if first:
                self.initial = judge_start(self._before[1], now, torch)
        if book.points_seen - self._points_seen >= NEW_POINTS and (not large or self._large_looks.due()):
            self._points_seen = book.points_seen
            points = book.points_since(
                int(LATE * now.step), FEWEST_POINTS, FEWEST_POINTS if large else POINTS
            )
            reading = self.roles.q or self.roles.value
            if reading is not None and len(points) >= FEWEST_POINTS and self._trusted(reading):
                of_actions = reading is self.roles.q
                critics.ask(reading, points, self.critic, self.units, now, of_actions=of_actions)
            self.actions.see([point.action for point in points], self.visited.space(), now)

    def _has_batch(self, book: Book, torch: Any) -> bool:
        """Whether there are observations to ask the policy at; they are renewed with many new ones."""
        if self._batch is None or book.points_seen - self._batch_at >= RENEW_AFTER:
            most = LARGE_BATCH if self.visited.is_large() else BATCH
            rows = self.visited.rows(most)
            self._batch = stacked(rows, torch) if rows else None
            self._batch_at = book.points_seen if len(rows) == most else -BATCH
        return self._batch is not None

    def _look_at_units(self, torch: Any, now: Moment) -> None:
        """Units at the ends of their range before anything was learned."""
        reading = self.roles.value or self.roles.q or self.roles.policy
        rows = self.visited.rows(LARGE_BATCH if self.visited.is_large() else BATCH)
        if reading is None or reading.takes_actions or not rows or isinstance(rows[0], (dict, tuple)):
            return
        observations = stacked(rows, torch)
        with reading.twin.undisturbed():
            self.units.see_start(shares(reading.twin, lambda: reading.ask(observations))[1], now)

    def judges(self, now: Moment, book: Book, interval: int | None) -> list[Callable[[], list[Finding]]]:
        """What judges policy and critic."""
        return [
            lambda: self.inputs.judge(book),
            lambda: self.actions.judge(book, now),
            lambda: self.initial,
            lambda: self.steps.judge(book),
            lambda: self.critic.judge(now),
            lambda: self.targets.judge(now, interval),
            self.units.judge,
        ]
