"""Ask the networks of a run, between updates, what they say about observations that were visited."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from gymnasium.spaces import Box, Discrete

from rlprobe.monitors.episodes.copies import copied
from rlprobe.monitors.findings.finding import Finding
from rlprobe.monitors.networks.asking import as_floats, divergence, stacked
from rlprobe.monitors.networks.candidates import Task
from rlprobe.monitors.networks.inputs import Inputs
from rlprobe.monitors.networks.roles import Roles, Witness, assign
from rlprobe.monitors.signals.critic import FEWEST_POINTS, Critic
from rlprobe.monitors.signals.policy_steps import PolicySteps
from rlprobe.monitors.signals.targets import Targets
from rlprobe.monitors.signals.units import Units, share_at_bounds, shares
from rlprobe.output.numbers import percent

if TYPE_CHECKING:
    from rlprobe.monitors.curves import Curves
    from rlprobe.monitors.episodes.book import Book
    from rlprobe.monitors.episodes.column import Point
    from rlprobe.monitors.episodes.places import Places
    from rlprobe.monitors.holding import Moment
    from rlprobe.monitors.networks.asking import Reading
    from rlprobe.monitors.networks.discovery import Inventory

BATCH = 256
POINTS = 400
NEW_POINTS = 40
TILES = 5
PREFERRED_ABOVE = 0.9
AT_BOUNDS_ABOVE = 0.5


class Observer:
    """Finds policy and critic, and judges what they say.

    Args:
        curves: where values go.
        places: the environments.
    """

    def __init__(self, curves: Curves, places: Places) -> None:
        self.curves, self.places = curves, places
        self.roles = Roles()
        self.critic, self.steps = Critic(curves), PolicySteps(curves)
        self.targets, self.units = Targets(curves), Units(curves)
        self.inputs = Inputs(self.latest, places)
        self.searches = 0
        self._witness: Witness | None = None
        self.initial: list[Finding] = []
        self._before: tuple[int, Any, Any] | None = None
        self._points_seen = 0

    def wants_witness(self) -> bool:
        """Whether it is not yet known which network is the policy."""
        return self.roles.policy is None and self.searches < 4

    def has_half(self) -> bool:
        """Whether the policy before the last update was kept, so that asking now gives a divergence."""
        return self._before is not None

    def latest(self) -> Any:
        """The observations that the training environment returned last, ``(n, ...)``."""
        place = self.places.training
        tracks = self.places.tracks_of(place) if place else []
        if len(tracks) != 1 or tracks[0].latest is None:
            return None
        found = copied(tracks[0].latest)
        return found if hasattr(tracks[0], "columns") or isinstance(found, dict) else found[None]

    def heard(self, distribution: Any, torch: Any) -> None:
        """A policy has drawn actions: keep what it said, and at which observations."""
        kinds = torch.distributions
        while isinstance(distribution, kinds.Independent):
            distribution = distribution.base_dist
        latest = self.latest()
        if latest is None or isinstance(latest, (dict, tuple)):
            return
        if isinstance(distribution, kinds.Categorical):
            said = kinds.Categorical(logits=distribution.logits.detach().clone())
        elif isinstance(distribution, kinds.Normal):
            said = kinds.Normal(distribution.loc.detach().clone(), distribution.scale.detach().clone())
        else:
            return
        self._witness = Witness(stacked(list(latest), torch), said)

    def _space(self) -> Any:
        place = self.places.training
        tracks = self.places.tracks_of(place) if place else []
        env = tracks[0].is_it() if tracks else None
        return getattr(env, "single_action_space", None) or getattr(env, "action_space", None)

    def find(self, inventory: Inventory, held: set[int], torch: Any) -> None:
        """Look for the policy, the critic and target networks."""
        self.searches += 1
        latest = self.latest()
        networks = {name: ref() for name, ref in inventory.networks if ref() is not None}
        if latest is None or not networks:
            return
        rows = [latest] if isinstance(latest, dict) else list(latest) * TILES
        observations = stacked(rows, torch) if not isinstance(latest, dict) else None
        space = self._space()
        actions = None
        if isinstance(space, Box) and observations is not None:
            actions = torch.zeros(len(rows), int(np.prod(space.shape)))
        choices = int(space.n) if isinstance(space, Discrete) else None
        before, self.roles = (
            self.roles,
            assign(networks, held, Task(observations, actions, choices, space), self._witness, torch),
        )
        if self.roles.policy is None and before.policy is not None:
            self.roles.policy = before.policy
        self._witness = None
        self.inputs.open()

    def _trusted(self, reading: Reading) -> bool:
        """Whether the network takes observations as the environment returns them."""
        of_library = (
            reading.name.endswith(("predict_values", ".q_net", ".critic")) and self.roles.policy is None
        )
        return self.inputs.plain or self.roles.policy is not None or of_library

    def look(self, now: Moment, book: Book, updates: int, torch: Any, *, whole: bool = True) -> None:
        """Ask everything once; called before the first update of a phase.

        Args:
            now: where the run is.
            book: the episodes of the training code.
            updates: steps of optimizers so far.
            torch: the library.
            whole: whether there is time for more than the policy after an update.
        """
        if now.updates == 1:
            self._look_at_units(torch, now)
        try:
            self._look(now, book, updates, torch, whole=whole)
        except Exception:  # noqa: BLE001 - a network that is gone, or whose weights are NaN, says nothing
            self.roles, self._before = Roles(), None

    def _look(self, now: Moment, book: Book, updates: int, torch: Any, *, whole: bool) -> None:
        for name, target, online in self.roles.targets:
            self.targets.see(name, target, online, now, updates)
        self._compare_policies(book, now, torch, again=whole)
        if whole and book.points_seen - self._points_seen >= NEW_POINTS:
            self._points_seen = book.points_seen
            points = list(book.points)[-POINTS:]
            self._ask_critic(points, book.gamma, now, torch)
            self._look_at_actions(points, now)

    def _compare_policies(self, book: Book, now: Moment, torch: Any, *, again: bool) -> None:
        """The divergence of the policy now from that before the last update, at the same observations."""
        policy = self.roles.policy
        if policy is None:
            return
        if self._before is not None:
            number, observations, before = self._before
            self._before = None
            if number + 1 == now.updates:
                self.steps.see(divergence(before, policy.at(observations), torch), now)
        if not again:
            return
        kept = [point.observation for point in list(book.points)[-BATCH:]]
        if len(kept) < FEWEST_POINTS // 4:
            latest = self.latest()
            kept = [] if latest is None or isinstance(latest, dict) else list(latest)
        if kept:
            observations = stacked(kept, torch)
            self._before = now.updates, observations, policy.at(observations)
            if now.updates == 1:
                self._look_at_start(self._before[2], now, torch)

    def _look_at_start(self, said: Any, now: Moment, torch: Any) -> None:
        """How far the policy is from random actions before anything was learned."""
        if not isinstance(said, torch.distributions.Categorical) or said.logits.shape[-1] < 2:
            return
        largest = float(said.probs.max(-1).values.mean())
        if largest > PREFERRED_ABOVE:
            words = f"the likeliest action has a chance of {percent(largest)} before the first update"
            bounds = (None, PREFERRED_ABOVE)
            self.initial = [Finding("initial-policy-not-random", "note", now.step, words, largest, bounds)]

    def _look_at_units(self, torch: Any, now: Moment) -> None:
        """Units at the ends of their range before anything was learned."""
        latest, kept = self.latest(), self.places.training
        reading = self.roles.value or self.roles.q or self.roles.policy
        points = [point.observation for point in (kept.book.points if kept else ())]
        rows = points or ([] if latest is None or isinstance(latest, dict) else list(latest))
        if reading is None or reading.takes_actions or not rows or isinstance(rows[0], (dict, tuple)):
            return
        observations = stacked(rows[-BATCH:], torch)
        with reading.twin.undisturbed():
            self.units.see_start(shares(reading.twin, lambda: reading.ask(observations))[1], now)

    def _judge_inputs(self, book: Book) -> list[Finding]:
        share = self.inputs.zeros()
        observed = [point.observation for point in book.points if isinstance(point.observation, np.ndarray)]
        if share is None or not observed or not all(one.any() for one in observed):
            return []
        words = f"up to {percent(share)} of the rows of a batch are all zero, which was never observed"
        return [Finding("memory-of-zeros", "broken", self.inputs.zeros_since, words, share, (0.0, 0.05))]

    def _judge_actions(self, book: Book, now: Moment) -> list[Finding]:
        curve = self.curves.get("actions_at_bounds")
        late = [v for s, v in zip(curve.steps, curve.values, strict=True) if s >= 0.9 * now.step]
        if not now.final or len(late) < 2 or min(late) <= AT_BOUNDS_ABOVE:
            return []
        if book.improved() is not False:
            return []
        words = (
            f"{percent(late[-1])} of the components of actions are at a bound, and the return is no better"
        )
        since = next(s for s, v in zip(curve.steps, curve.values, strict=True) if v > AT_BOUNDS_ABOVE)
        return [Finding("actions-at-bounds", "look", since, words, late[-1], (None, AT_BOUNDS_ABOVE))]

    def _ask_critic(self, points: list[Point], gamma: float, now: Moment, torch: Any) -> None:
        reading = self.roles.q or self.roles.value
        if reading is None or len(points) < FEWEST_POINTS or not self._trusted(reading):
            return
        del gamma
        observations = stacked([point.observation for point in points], torch)
        if reading is self.roles.q:
            values = _of_actions(reading, observations, points, torch)
        else:
            values = as_floats(reading.at(observations)).reshape(-1)
        if len(values) != len(points):
            return
        outcomes = np.array([point.outcome for point in points])
        cut = [i for i, point in enumerate(points) if point.tail > 0 and point.final is not None]
        if cut:
            finals = stacked([points[i].final for i in cut], torch)
            tails = np.array([points[i].tail for i in cut])
            ends = values[cut] if reading is self.roles.q else as_floats(reading.at(finals)).reshape(-1)
            outcomes[cut] += tails * ends
        self.critic.see(values, outcomes, now, of_actions=reading is self.roles.q)
        left = np.array([point.left if point.tail == 0 else -1 for point in points])
        self.critic.see_ends(values, outcomes, left, now)
        with reading.twin.undisturbed():
            few = observations[:BATCH] if not isinstance(observations, dict) else observations
            if not reading.takes_actions:
                self.units.see(*shares(reading.twin, lambda: reading.ask(few)), now)

    def _look_at_actions(self, points: list[Point], now: Moment) -> None:
        space = self._space()
        if isinstance(space, Box) and np.isfinite(space.low).all() and np.isfinite(space.high).all():
            actions = np.stack([np.asarray(point.action).reshape(space.shape) for point in points])
            self.curves.add("actions_at_bounds", now.step, share_at_bounds(actions, space.low, space.high))

    def judge(self, now: Moment, book: Book, interval: int | None) -> list[Finding]:
        """Findings on policy and critic."""
        return [
            *self._judge_inputs(book),
            *self._judge_actions(book, now),
            *self.initial,
            *self.steps.judge(book),
            *self.critic.judge(now),
            *self.targets.judge(now, interval),
            *self.units.judge(),
        ]


def _of_actions(reading: Reading, observations: Any, points: list[Point], torch: Any) -> Any:
    """Values of the actions that were taken, ``(n,)``."""
    if reading.takes_actions:
        taken = np.stack([np.asarray(point.action, np.float32).reshape(-1) for point in points])
        return as_floats(reading.at(observations, torch.as_tensor(taken))).reshape(-1)
    all_values = as_floats(reading.at(observations))
    taken = np.array([int(np.asarray(point.action).reshape(-1)[0]) for point in points])
    return all_values[np.arange(len(points)), taken]
