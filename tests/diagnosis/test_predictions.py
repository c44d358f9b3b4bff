"""The predicted values of faults against numbers found in another way."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from diagnosis.synthetic import results_for
from probe_envs import SUITE, probe, solve
from rlprobe.diagnosis.inference.explanation import Explanation
from rlprobe.diagnosis.inference.fits import fit_of, fits
from rlprobe.diagnosis.judging.judge import judge
from rlprobe.diagnosis.judging.method import Method
from rlprobe.faults import FAULTS, fault
from rlprobe.faults.episodes import over_steps
from rlprobe.faults.fixed_point import fixed_point
from rlprobe.faults.lookahead import values_looking_ahead
from rlprobe.faults.prediction import converged_values, predict
from rlprobe.faults.stored import transitions_of
from rlprobe.faults.transitions import Learner, observed_in

VALUE_PROBES = [row.name for row in SUITE if row.asks == "value"]
TD, GAE = Learner(gamma=0.9), Learner(gamma=0.9, lam=0.95)
MONTE_CARLO = Learner(gamma=0.9, lam=1.0)
CRITIC_LOSS = next(form for form in fault("sign-flipped").forms if form.name == "critic loss")


@pytest.mark.parametrize("name", VALUE_PROBES)
@pytest.mark.parametrize("gamma", [0.5, 0.9, 0.99])
@pytest.mark.parametrize("lam", [0.0, 0.8, 1.0])
def test_without_a_fault_the_fixed_point_is_the_exact_answer(name, gamma, lam):
    """A correct learner of any lambda comes to the solver's values, averaged over states that look alike."""
    mdp = probe(name).mdp()
    solution = solve(mdp, gamma)
    learned = predict(mdp, Learner(gamma=gamma, lam=lam))
    from probe_envs.dynamics import Dynamics

    dynamics = Dynamics(mdp)
    of_situation = observed_in(dynamics).of_situation
    observed = of_situation[: dynamics.truncated_from : dynamics.clock]
    for view in set(observed):
        assert learned.mean[view] == pytest.approx(solution.V[observed == view].mean(), abs=1e-9)
        assert learned.known[view]
    assert learned.stable


SIMULATED = {
    # Values that a simulated tabular learner with each fault arrived at (gamma 0.9, lambda 0.95).
    ("truncation-as-termination", 0, "TimeLimitLoop", 0.95): [2.78],
    ("truncation-as-termination", 0, "TimeLimitLoop", 0.0): [3.57],
    ("termination-ignored", 1, "Constant", 0.95): [10.0],
    ("termination-ignored", 1, "Decoder", 0.95): [9.67, 9.63, 10.70],
    ("termination-ignored", 1, "RewardSet", 0.95): [8.14, 8.55, 9.53, 13.93],
    ("done-one-early", 0, "Decoder", 0.95): [1.00, 0.00, 2.84],
    ("done-one-late", 0, "Decoder", 0.95): [1.15, 2.62, 2.91],
    ("done-one-early", 3, "RandomExit", 0.95): [5.53],
    ("gae-not-cut", 2, "TimeLimitLoop", 0.95): [8.48],
    ("no-discount", 0, "Decoder", 0.95): [3.0, 2.0, 2.0],
    ("discount-exponent", 0, "Decoder", 0.95): [2.31, 1.62, 2.0],
    ("discount-exponent", 0, "TimeLimitLoop", 0.95): [5.26],
    ("reward-lag", 0, "Decoder", 0.95): [2.36, 2.62, 1.80],
    ("reward-lag", 0, "RewardSet", 0.95): [-0.90, -0.45, 0.45, 4.50],
    ("autoreset-row-stored", 0, "Constant", 0.95): [0.95],
    ("autoreset-row-stored", 0, "ObservationSign", 0.95): [-0.50, 0.47],
    ("autoreset-row-stored", 0, "RewardSet", 0.95): [-0.01, 0.23, 0.68, 2.86],
    ("loss-broadcast", 0, "Decoder", 0.95): [2.15, 2.15, 2.15],
    ("loss-broadcast", 4, "Decoder", 1.0): [(2.62 + 1.8 + 2.0) / 3] * 3,
    ("terminal-reward-dropped", 2, "Decoder", 1.0): [1.8, 2.0, 0.0],
    ("loss-broadcast", 0, "RewardSet", 0.95): [1.01, 1.01, 1.01, 1.02],
    ("reward-clipped", 0, "Decoder", 0.95): [1.81, 0.90, 1.00],
    ("reward-clipped", 1, "RewardSet", 0.95): [-1.0, -1.0, 1.0, 1.0],
    ("reward-cast-to-int", 0, "RewardSet", 0.95): [-1.0, 0.0, 0.0, 5.0],
    ("reward-shifted", 0, "Decoder", 0.95): [-0.09, -0.10, 1.00],
    ("reward-shifted", 0, "RewardSet", 0.95): [-2.01, -1.51, -0.51, 3.98],
    ("target-never-synced", 0, "Decoder", 0.0): [1.0, 0.0, 2.0],
    ("target-never-synced", 0, "TimeLimitLoop", 0.0): [1.0],
    ("next-observation-is-observation", 0, "Decoder", 0.0): [10.0, 0.0, 2.0],
    ("terminated-and-truncated-bootstraps", 0, "BothFlags", 0.95): [8.1, 9.0, 10.0],
    ("whole-return-every-step", 0, "Decoder", 1.0): [2.62, 2.62, 2.62],
    ("no-reward-to-go", 0, "Decoder", 1.0): [1.0, 0.0, 1.62],
    ("reward-counted-twice", 0, "Decoder", 1.0): [3.62, 1.8, 4.0],
    ("forward-accumulation", 0, "Decoder", 1.0): [1.0, 0.9, 2.81],
    ("returns-cross-episodes", 0, "Constant", 1.0): [(1 + 1.9) / 2],
    ("returns-cross-episodes", 8, "Constant", 1.0): [10.0],
    ("nstep-crosses-episode", 1, "Constant", 0.0): [1 + 0.9 + 0.81],
    ("nstep-crosses-episode", 5, "TruncBoot", 0.0): [0.36, 3.0, -6.0, 1.09],
    ("loss-broadcast", 6, "BothFlags", 0.0): [0.6 * 0.6 / 0.4, 0.6 / 0.4, 1 / 0.4],
    ("td-error-masked", 0, "RandomExit", 0.0): [1 / 0.075],
    ("no-bootstrap", 0, "Decoder", 0.0): [1.0, 0.0, 2.0],
    ("last-step-dropped", 0, "RandomExit", 0.0): [10.0],
    ("observation-kept-after-reset", 1, "RewardSet", 0.0): [1.0, 1.0, 1.0, 1.0],
    ("observation-kept-after-reset", 1, "TruncBoot", 0.0): [-0.96, -0.96, -0.96, 0.14],
    ("done-mask-inverted", 0, "Constant", 0.0): [10.0],
    ("done-mask-inverted", 0, "Decoder", 0.0): [1.0, 0.0],
}


@pytest.mark.parametrize("case", SIMULATED, ids=lambda case: f"{case[0]}-{case[2]}-{case[3]}")
def test_predictions_agree_with_simulated_learners(case):
    """The linear system finds what step-by-step learning finds, up to the noise of the simulation."""
    name, form, where, lam = case
    learned = predict(
        probe(where).mdp(),
        Learner(gamma=0.9, lam=lam),
        (fault(name).forms[form],),
        autoreset_mode="next_step",
    )
    expected = SIMULATED[case]
    assert learned.mean[: len(expected)] == pytest.approx(expected, abs=0.17)


@pytest.mark.parametrize("name", ["RandomExit", "TimeLimitLoop", "TruncBoot"])
@pytest.mark.parametrize("fault_id", ["", "truncation-as-termination", "termination-ignored"])
def test_predictions_agree_with_learning_by_sampling(name, fault_id):
    """Plain TD(0) on sampled episodes comes to the predicted values."""
    import gymnasium as gym

    env, gamma = gym.make(f"probe/{name}-v0", disable_env_checker=True), 0.9
    values: dict[bytes, float] = {}
    visits: dict[bytes, int] = {}
    total: dict[bytes, float] = {}
    observation, _ = env.reset(seed=1)
    for step in range(60_000):
        after, reward, terminated, truncated, _ = env.step(0)
        stop = terminated and fault_id != "termination-ignored"
        stop = stop or (truncated and fault_id == "truncation-as-termination")
        key = observation.tobytes()
        target = reward + (0.0 if stop else gamma * values.get(after.tobytes(), 0.0))
        visits[key] = visits.get(key, 0) + 1
        rate = max(1.0 / visits[key] ** 0.7, 0.002)
        values[key] = values.get(key, 0.0) + rate * (target - values.get(key, 0.0))
        if step > 40_000:
            total[key] = values[key]
        observation = env.reset()[0] if terminated or truncated else after
    forms = (fault(fault_id).forms[0],) if fault_id else ()
    mdp = probe(name).mdp()
    learned = predict(mdp, TD, forms)
    from probe_envs.dynamics import Dynamics

    observed = observed_in(Dynamics(mdp))
    for view in observed.queried:
        if learned.known[view]:
            key = np.asarray(observed.observations[view]).tobytes()
            assert values[key] == pytest.approx(learned.mean[view], rel=0.06, abs=0.06)


def test_huber_moves_the_wrong_fixed_point_of_truncation():
    """With errors cut at 1, truncation as termination teaches 7.5 on the loop and not 3.57."""
    form = fault("truncation-as-termination").forms[0]
    learned = predict(probe("TimeLimitLoop").mdp(), Learner(gamma=0.9, loss="huber"), (form,))
    assert learned.mean == pytest.approx([7.5], abs=1e-6)


def test_huber_biases_the_mean_of_random_exit_as_derived_by_hand():
    """0.25 * (-1) + 0.75 * (1 - 0.1 v) = 0 gives v = 20 / 3."""
    learned = predict(probe("RandomExit").mdp(), Learner(gamma=0.9, loss="huber"))
    assert learned.mean == pytest.approx([20 / 3], abs=1e-6)


def test_least_squared_errors_bias_random_exit_as_derived_by_hand():
    """0.75 * 0.1 * (1 - 0.1 v) = 0.25 * (1 - v) * -1 gives v = 0.325 / 0.2575, where 3.08 is right."""
    form = fault("bootstrap-target-not-detached").forms[0]
    learned = predict(probe("RandomExit").mdp(), TD, (form,))
    assert learned.mean == pytest.approx([0.325 / 0.2575], abs=1e-9)


@pytest.mark.parametrize(("form", "alpha"), [(0, 0.6), (1, 1.0)])
def test_priorities_without_weights_bias_random_exit_as_derived_by_hand(form, alpha):
    """0.75 * (1 - 0.1 v) ** (1 + alpha) = 0.25 * (v - 1) ** (1 + alpha), where 3.08 is right."""
    learned = predict(probe("RandomExit").mdp(), TD, (fault("per-bias").forms[form],))
    factor = 3.0 ** (1.0 / (1.0 + alpha))
    assert learned.mean == pytest.approx([(1 + factor) / (1 + 0.1 * factor)], abs=1e-6)


@pytest.mark.parametrize(
    ("form", "name", "expected"),
    [(0, "Decoder", [2.75]), (1, "Decoder", [1.98]), (1, "RandomExit", [1.99])],
)
def test_the_end_of_short_rollouts_agrees_with_a_simulated_learner(form, name, expected):
    """GAE over rollouts of 5 steps, 400,000 steps of a table, for each way to value the last observation."""
    learner = Learner(gamma=0.9, lam=0.95, rollout=5)
    learned = predict(probe(name).mdp(), learner, (fault("stale-last-value").forms[form],))
    assert learned.mean[:1] == pytest.approx(expected, abs=0.02)


@pytest.mark.parametrize("name", VALUE_PROBES)
@pytest.mark.parametrize("steps", [1, 2, 3, 5])
def test_targets_over_several_steps_have_the_same_fixed_point(name, steps):
    """With gamma in both places, n-step targets lead to the exact values."""
    transitions = transitions_of(probe(name).mdp())
    over = over_steps(transitions, steps, reward_discount=0.9, last_discount=0.9)
    assert fixed_point(over).mean == pytest.approx(fixed_point(transitions).mean, abs=1e-9)


def test_a_discount_with_a_wrong_exponent_over_three_steps():
    """Decoder is over after three steps: only the missing discount of its rewards shows there."""
    forms = {form.name: form for form in fault("discount-exponent").forms}
    chain = predict(probe("Chain").mdp(), TD, (forms["gamma once over 3 steps"],))
    assert chain.mean[:7] == pytest.approx([0.81, 0.729, 0.81, 0.9, 0.81, 0.9, 1.0])
    decoder = predict(probe("Decoder").mdp(), TD, (forms["3 rewards without a discount"],))
    assert decoder.mean[:3] == pytest.approx([3.0, 2.0, 2.0])


def test_windows_cut_by_a_time_limit_and_discounted_as_whole_ones():
    """On TimeLimitLoop windows of 5 steps hold 1 to 5 rewards, and all bootstrap with gamma ** 5."""
    form = next(
        f for f in fault("discount-exponent").forms if f.name == "gamma ** 5 also after fewer than 5 rewards"
    )
    rewards = np.mean([(1 - 0.9**k) / 0.1 for k in range(1, 6)])
    loop = predict(probe("TimeLimitLoop").mdp(), TD, (form,))
    assert loop.mean[0] == pytest.approx(rewards / (1 - 0.9**5))
    chain = predict(probe("Chain").mdp(), TD, (form,))
    assert chain.mean[:7] == pytest.approx(0.9 ** np.arange(6, -1, -1))


def test_entropy_that_is_missing_and_entropy_that_is_paid_at_the_end():
    """Constant has no later step: it is worth 1, or 1 + gamma times the entropy. Decoder has two."""
    soft = replace(TD, entropy=0.5)
    missing, paid = (fault(f"sac-entropy-{name}").forms[0] for name in ("missing", "at-terminal"))
    assert predict(probe("Constant").mdp(), soft, (paid,)).mean[:1] == pytest.approx([1.45])
    right = predict(probe("Decoder").mdp(), soft).mean[0]
    assert right == pytest.approx(2.62 + 0.5 * (0.9 + 0.81))
    assert predict(probe("Decoder").mdp(), soft, (missing,)).mean[0] == pytest.approx(2.62)


def test_advantages_that_run_on_make_a_fitted_critic_diverge():
    """Without the cut, fitting the targets of a one-step episode overshoots by 1 / (1 - gamma lambda)."""
    form = fault("gae-not-cut").forms[0]
    assert not predict(probe("Constant").mdp(), GAE, (form,)).stable
    assert predict(probe("Constant").mdp(), GAE).stable


def test_advantages_that_run_on_cross_the_row_between_episodes():
    """With one-step episodes, v = r + gamma lambda (0 - v) at each sign: v = r / (1 + gamma lambda)."""
    form = fault("gae-not-cut").forms[1]
    learned = predict(probe("ObservationSign").mdp(), GAE, (form,), autoreset_mode="next_step")
    half = 1.0 / (1.0 + 0.9 * 0.95)
    assert sorted(learned.mean.tolist()) == pytest.approx([-half, half], abs=1e-9)
    assert learned.stable


@pytest.mark.parametrize(
    ("form", "expected"), [(0, 3.0), (1, 0.9975), (2, 0.75), (3, 0.885), (4, 1.2), (5, 1.1)]
)
def test_every_wrong_maximum_teaches_a_number_of_its_own(form, expected):
    """State 0 of MaxNotMean is 0.3 and gamma times the index 3, the mean, the least or another value.

    The largest value of a batch is right there: only one next state has a value.
    """
    lookahead = fault("wrong-max").forms[form].lookahead
    first, second = values_looking_ahead(probe("MaxNotMean").mdp(), 0.9, lookahead)
    assert (first, second) == pytest.approx((expected, 1.0))


def test_a_target_actor_that_stays_values_what_it_did_at_first():
    """With actions of -0.2 and 0.5 at first, the second state is worth 1 - 0.5 * 0.3 ** 2 to the first."""
    lookahead = fault("target-actor-never-updated").forms[0].lookahead
    mdp = probe("TwoBoxes").mdp()
    values = values_looking_ahead(mdp, 0.9, lookahead, np.array([[-0.2], [0.5]]))
    assert values == pytest.approx([0.9 * (1 - 0.5 * 0.3**2), 1.0], abs=1e-9)
    assert values_looking_ahead(mdp, 0.9, lookahead) == pytest.approx([0.9 * 0.68, 1.0], abs=1e-9)


def test_a_target_that_is_never_synced_keeps_what_it_began_with():
    """The first network values the next state at 0.5: 1 + 0.45, 0 + 0.45, and the last reward as it is."""
    learned = predict(
        probe("Decoder").mdp(), TD, (fault("target-never-synced").forms[0],), initial=np.full(4, 0.5)
    )
    assert learned.mean[:3] == pytest.approx([1.45, 0.45, 2.0], abs=1e-9)
    assert learned.known[:3].all()


def test_a_batch_of_episodes_that_follow_a_pattern_is_not_foretold():
    """Where one episode announces the next, what a batch of a few joins depends on where it begins."""
    forms = fault("returns-cross-episodes").forms
    assert not predict(probe("EpisodeLeak").mdp(), MONTE_CARLO, (forms[0],)).known.any()
    assert predict(probe("EpisodeLeak").mdp(), MONTE_CARLO, (forms[-1],)).known.all()


@pytest.mark.parametrize("entry", FAULTS, ids=lambda entry: entry.id)
def test_every_fault_changes_something(entry):
    """A fault in the catalogue changes a value, the stability or an action of some probe."""
    for learner in (TD, GAE, MONTE_CARLO):
        for form in entry.forms:
            if not form.applies(learner):
                continue
            changed = form.actor != "best" or bool(form.actor_on or form.free) or form.lookahead is not None
            for name in VALUE_PROBES:
                mdp = probe(name).mdp()
                kind = replace(learner, rollout=5) if form.at_ends else learner
                wrong = predict(mdp, kind, (form,), autoreset_mode="next_step")
                right = predict(mdp, learner)
                both = wrong.known & right.known
                near = np.allclose(wrong.mean[both], right.mean[both], rtol=0.02, atol=0.02)
                changed |= not near or not wrong.stable or bool((wrong.known != right.known).any())
            assert changed, form.name


def test_the_stored_rows_are_a_stationary_chain():
    """Weights are preserved by the chain, and the probabilities of what follows sum to 1."""
    for name in VALUE_PROBES:
        for stored in (False, True):
            t = transitions_of(probe(name).mdp(), reset_transitions=stored)
            sums = np.bincount(t.current, t.probability, len(t.observation))
            assert sums == pytest.approx(np.ones(len(t.observation)))
            onward = np.bincount(t.following, t.succession_weight, len(t.observation))
            assert onward == pytest.approx(t.weight, abs=1e-12)


def test_returns_without_end_and_discount_grow_without_bound():
    """No discount and returns over all episodes predict infinite values, unless rewards are 0 on average."""
    endless = next(form for form in fault("returns-cross-episodes").forms if "many" in form.name)
    forms = (fault("no-discount").forms[0], endless)
    learner = Learner(gamma=0.9, lam=1.0)
    assert predict(probe("Constant").mdp(), learner, forms).mean == pytest.approx([np.inf])
    assert predict(probe("ObservationSign").mdp(), learner, forms).mean == pytest.approx([-1.0, 1.0])


def test_a_policy_loss_raises_values_by_the_entropy_over_twice_the_weight():
    """At weight 0.5 values of EqualActions are log 4 above targets that bootstrap from raised values."""
    learned = predict(probe("EqualActions").mdp(), GAE, (fault("actor-gradient-in-critic").forms[1],))
    last = 1.0 + np.log(4)
    first = 0.9 * last + np.log(4) - 0.9 * 0.95 * np.log(4)  # the advantage of the second step is -log 4
    assert learned.mean[:2] == pytest.approx((first, last))


def test_a_critic_that_is_fitted_to_advantages_learns_half_of_a_reward():
    """Constant: V = 1 - V; Decoder without lambda: the last of three values is half of 2."""
    form = fault("value-target-is-advantage").forms[0]
    assert predict(probe("Constant").mdp(), GAE, (form,)).mean == pytest.approx(0.5)
    assert predict(probe("Decoder").mdp(), TD, (form,)).mean[:3] == pytest.approx((0.7025, 0.45, 1.0))


@pytest.mark.parametrize(
    ("name", "learner", "expected"),
    [
        ("discounted-from-start", MONTE_CARLO, (2.62, 0.9 * 1.8, 0.81 * 2.0)),
        ("terminal-reward-dropped", TD, (1.0, 0.0, 0.0)),
        ("observation-kept-after-reset", TD, (0.0, 1.8, 2.0, 2.62)),
        ("forward-accumulation", MONTE_CARLO, (1.0, 0.9, 2.81)),
    ],
)
def test_what_wrong_ends_and_sums_teach_on_decoder(name, learner, expected):
    """Rewards 1, 0, 2: by hand."""
    learned = predict(probe("Decoder").mdp(), learner, (fault(name).forms[0],)).mean
    assert learned[: len(expected)] == pytest.approx(expected)


def test_a_value_that_is_added_twice_at_a_time_limit_grows():
    """TruncBoot: V(3) = 1 + 2 gamma V(1), with V(1) = 3; in a loop that is cut, values have no bound."""
    form = fault("truncation-bootstraps-twice").forms[0]
    assert predict(probe("TruncBoot").mdp(), TD, (form,)).mean[3] == pytest.approx(1.0 + 1.8 * 3.0)
    assert not predict(probe("TimeLimitLoop").mdp(), TD, (form,)).stable


def test_an_offset_of_each_target_adds_up_over_the_steps_ahead():
    """One step ahead of an end it counts once; without an end, 1 / (1 - gamma) times."""
    horizons = [
        predict(probe(name).mdp(), Learner(gamma=0.9)).horizon for name in ("Decoder", "TimeLimitLoop")
    ]
    assert horizons[0][:3] == pytest.approx([1 + 0.9 + 0.81, 1 + 0.9, 1.0])
    assert horizons[1] == pytest.approx([10.0])


@pytest.mark.parametrize("q_network", [True, False])
def test_a_biased_maximum_explains_values_that_are_a_little_too_large(q_network):
    """Values of a DQN that ignores terminations: a bias of 0.045 in each target becomes 0.45."""
    entry = fault("termination-ignored")
    form = next(one for one in entry.forms if "time limit" in one.name)
    results = results_for(Learner(gamma=0.9), ((entry, form),))
    result = next(one for one in results if one.trial.name == "ObservationSign")
    runs = tuple(replace(run, q_network=q_network, values=np.array([-0.55, 1.45])) for run in result.runs)
    result = replace(result, runs=runs, learned=np.array([-0.55, 1.45]))
    explanation = Explanation(Learner(gamma=0.9), ((entry, form),))
    assert fits(explanation, result, Method()) is q_network


def test_the_last_observation_is_bootstrapped_from_where_only_the_time_limit_is_looked_at():
    """BothFlags is truncated as well, so 1 / (1 - gamma); RewardSet goes on in the next episode."""
    form = next(one for one in fault("termination-ignored").forms if "time limit" in one.name)
    found = [
        predict(probe(name).mdp(), Learner(gamma=0.9), (form,)).mean for name in ("BothFlags", "RewardSet")
    ]
    assert found[0][:3] == pytest.approx([8.1, 9.0, 10.0])
    assert found[1][:4] == pytest.approx([8.0, 8.5, 9.5, 14.0])


def test_a_critic_that_is_never_trained_keeps_its_first_values():
    """Where every episode has one step and the last one is dropped, nothing is ever stored."""
    form = fault("last-step-dropped").forms[0]
    found = predict(probe("Constant").mdp(), TD, (form,), initial=-0.3)
    assert found.known.all()
    np.testing.assert_allclose(found.mean[0], -0.3, atol=0.01)


@pytest.mark.parametrize(
    ("name", "table", "expected"),
    [
        ("Constant", False, (-np.inf,)),
        ("RewardSet", True, (np.inf, np.inf, -np.inf, -np.inf)),
        ("RewardSet", False, (-1.0, -0.5, 0.5, 5.0)),
    ],
)
def test_a_critic_that_moves_away_from_its_targets_goes_to_the_side_it_begins_on(name, table, expected):
    """From 0, below a target of 1 and above one of -1; a network may take several values to one side."""
    learned = predict(probe(name).mdp(), replace(TD, table=table), (CRITIC_LOSS,))
    assert learned.mean[: len(expected)] == pytest.approx(expected)
    assert not learned.stable


@pytest.mark.parametrize("size", [50.0, 1e9])
def test_values_that_grow_to_the_other_side_are_no_flipped_sign(size):
    """Constant pays 1: minus a large number fits a critic loss with a wrong sign, a large number does not."""
    result = next(r for r in results_for(TD) if r.trial.name == "Constant")

    def likelihood(value):
        grown = [
            replace(run, values=np.array([value]), drift=np.array([5.0]), settled=False, diverged=size > 1e6)
            for run in result.runs
        ]
        explanation = Explanation(TD, ((fault("sign-flipped"), CRITIC_LOSS),))
        return fit_of(explanation, judge(result.trial, grown), Method())

    assert likelihood(-size) > likelihood(size) + 4.0


def test_a_table_without_exploration_stays_with_the_first_action_that_pays():
    """MaxNotMean with two actions: the first one pays 0 and then 0.5, the second 0.1 and then 0.95."""
    form = next(form for form in fault("epsilon-schedule").forms if form.process)
    learned = predict(form.process(probe("MaxNotMean").mdp(actions=2)), TD, (form,))
    assert learned.mean[:2] == pytest.approx((0.45, 0.5))


def test_an_offset_of_equal_advantages_is_fitted_and_differences_are_not():
    """Decoder without lambda: a number added to each target raises the values by it times 2.71, 1.9 and 1."""
    [result] = [r for r in results_for(TD) if r.trial.label == "Decoder"]
    explanation = Explanation(TD, ((fault(NORMALISED), fault(NORMALISED).forms[0]),))

    def explained(values):
        runs = [replace(run, values=np.array(values)) for run in result.runs]
        return fits(explanation, judge(result.trial, runs), Method())

    exact, raised = np.array([2.62, 1.8, 2.0]), np.array([2.71, 1.9, 1.0])
    assert explained(exact - 1.5 * raised)
    assert explained(exact + 0.7 * raised)
    assert not explained(exact * [1.0, 0.3, 1.0])


NORMALISED = "returns-from-normalised-advantages"


@pytest.mark.slow
@pytest.mark.parametrize("learner", [TD, GAE, MONTE_CARLO], ids=lambda one: f"lambda {one.lam}")
@pytest.mark.parametrize("first", FAULTS, ids=lambda entry: entry.id)
def test_any_two_faults_have_a_prediction(first, learner):
    """None raises an error after another one, whatever that has left of the transitions."""
    others = [form for other in FAULTS if other is not first for form in other.forms]
    pairs = [(one, other) for one in first.forms for other in others]
    with np.errstate(all="ignore"):
        for name in ("Constant", "RandomExit"):
            stored = transitions_of(probe(name).mdp())
            for forms in pairs:
                kind = replace(learner, rollout=5) if any(form.at_ends for form in forms) else learner
                if all(form.applies(kind) for form in forms):
                    assert len(converged_values(stored, kind, forms).mean) == stored.n_observations
