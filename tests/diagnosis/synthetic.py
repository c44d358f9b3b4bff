"""Results as an agent with a given fault would give them, made from predictions and noise."""

from __future__ import annotations

import numpy as np
from gymnasium.spaces import Box

from rlprobe.diagnosis.inference.answers import shows_on
from rlprobe.diagnosis.inference.posterior import Explanation
from rlprobe.diagnosis.inference.predictions import actor_of as _actor
from rlprobe.diagnosis.judging.judge import judge
from rlprobe.diagnosis.judging.result import Result
from rlprobe.diagnosis.plan import plan
from rlprobe.diagnosis.probe_settings import settings_of
from rlprobe.diagnosis.run import Run
from rlprobe.faults.lookahead import values_looking_ahead
from rlprobe.faults.prediction import predict
from rlprobe.faults.transitions import Learner

CLEAN = Learner(gamma=0.9)


def results_for(learner, faults=(), *, seeds=3, noise=0.01, declared=True, seed=0, modes=()):
    """The results of all judged trials for a learner with the given ``(fault, form)`` pairs."""
    rng = np.random.default_rng(seed)
    explanation = Explanation(learner, tuple(faults))
    trials = plan(kinds=frozenset({"discrete", "continuous"}), gamma=learner.gamma, autoreset_modes=modes)
    found = []
    for trial in trials:
        if trial.probe.asks == "exploration":
            continue
        make = _value_run if trial.probe.asks == "value" else _action_run
        runs = [make(trial, explanation, learner, noise, rng, s, declared) for s in range(seeds)]
        found.append(judge(trial, runs))
    return found


def _value_run(trial, explanation, learner, noise, rng, seed, declared):
    queried, forms = trial.observed.queried, [f for f in explanation.forms if shows_on(f, trial)]
    initial = np.zeros(len(trial.observed.observations))
    initial[queried] = 0.2 * rng.standard_normal(len(queried))
    if any(form.answers == "same" for form in forms):
        initial[:] = initial[queried[0]]
    values = predict(
        trial.mdp, learner, tuple(forms), autoreset_mode=trial.setting.autoreset_mode, initial=initial
    )
    ahead = next((form.lookahead for form in forms if form.lookahead), None)
    if ahead and settings_of(trial.name).needs:
        values.mean[queried] = values_looking_ahead(trial.mdp, learner.gamma, ahead)
    mean = np.where(values.known, values.mean, 0.0)[queried]
    if any(form.free == "offset" for form in forms):
        mean = mean + rng.normal(0.0, 2.0) * values.horizon[queried]
    diverged = not values.stable
    learned = np.clip(mean, -200, 200) * (1 + noise * rng.standard_normal(len(queried)))
    if any(form.answers == "same" for form in forms):
        learned[:] = learned[0]
    if any(form.answers == "scattered" for form in forms):
        learned += initial[queried]
    return Run(
        seed=seed,
        steps=3000,
        seconds=0.1,
        gamma=learner.gamma,
        lam=learner.lam if declared else None,
        loss=learner.loss if declared else None,
        initial=initial[queried],
        values=np.where(np.isinf(mean), np.copysign(1e9, mean), 1e9) if diverged else learned,
        drift=np.where(np.isinf(mean), 5.0, 0.005),
        noise=np.full(len(queried), 0.005),
        settled=not diverged and bool(np.isfinite(mean).all()),
        diverged=diverged,
    )


def _action_run(trial, explanation, learner, noise, rng, seed, declared):
    actor = _actor(explanation, Result(trial=trial, runs=(), outcome="undecided"))
    if isinstance(trial.mdp.action_space, Box):
        return _continuous_run(trial, actor, learner, seed, declared)
    best, worst = trial.choices(learner.gamma).best, trial.choices(learner.gamma).worst
    actions = best.argmax(axis=1)
    taken = np.full(best.shape, 100)
    if actor == "untried":
        actions, taken = best.argmin(axis=1), np.where(best, 0, taken)
    elif actor == "worst":
        actions = worst.argmax(axis=1)
    elif actor == "guess":
        actions = rng.integers(best.shape[1], size=len(best))
    elif actor == "ignores_observation":
        actions = np.zeros(len(best), int)
    elif actor in {
        "untrained",
        "still",
        "any",
    }:  # no telling, but hardly the same for all that is seen with every seed
        some = worst.argmax(axis=1), actions, rng.integers(best.shape[1], size=len(best))
        actions = some[seed % len(some)]
    solved = bool(best[np.arange(len(best)), actions].all())
    return Run(
        seed=seed,
        steps=1000,
        seconds=0.1,
        gamma=learner.gamma,
        lam=learner.lam if declared else None,
        loss=learner.loss if declared else None,
        actions=actions,
        solved=solved and actor != "still",
        settled=True,
        action_counts=taken,
        indifferent=actor == "still",
    )


def _continuous_run(trial, actor, learner, seed, declared):
    if len(trial.mdp.action_space.low) == 1:
        best, worst, small, others = [5.0], [-2.0], [1.0], ([2.0], [-2.0], [5.0])
    else:
        best, worst, small = [-0.8, 4.8], [2.0, -6.0], [-0.8, 1.0]
        others = [0.0, 0.0], worst, best
    action = {"unscaled": small, "worst": worst, "untrained": others[seed % 3], "any": others[seed % 3]}
    action = action.get(actor, best)
    return Run(
        seed=seed,
        steps=1000,
        seconds=0.1,
        gamma=learner.gamma,
        lam=learner.lam if declared else None,
        loss=learner.loss if declared else None,
        actions=np.array([action], np.float32),
        solved=action == best,
        settled=True,
    )
