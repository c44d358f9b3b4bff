"""What a function of a rollout may take, and the names and conventions in which people pass it."""

from __future__ import annotations

from rlprobe.checks.families.rollouts.rollout import done
from rlprobe.checks.family import Role, Variant, number, plain

GAMMAS = (0.99, 0.9, 0.95, 1.0, 0.98, 0.995, 0.97, 0.999)
LAMBDAS = (0.95, 0.9, 0.97, 1.0, 0.8, 0.98, 0.0)
TIMEOUTS = Role(
    "timeouts",
    "timeout time_out time_limit time_limits is_timeout",
    (
        Variant(
            lambda c: c.truncated & ~c.terminated, "TN", "`{name}[t]` is 0 where step t terminated as well"
        ),
        Variant(lambda c: c.truncated, "TN"),
    ),
    flag=True,
)
BEFORE = "`{name}[t]` says whether the episode ended before step t"
WITH_NEXT = frozenset({"next_done", "next_mask"})
WITH_LAST = WITH_NEXT | {"last_value", "next_values"}
STEP = "`{name}[t]` belongs to the step that ended"

MASKED = (
    "`{name}` is not masked by the function: correct only if the caller sets it to 0 where a step terminated; "
    "otherwise this is termination-ignored"
)
ROLES = (
    plain("rewards", "TN", "rews r rew reward reward_list r_t ep_rewards rs"),
    Role(
        "values",
        "vals v value state_value value_pred vpred value_estimate v_s vs baseline critic_value v_t v_tm1 old_value"
        " state_values vpreds v_pred baselines values_list vf_preds vf_pred vf vf_values",
        (
            Variant(lambda c: c.values, "TN"),
            Variant(
                lambda c: c.values_plus,
                "SN",
                "`{name}` has T + 1 entries, the last one bootstraps",
                never_with=frozenset({"last_value"}),
            ),
        ),
    ),
    plain(
        "last_value",
        "N",
        "next_value last_val bootstrap bootstrap_value last_v last_r next_val final_value v_last value_last last_values"
        " next_v v_next last_state_value tail_value last_vals value_next",
    ),
    Role(
        "next_values",
        "next_value v_next next_v next_val next_vals next_state_value v_next_s v_sp next_state_values v_t1 v_tp1 v_t"
        " values_next value_next next_values_t vals_next v_prime bootstrap_values terminal_values final_values",
        (
            Variant(lambda c: c.next_values, "TN"),
            Variant(
                lambda c: c.next_values * (1.0 - c.terminated),
                "TN",
                "`{name}[t]` is 0 where step t terminated",
                MASKED,
                only_with=frozenset({"ends"}),
            ),
        ),
    ),
    Role(
        "dones",
        "done d terminal end terminal_flag done_flag is_done finished dones_list is_terminal terminals"
        " episode_done over done_mask",
        (
            Variant(lambda c: c.done, "TN", STEP, never_with=WITH_NEXT),
            Variant(lambda c: c.done_before, "TN", BEFORE, only_with=WITH_NEXT),
            Variant(
                lambda c: c.done_plus,
                "SN",
                "`{name}` has T + 1 entries, `{name}[t + 1]` is that of step t",
                never_with=WITH_LAST,
            ),
        ),
        flag=True,
    ),
    plain("terminated", "TN", "termination terminations term terminal d_term is_terminated", flag=True),
    Role(
        "ends", "end_flag end_flags ended episode_end episode_ends", (Variant(done, "TN", STEP),), flag=True
    ),
    plain("truncated", "TN", "truncation truncations trunc is_truncated", flag=True),
    TIMEOUTS,
    Role(
        "episode_starts",
        "starts start first firsts is_first episode_start is_start begins prev_done previous_dones new news is_new"
        " done_before dones_before is_init resets",
        (
            Variant(lambda c: c.done_before, "TN", BEFORE),
            Variant(lambda c: c.done_plus, "SN", BEFORE + ", with T + 1 entries"),
        ),
        flag=True,
    ),
    plain(
        "next_done",
        "N",
        "last_done final_done next_dones next_terminal last_dones last_terminal dones",
        flag=True,
        beside=frozenset({"episode_starts", "dones", "masks"}),
    ),
    Role(
        "masks",
        "mask done_mask not_done nonterminal non_terminal not_terminal notdone alive continue cont continues nonterminals"
        " continuation not_dones",
        (
            Variant(
                lambda c: c.masks, "TN", "`{name}[t]` is 0 for the step that ended", never_with=WITH_NEXT
            ),
            Variant(
                lambda c: c.masks_plus[:-1],
                "TN",
                "`{name}[t]` is 0 if the episode ended before step t",
                only_with=WITH_NEXT,
            ),
            Variant(lambda c: c.masks_plus, "SN", "`{name}` has T + 1 entries, 0 after an end"),
        ),
    ),
    plain("next_mask", "N", "next_nonterminal last_mask next_not_done"),
    Role(
        "bad_masks",
        "bad_mask time_limit_mask",
        (Variant(lambda c: c.bad_masks, "TN"), Variant(lambda c: c.bad_masks_plus, "SN")),
    ),
    Role(
        "discounts",
        "discount_t pcont discount discounts_t",
        (
            Variant(
                lambda c: c.discounts,
                "TN",
                "`{name}[t]` is gamma, and 0 where the step terminated",
                never_with=frozenset({"dones", "terminated", "masks", "ends", "episode_starts"}),
            ),
        ),
    ),
    number("gamma", "discount discount_factor g gam disc gamma_ discount_rate", GAMMAS),
    number(
        "lam",
        "lambda gae_lambda lambda_ lmbda tau gae_lam lambd lamb lamda l gae_tau td_lambda lam_ trace_decay",
        LAMBDAS,
    ),
)
