"""One run of a script on a probe: what its critic and its policy say is asked and answered."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import numpy as np

from probe_envs import probe
from probe_envs.probes.cash_out import offer_states
from rlprobe.diagnosis.training.best_actions import all_alike, payments
from rlprobe.diagnosis.training.torch_calls.watching import torch_calls_seen
from rlprobe.scripts.inside.changes.at_run_time.fused import fuse_optimisers
from rlprobe.scripts.inside.changes.at_run_time.learning_rates import LearningRates
from rlprobe.scripts.inside.changes.at_run_time.pictures import share_pictures
from rlprobe.scripts.inside.looks import in_pairs
from rlprobe.scripts.inside.making.actions import actions_of, sizes_in, width_of
from rlprobe.scripts.inside.making.own_rewards import OwnRewards
from rlprobe.scripts.inside.play import Play
from rlprobe.scripts.inside.reading.codes import codes, tells_apart
from rlprobe.scripts.inside.reading.entropy_weight import HeldEntropy, log_volume
from rlprobe.scripts.inside.reading.frames import namespace, script_frames
from rlprobe.scripts.inside.reading.networks.hooks import Networks
from rlprobe.scripts.inside.stage import Stage
from rlprobe.scripts.inside.theatre import Theatre, mdp_of, shown_now

if TYPE_CHECKING:
    from numpy.typing import NDArray

BELIEVED_TIMES = 64
"""How often an action of the user's own expression counts: more than enough to be plainly chosen."""
LATEST_CHOICES = 80
"""Actions at an offer of CashOut that are looked at: earlier ones were taken before the values were known."""
WITHOUT_LOOK = frozenset({"tensors", "negate", "frozen"})
"""Questions about what was kept before; for the others the reader looks at the script anew."""


class ProbePlay(Play):
    """Answers what the script believes at the queried observations of a probe."""

    def _environments(self) -> Theatre:
        """What stands for the environments of the script: the probe."""
        order = self.order
        self.own_rewards = OwnRewards(self.script.owns, shaped=order.shaped)
        self.own_rewards.install()
        asked = np.array(order.asked, dtype=order.asked_dtype)
        mdp = mdp_of(order.probe, order.options)
        theatre = Theatre(mdp, asked, seed=order.seed, gate=self.gate, vector_api=order.vector_api)
        theatre.pay, theatre.lift, theatre.practice = order.pay, order.lift, order.practice
        theatre.sizes, theatre.frame_skips = tuple(order.options.get("sizes", ())), order.frame_skips
        if order.practice:
            offers = offer_states(order.options["sure"])
            theatre.offers = frozenset(theatre.views.number(mdp.observe(one)) for one in offers)
        return theatre

    def _answer(self, asked: dict[str, Any]) -> dict[str, Any]:
        questions = {
            "critic": self._critic,
            "values": self._values,
            "ends": self._ends,
            "tensors": self._tensors,
            "actions": self._actions,
            "negate": self._negate,
            "frozen": self._frozen,
            "parameters": self._parameters,
            "about": self._about,
        }
        what = asked["do"]
        if what not in questions:
            raise ValueError(f"unknown question {what!r}")
        if what not in WITHOUT_LOOK:
            self.reader.look()
        return {"at": "answer", **questions[what](self._training())}

    def _critic(self, stages: list[Stage]) -> dict[str, Any]:
        critic = self.reader.find(stages)
        return {
            "critic": critic,
            "note": self.reader.note,
            "sure": self.reader.sure,
            "rivals": self.reader.rivals,
            "recurrent": self.reader.has_memory(stages),
            "over_batches": self.networks is not None and self.networks.over_batches,
            "first": self.reader.first(stages, self.asked) if critic else None,
            "q_network": self.reader.is_q_network,
            "of_actions": any(one is not None for one in self.reader.greedy(stages, self.asked)),
        }

    def _values(self, stages: list[Stage]) -> dict[str, Any]:
        values = self.reader.values(stages, self.asked)
        return {"values": values, "temperature": self.reader.temperature()}

    def _ends(self, stages: list[Stage]) -> dict[str, Any]:
        return {"values": self.reader.at_ends(stages, self.asked)}

    def _tensors(self, _: list[Stage]) -> dict[str, Any]:
        astray = self.tensors.astray(len(self._training()))
        return {
            "observed": [
                *self.tensors.observed,
                *astray,
                *self.deviations.observed.items(),
                *self.reader.observed.items(),
            ],
            "in_losses": self.tensors.in_losses,
            "undefined": self.deviations.undefined,
            "why": self.tensors.undefined.said,
            "cause": list(self.tensors.undefined.observed.items()),
        }

    def _actions(self, stages: list[Stage]) -> dict[str, Any]:
        if self.order.act is not None:
            return {"actions": self._believed(stages), "greedy": [None] * self.asked}
        return {"actions": self._recent(), "greedy": self.reader.greedy(stages, self.asked)}

    def _negate(self, _: list[Stage]) -> dict[str, Any]:
        for stage in self.theatre.stages:
            stage.pay = -stage.pay
        return {}

    def _frozen(self, _: list[Stage]) -> dict[str, Any]:
        return {"frozen": self.reader.frozen_twin()}

    def _parameters(self, _: list[Stage]) -> dict[str, Any]:
        return {"parameters": self.reader.parameters()}

    def _training(self) -> list[Stage]:
        """The environments of the line that steps most: others are for evaluation."""
        sites = list(self.theatre.sites.values())
        if not sites:
            return list(self.theatre.stages)
        best = max(sites, key=lambda site: site.steps)
        return list(best.stages or self.theatre.stages)

    def _recent(self) -> list[list[Any]]:
        """The latest actions at each queried observation, as the probe takes them."""
        sites = list(self.theatre.sites.values())
        best = max(sites, key=lambda site: site.steps) if sites else None
        rows = [] if best is None else [list(best.recent.get(i, ())) for i in range(self.asked)]
        rows = [row[-LATEST_CHOICES:] if i in self.theatre.offers else row for i, row in enumerate(rows)]
        return [[np.asarray(a).reshape(-1).tolist() for a in row] for row in rows]

    def _believed(self, stages: list[Stage]) -> list[list[Any]]:
        """The actions that the user's own expression gives, as the probe takes them; said often."""
        said = self.reader.evaluate("--act", str(self.order.act), stages, self.asked)
        given = [np.asarray(stages[0].in_probe(action)).reshape(-1).tolist() for action in said]
        return [[action] * BELIEVED_TIMES for action in given]

    def _about(self, stages: list[Stage]) -> dict[str, Any]:
        stage, gamma = stages[0], self.reader.gamma()
        space, sizes = stage.action_space, sizes_in(stage.action_space)
        return {
            "environments": self.theatre.identities,
            "kind": type(space).__name__,
            "actions": sizes[0] if sizes else 0,
            "sizes": list(sizes),
            "shape": list(space.shape or ()),
            "log_volume": log_volume(space),
            "observations": str(stage.observation_space)[:80],
            "count": len(stages),
            "gamma": gamma,
            "never_at_ends": self.gate.never_at_ends,
            "frame_skips": max(one.skips.known for one in stages),
            "several_steps": self.reader.several_steps(),
            "settings": [*self.rules.used(self.reader.model), *self.rates.found],
            "table": self.reader.table is not None,
            "shaped": self.own_rewards.names if self.own_rewards.shaped else [],
            "notes": [*self.theatre.notes, *self.entropy.notes, *self._left_out()],
            "bootstraps": self.networks is not None and self.networks.saw_ends,
            "scales": [list(one) for one in self.rules.scales],
            "shifts": [list(one) for one in self.rules.shifts],
            "standardised": self.rules.standardised,
            "elites": self.rules.elites,
            "soft": self.reader.temperature() > 0,
        }

    def _left_out(self) -> list[str]:
        """What was left out of the script, as a sentence for each reason."""
        reasons = {
            "it makes up rewards of its own": self.rules.left_out,
            "it ends learning when the task is solved": self.rules.early_ends,
        }
        return [f"Left out, as {why}: {'; '.join(said)}" for why, said in reasons.items() if said]

    def _tell_apart(self, stages: list[Stage]) -> None:
        """Show others if the script puts some into the same bin, and if it does not do so with these."""
        ways = codes(self.reader.names) if self.networks is None else []
        for stage in stages:
            others = in_pairs(stage.observation_space, len(stage.looks))
            if any(tells_apart(way, stage.looks) for way in ways) or not others:
                return
            if any(tells_apart(way, others) for way in ways):
                stage.looks = others
                if self.reader.calls is not None:
                    self.reader.calls.begin(stage)

    def _shown(self) -> NDArray[Any] | None:
        """The queried observations as the script sees them; None if they are no arrays."""
        stages = self._training()
        shown = list(stages[0].looks[: self.asked]) if stages else []
        return np.stack(shown) if shown and all(isinstance(one, np.ndarray) for one in shown) else None

    def _action_space(self) -> Any:
        """That of the script; None before it has an environment."""
        stages = self._training()
        return stages[0].action_space if stages else None

    def _fresh(self) -> bool | None:
        """Whether the only environment of the script begins an episode; None if it has several."""
        stages = self._training()
        return stages[0].fresh if len(stages) == 1 else None

    def _hook(self) -> None:
        mdp, chooses = self.theatre.mdp, probe(self.order.probe).asks == "action"
        self.entropy = HeldEntropy(lambda: namespace(script_frames()))
        self.reader.tunes_entropy = lambda: bool(self.entropy.held)
        self.rates = LearningRates(self.rules, self.order.args, self.own_rewards.owns)
        watched = torch_calls_seen(
            self._action_space,
            steps=lambda: self.gate.steps,
            chooses=chooses,
            pays=payments(mdp) if chooses else None,
            alike=all_alike(mdp, self.order.gamma or 0.9, several=True),
            fresh=self._fresh,
            over=lambda: self.gate.at_end,
            shown=self._shown,
            now=lambda: shown_now(self._training()),
        )
        self.tensors = self.watching.enter_context(watched)
        if (torch := sys.modules.get("torch")) is not None:
            self.deviations.watch(torch)
            if self.order.quicken:
                fuse_optimisers(torch)
                share_pictures(torch)
                self.rates.watch(torch)
                if not chooses:
                    self.entropy.watch()
            self.networks = Networks(torch, self.gate, lambda: self.tensors.inputs.saw_losses)
            self.reader.networks = self.networks
            begin = Stage.begin

            def began(stage: Stage, seed: int, sites: Any) -> None:
                begin(stage, seed, sites)
                assert self.networks is not None
                self.networks.stages = [*self.theatre.stages, stage]
                self.networks.actions = actions_of(stage.action_space)
                self.networks.width = width_of(stage.action_space)

            Stage.begin = began  # type: ignore[method-assign,assignment]
