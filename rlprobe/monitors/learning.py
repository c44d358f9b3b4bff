"""The state of a run: its phases of learning, and the signals that are computed in them."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any

from rlprobe.monitors.episodes.book import Book
from rlprobe.monitors.holding import Moment
from rlprobe.monitors.losses.losses import Losses
from rlprobe.monitors.networks.discovery import Inventory
from rlprobe.monitors.networks.observer import Observer
from rlprobe.monitors.pace import Pace
from rlprobe.monitors.settings_found import Settings, glance, look_around, variables
from rlprobe.monitors.signals.arrays import Arrays
from rlprobe.monitors.signals.data import Data
from rlprobe.monitors.signals.generators import Generators
from rlprobe.monitors.signals.policy.entropy import Entropy
from rlprobe.monitors.signals.policy.ratio import Ratio
from rlprobe.monitors.signals.told import Told
from rlprobe.monitors.signals.updates import Updates

if TYPE_CHECKING:
    from types import FrameType

    from rlprobe.monitors.curves import Curves
    from rlprobe.monitors.episodes.places import Places

PHASE_STEPS, PHASE_SHARE = 100, 0.01
"""Environment steps, and share of the steps so far, that a phase has at least: shorter ones, as in off-policy
learning, are taken together."""
ROLLOUT_STEPS = 64
"""Environment steps between updates from which each update is a phase of its own."""
FIND_NETWORKS_AT = (1, 3, 60)
"""Phases in which the networks in memory are looked for."""


class Learning:
    """What is known of a run while it goes on.

    Args:
        curves: where values go.
        places: the environments.
        every: look at every so-manieth update.
    """

    def __init__(self, curves: Curves, places: Places, *, every: int) -> None:
        self.curves, self.places = curves, places
        self.torch: Any = None
        self.settings = Settings()
        self.inventory = Inventory()
        self.entropy, self.ratio = Entropy(curves), Ratio(curves)
        self.updates = Updates(curves, self.inventory, every)
        self.data, self.told_values = Data(curves), Told(curves)
        self.generators, self.arrays = Generators(curves), Arrays()
        self.observer, self.losses = Observer(curves, places), Losses()
        self.phases = self.optimizers_made = 0
        self._looks, self._windows = Pace(first=20, per_fold=8), Pace(first=3, every=8, per_fold=8)
        self._judgements, self._glances = Pace(first=5, every=5, per_fold=8), Pace(first=12, every=2)
        self._arounds = Pace(first=1, every=40, per_fold=20)
        self._given_total: int | None = None
        self._step_at_update = self._step_at_phase = -PHASE_STEPS  # so that the first update begins a phase
        self._experience_at_update = -1
        self._step_told: int | None = None
        self._lap: tuple[int, float] | None = None

    def given(self, *, total: int | None, gamma: float | None) -> None:
        """What the user says of the run."""
        self._given_total = total
        self.settings.gamma = self.places.gamma = gamma
        self._given_gamma = gamma is not None

    def now(self, *, final: bool = False) -> Moment:
        """Where the run is."""
        step = self.step
        total = self._given_total or self.settings.total
        if total is not None and step > 1.05 * total:
            total = None  # the number that was found means something else
        return Moment(step, max(self.phases, self.told_values.count), total, final)

    @property
    def step(self) -> int:
        """Environment steps of the training code so far."""
        place = self.places.training
        return max(place.steps if place else 0, self._step_told or 0)

    @property
    def book(self) -> Book:
        """Episodes of the training code; an empty book before the first step."""
        place = self.places.training
        return place.book if place else Book()

    def before_update(self, optimizer: Any) -> bool:
        """An optimizer is about to step; whether the run is to be judged now."""
        due, looked = self.updates.count_one(optimizer), False
        if self.losses.waiting:
            self.losses.before_update(optimizer)
        experience = self.places.calls + self.told_values.count
        if experience != self._experience_at_update:
            self._experience_at_update = experience
            looked = self._learns_again()
        if due:
            self.ratio.listens = True
            self.updates.before(optimizer, self.now(), self.torch)
        return looked

    def _learns_again(self) -> bool:
        """The first update after new environment steps; whether the run is to be judged now."""
        step = self.step
        rollout = step - self._step_at_update >= ROLLOUT_STEPS
        self._step_at_update = step
        begins = rollout or step - self._step_at_phase >= max(PHASE_STEPS, int(PHASE_SHARE * step))
        if self.observer.has_half() and not (begins and self._looks.soon()):
            self.observer.compare(self.now(), self.torch)
        judge = begins and self._begin_phase(self.now())
        if self.observer.learns_again():
            self.entropy.listen()
        return judge

    def after_update(self, optimizer: Any) -> None:
        """An optimizer has stepped."""
        if self.updates.waiting(optimizer):
            self.updates.after(self.now(), self.torch)

    def _begin_phase(self, now: Moment) -> bool:
        frame = sys._getframe()  # noqa: SLF001 - calls of our own are passed over
        self.phases += 1
        self._step_at_phase = now.step
        whole = self._looks.due()
        if self._arounds.due() or self.phases in FIND_NETWORKS_AT:
            self._look_around(frame)
        elif whole and self._glances.due():
            self._take_data(glance(frame))
        self._close_phase(now, whole=whole)
        if self.torch is not None and self._windows.due():
            self.observer.inputs.open()
        if whole:
            self.observer.look(self.now(), self.book, self.updates.count, self.torch)
        return whole and self._judgements.due()

    def _close_phase(self, now: Moment, *, whole: bool) -> None:
        """What was heard since the last phase began becomes one row of the curves."""
        self.entropy.close_phase(now)
        if now.final:
            self.ratio.close_phase(now)
        if not whole:
            return
        self.show_episodes()
        self.generators.look(now, self.torch, self.entropy.calls if self.entropy.on_cpu else 0)
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
            self.curves.all["truncated"] = book.cut_share

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
            self.observer.find(self.inventory, self.updates.held, self.torch)

    def look_at_arrays(self) -> None:
        """In a loop without torch: what its variables hold."""
        frame = sys._getframe()  # noqa: SLF001 - calls of our own are passed over
        self.arrays.look(variables(frame), self.now())

    def _take_data(self, found: Settings) -> None:
        """Targets and advantages that were found in variables."""
        if found.advantages is not None:
            returns = () if found.returns is None else found.returns
            self.data.targets(returns, found.advantages, self.now())

    def sampled(self, distribution: Any) -> None:
        """A policy has drawn actions."""
        self.entropy.hear(distribution, self.torch)
        if self.observer.wants_witness():
            self.observer.heard(distribution, self.torch)
            self.entropy.listen()

    def heard_ratio(self, tensor: Any) -> None:
        """The exponential of a difference of log-probabilities was taken."""
        self.ratio.hear(tensor, self.places.calls, self.now)

    def targets(self, returns: Any, advantages: Any) -> None:
        """The targets of the critic and the advantages of one update."""
        self.data.targets(returns, advantages, self.now())

    def memory(self, buffer: Any) -> None:
        """The replay memory."""
        self.data.buffer(buffer, self.now())

    def logged(self, name: str, value: float) -> None:
        """The script has logged a number."""
        self.curves.add(f"logged/{name}", self.step, value)

    def told(self, step: int | None, values: dict[str, float]) -> None:
        """The training code tells numbers itself."""
        if step is not None:
            self._step_told = step
        self.told_values.tell(values, self.now())

    def finish(self) -> None:
        """The run has ended: what is still open counts."""
        self.observer.inputs.close()
        now = self.now(final=True)
        self._close_phase(now, whole=True)
        if self.torch is not None:
            self.updates.look_at_the_end(now, self.torch)
        if self.phases:
            self.phases += 1
            self.observer.compare(now, self.torch)
            self.observer.look(self.now(final=True), self.book, self.updates.count, self.torch)
