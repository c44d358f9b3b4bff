"""The state of a run: its phases of learning, and the signals that are computed in them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from rlprobe.monitors.episodes.book import Book
from rlprobe.monitors.holding import Moment
from rlprobe.monitors.networks.discovery import Inventory
from rlprobe.monitors.networks.observer import Observer
from rlprobe.monitors.settings_found import Settings, glance, look_around
from rlprobe.monitors.signals.data import Data
from rlprobe.monitors.signals.entropy import Entropy
from rlprobe.monitors.signals.ratio import Ratio
from rlprobe.monitors.signals.told import Told
from rlprobe.monitors.signals.updates import Updates

if TYPE_CHECKING:
    from types import FrameType

    from rlprobe.monitors.curves import Curves
    from rlprobe.monitors.episodes.places import Places
    from rlprobe.monitors.spending import Spending

PHASE_SHARE = 0.004
"""Of the steps so far: phases that are shorter, as in off-policy learning, are taken together."""
LOOK_AROUND_EVERY = 20
ROLLOUT_STEPS = 64
"""Environment steps between updates from which each update is a phase of its own."""
FREE_SAMPLES = 20
FREE_UPDATES = 10
FREE_LOOKS = 30
FREE_GLANCES = 500
"""Looked at whatever they cost."""
FIND_NETWORKS_AT = (1, 3, 60)
"""Phases in which the networks in memory are looked for."""


class Learning:
    """What is known of a run while it goes on.

    Args:
        curves: where values go.
        places: the environments.
        spending: what measurements may cost.
        every: look at every so-manieth update.
    """

    def __init__(self, curves: Curves, places: Places, spending: Spending, *, every: int) -> None:
        self.curves, self.places, self.spending = curves, places, spending
        self.torch: Any = None
        self.settings = Settings()
        self.inventory = Inventory()
        self.entropy, self.ratio = Entropy(curves), Ratio(curves)
        self.updates = Updates(curves, self.inventory, every)
        self.data, self.told_values = Data(curves), Told(curves)
        self.observer = Observer(curves, places)
        self.phases = 0
        self._given_total: int | None = None
        self._step_at_update = self._step_at_phase = -1
        self._step_told: int | None = None
        self._lap: tuple[int, float] | None = None

    def given(self, *, total: int | None, gamma: float | None) -> None:
        """What the user says of the run."""
        self._given_total = total
        self.settings.gamma = self.places.gamma = gamma
        self._given_gamma = gamma is not None

    def now(self, *, final: bool = False) -> Moment:
        """Where the run is."""
        place = self.places.training
        step = place.steps if place else 0
        step = max(step, self._step_told or 0)
        total = self._given_total or self.settings.total
        if total is not None and step > 1.05 * total:
            total = None  # the number that was found means something else
        return Moment(step, max(self.phases, self.told_values.count), total, final)

    @property
    def book(self) -> Book:
        """Episodes of the training code; an empty book before the first step."""
        place = self.places.training
        return place.book if place else Book()

    def before_update(self, optimizer: Any, frame: FrameType | None) -> bool:
        """An optimizer is about to step; whether this begins a new phase of learning."""
        now = self.now()
        gap = now.step - self._step_at_phase
        rollout = gap >= ROLLOUT_STEPS and now.step != self._step_at_update
        began = rollout or (
            now.step != self._step_at_update
            and gap >= max(1, int(PHASE_SHARE * now.step))
            and self.spending.may("phase")
        )
        if began:
            with self.spending.on("phase"):
                self._begin_phase(now, frame, rollout=rollout)
        self._step_at_update = now.step
        free = rollout or self.updates.looked < FREE_UPDATES
        if self.updates.due(optimizer, first=began) and (free or self.spending.may("updates")):
            with self.spending.on("updates"):
                self.updates.before(optimizer, now, self.torch)
        return began

    def after_update(self, optimizer: Any) -> None:
        """An optimizer has stepped."""
        if self.updates.waiting(optimizer):
            with self.spending.on("updates"):
                self.updates.after(self.now(), self.torch)

    def _begin_phase(self, now: Moment, frame: FrameType | None, *, rollout: bool) -> None:
        self.phases += 1
        self._step_at_phase = now.step
        if self.phases in FIND_NETWORKS_AT or self.phases % LOOK_AROUND_EVERY == 0:
            with self.spending.timed("around"):
                self._look_around(frame)
        elif rollout and (self.phases <= FREE_GLANCES or self.spending.may("glance")):
            with self.spending.timed("glance"):
                self._take_data(glance(frame))
        self._close_phase(now)
        whole = self.phases <= FREE_LOOKS or self.spending.may("networks")
        if whole or self.observer.has_half():
            with self.spending.timed("networks"):
                self.observer.look(self.now(), self.book, self.updates.count, self.torch, whole=whole)

    def _close_phase(self, now: Moment) -> None:
        """What was heard since the last phase began becomes one row of the curves."""
        self.show_episodes()
        self.entropy.close_phase(now)
        if now.final:
            self.ratio.close_phase(now)
        if self.settings.exploration is not None:
            self.curves.add("exploration_rate", now.step, self.settings.exploration)
        clock = time.perf_counter()
        if self._lap is not None and now.step > self._lap[0]:
            speed = (now.step - self._lap[0]) / max(clock - self._lap[1], 1e-9)
            self.curves.add("steps_per_second", now.step, speed)
        self._lap = now.step, clock

    def show_episodes(self) -> None:
        """Let the curves have the episodes of the training code."""
        self.places.flush()
        book = self.book
        if len(book.returns):
            self.curves.all["return"], self.curves.all["length"] = book.returns, book.lengths

    def _look_around(self, frame: FrameType | None) -> None:
        found = look_around(frame)
        if not self._given_gamma and found.gamma is not None:
            self.settings.gamma = found.gamma
        self.settings.total = found.total or self.settings.total
        self.settings.sync = found.sync or self.settings.sync
        self.settings.exploration = found.exploration
        if self.settings.gamma is not None:
            self.places.gamma = self.settings.gamma
            for place in self.places.all.values():
                place.book.gamma = self.settings.gamma
        now = self.now()
        self._take_data(found)
        if found.memory is not None:
            self.data.buffer(found.memory, now)
        if self.phases in FIND_NETWORKS_AT and self.torch is not None:
            self.inventory.look(found.networks)
            with self.spending.timed("find"):
                self.observer.find(self.inventory, self.updates.held, self.torch)
        elif self.phases % LOOK_AROUND_EVERY == 0:
            self.observer.inputs.open()

    def _take_data(self, found: Settings) -> None:
        """Targets and advantages that were found in variables."""
        if found.advantages is not None:
            returns = () if found.returns is None else found.returns
            self.data.targets(returns, found.advantages, self.now())

    def sampled(self, distribution: Any) -> None:
        """A policy has drawn actions."""
        free = self.entropy.calls <= FREE_SAMPLES or self.entropy.is_empty()
        if not free and not self.spending.may("entropy"):
            return
        with self.spending.on("entropy"):
            self.entropy.hear(distribution, self.torch)
            if self.observer.wants_witness():
                self.observer.heard(distribution, self.torch)

    def clipped(self, norm: Any, limit: float) -> None:
        """Gradients were clipped."""
        if self.updates.about_to_look():
            self.updates.clipped(norm, limit)

    def told(self, step: int | None, values: dict[str, float]) -> None:
        """The training code tells numbers itself."""
        if step is not None:
            self._step_told = step
        self.told_values.tell(values, self.now())

    def finish(self) -> None:
        """The run has ended: what is still open counts."""
        self.observer.inputs.close()
        self._close_phase(self.now(final=True))
        if self.phases:
            self.phases += 1
            self.observer.look(self.now(final=True), self.book, self.updates.count, self.torch)
