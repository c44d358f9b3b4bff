"""Rollouts to try functions on: rewards, values and ends of episodes, and the names people give them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.checks.case import Case
from rlprobe.checks.family import Role, Variant, number, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]

AXES = {
    "rewards": "TN",
    "values": "TN",
    "final_values": "TN",
    "last_value": "N",
    "terminated": "TN",
    "truncated": "TN",
    "began": "N",
}
GAMMAS = (0.99, 0.9, 0.95, 1.0, 0.98, 0.995, 0.97, 0.999)
LAMBDAS = (0.95, 0.9, 0.97, 1.0, 0.8, 0.98)


def stacked(rows: Any, last: Any) -> NDArray[Any]:
    """An array with one more row."""
    return np.concatenate([rows, np.asarray(last)[None]])


def done(case: Case) -> Flags:
    """Whether the step ended its episode."""
    flags: Flags = case.terminated | case.truncated
    return flags


def reset_values(case: Case) -> Floats:
    """Values of the observation that the environment shows after each step: after an end, the reset one."""
    return stacked(case.values[1:], case.last_value)


def next_values(case: Case) -> Floats:
    """Values of the observation after each step, the last of an ended episode included."""
    return np.where(done(case), case.final_values, reset_values(case))


DERIVED: dict[str, Callable[[Case], Any]] = {
    "done": done,
    "dones": done,
    "next_values": next_values,
    "reset_values": reset_values,
    "values_plus": lambda c: stacked(c.values, c.last_value),
    "done_before": lambda c: _before(c),  # noqa: PLW0108 - defined below
    "done_plus": lambda c: np.concatenate([c.began[None], done(c)]),
    "next_done": lambda c: done(c)[-1],
    "masks": lambda c: 1.0 - done(c),
    "masks_plus": lambda c: 1.0 - np.concatenate([c.began[None], done(c)]),
    "next_mask": lambda c: 1.0 - done(c)[-1],
    "not_terminated": lambda c: 1.0 - c.terminated,
    "bad_masks": lambda c: 1.0 - c.truncated,
    "bad_masks_plus": lambda c: 1.0 - np.concatenate([0 * c.began[None], c.truncated]),
    "discounts": lambda c: c.gamma * (1.0 - c.terminated),
}


def _before(case: Case) -> Flags:
    return np.concatenate([case.began[None], done(case)[:-1]])


BEFORE = "`{name}[t]` says whether the episode ended before step t"
ONE_FLAG = (
    "`{name}` is read one step later than it ends an episode: right only if `{name}[t]` is stored before "
    "step t (as CleanRL does), and the last value is 0 where the last step ended; with the flags that "
    "`env.step` returns at step t, it would be done-one-early"
)
WITH_NEXT = frozenset({"next_done", "next_mask"})
WITH_LAST = WITH_NEXT | {"last_value", "next_values"}
STEP = "`{name}[t]` belongs to the step that ended"

ROLES = (
    plain("rewards", "TN", "rews r rew reward reward_list r_t ep_rewards rs"),
    Role(
        "values",
        "vals v value state_value value_pred vpred value_estimate v_s vs baseline critic_value v_t v_tm1 old_value"
        " state_values vpreds v_pred baselines values_list",
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
    plain(
        "next_values",
        "TN",
        "next_value v_next next_v next_val next_vals next_state_value v_next_s v_sp next_state_values v_t1 v_tp1 v_t"
        " values_next value_next next_values_t vals_next v_prime bootstrap_values",
    ),
    Role(
        "dones",
        "done d terminal end terminal_flag done_flag is_done finished ended dones_list is_terminal terminals"
        " episode_end episode_done over end_flag",
        (
            Variant(lambda c: c.done, "TN", STEP, never_with=WITH_NEXT),
            Variant(lambda c: c.done_before, "TN", BEFORE, ONE_FLAG, unless=WITH_NEXT),
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
    plain(
        "truncated", "TN", "truncation truncations trunc timeout time_out timeouts is_truncated", flag=True
    ),
    Role(
        "episode_starts",
        "starts start first firsts is_first episode_start is_start begins prev_done previous_dones",
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
        "mask not_done nonterminal non_terminal not_terminal notdone alive continue cont continues nonterminals"
        " continuation not_dones",
        (
            Variant(
                lambda c: c.masks, "TN", "`{name}[t]` is 0 for the step that ended", never_with=WITH_NEXT
            ),
            Variant(lambda c: c.masks_plus[:-1], "TN", "`{name}[t]` is 0 if the episode ended before step t"),
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
        (Variant(lambda c: c.discounts, "TN", "`{name}[t]` is gamma, and 0 where the step terminated"),),
    ),
    number("gamma", "discount discount_factor g gam disc gamma_ discount_rate", GAMMAS),
    number(
        "lam",
        "lambda gae_lambda lambda_ lmbda tau gae_lam lambd lamb lamda l gae_tau td_lambda lam_ trace_decay",
        LAMBDAS,
    ),
)


def fit(case: Case, shown: frozenset[str]) -> Case:
    """The rollout as a function sees it that takes only some of its quantities.

    One flag cannot tell truncation from termination: then no step is truncated. Without any flag, no
    episode ends. Without a last value nothing follows the last step.
    """
    flags = {"dones", "terminated", "truncated", "episode_starts", "masks", "discounts"}
    both = "truncated" in shown or {"terminated", "dones"} <= shown or "bad_masks" in shown
    if not shown & flags:
        case = case.change(terminated=case.terminated & False, truncated=case.truncated & False)
    elif not both:
        case = case.change(truncated=case.truncated & False)
    before = shown & {"episode_starts", "dones/1", "masks/1"}
    if before and not shown & {"next_done", "next_mask", "episode_starts/1"}:
        case = case.change(last_value=case.last_value * ~done(case)[-1])
    if not shown & {"last_value", "next_values", "values/1"}:
        case = case.change(last_value=0.0 * case.last_value)
    return case


def rollout(random: np.random.Generator, steps: int, envs: int, tag: str, **more: Any) -> Case:
    """A random rollout whose episodes end as ``ends`` says."""
    shape = (steps, envs)
    ends = more.pop("ends", "both")
    dice = random.random(shape)
    terminated, truncated = dice < 0.25, (dice > 0.8) | (dice < 0.04)
    if ends == "never":
        terminated = truncated = np.zeros(shape, bool)
    elif ends == "terminated":
        truncated = np.zeros(shape, bool)
    elif ends == "truncated":
        terminated = np.zeros(shape, bool)
    elif ends == "every":
        terminated, truncated = np.ones(shape, bool), np.zeros(shape, bool)
    data = {
        "rewards": np.round(random.normal(size=shape) * 2, 2),
        "values": np.round(random.normal(size=shape) * 3, 2),
        "final_values": np.round(random.normal(size=shape) * 3, 2),
        "last_value": np.round(random.normal(size=envs) * 3, 2) + 0.5,
        "terminated": terminated,
        "truncated": truncated,
        "began": random.random(envs) < 0.5,
        "gamma": round(float(random.uniform(0.6, 0.97)), 2),
        "lam": round(float(random.uniform(0.4, 0.95)), 2),
    }
    return Case(data | more, AXES, DERIVED, tag)


def trial() -> Case:
    """The first case: every kind of end, in different places of each environment."""
    random = np.random.default_rng(7)
    no = np.zeros((6, 3), bool)
    terminated, truncated = no.copy(), no.copy()
    terminated[1, 0] = terminated[3, 1] = terminated[5, 2] = terminated[4, 0] = True
    truncated[2, 1] = truncated[3, 0] = truncated[4, 2] = truncated[1, 2] = truncated[4, 0] = True
    flags = {"terminated": terminated, "truncated": truncated}
    return rollout(random, 6, 3, "all kinds of ends", gamma=0.8, lam=0.7, **flags)


def rollouts(count: int = 200) -> Iterator[Case]:
    """The trial case, edge cases, and random ones."""
    random = np.random.default_rng(11)
    yield trial()
    for _ in range(3):
        yield rollout(random, 4, 2, "plain: no episode ends", ends="never")
    last = np.zeros((4, 2), bool)
    last[-1] = True
    first = last[::-1].copy()
    no = ~(last | ~last)
    for tag, flags in {
        "terminated at the last step": (last, no),
        "terminated at the first step": (first, no),
        "truncated in the middle": (no, np.roll(first, 1, axis=0)),
        "truncated at the last step": (no, last),
        "terminated and truncated at once": (np.roll(first, 2, axis=0), np.roll(first, 2, axis=0)),
    }.items():
        yield rollout(random, 4, 2, tag, terminated=flags[0], truncated=flags[1])
    yield rollout(random, 4, 2, "terminated at every step", ends="every")
    yield rollout(random, 5, 1, "one environment")
    yield rollout(random, 1, 2, "one step", ends="terminated")
    large = rollout(random, 4, 2, "rewards of a million")
    yield large.change(rewards=large.rewards * 1e6)
    yield rollout(random, 4, 2, "gamma 1", gamma=1.0)
    yield rollout(random, 4, 2, "lambda 0", lam=0.0)
    yield rollout(random, 4, 2, "lambda 1", lam=1.0)
    for index in range(count - 16):
        ends = ("both", "terminated", "truncated", "never")[index % 4]
        steps, envs = int(random.integers(2, 8)), int(random.integers(1, 4))
        yield rollout(random, steps, envs, "random" if ends != "never" else "plain: random", ends=ends)
