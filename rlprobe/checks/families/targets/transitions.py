"""Batches of transitions to try targets on, with networks of action values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.checks.case import Case
from rlprobe.checks.family import Role, Variant, number, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

AXES = {
    "rewards": "B",
    "terminated": "B",
    "truncated": "B",
    "next_q": "BA",
    "next_q_online": "BA",
    "q": "BA",
    "q_target_now": "BA",
    "actions": "B",
}
OBSERVED, AFTER = 0.0, 100.0
"""What the first component of an observation starts at, before and after the step."""


def _observations(case: Case, start: float) -> Any:
    """Observations whose first component is the number of the row; the networks look it up."""
    rows = start + np.arange(len(case.rewards), dtype=np.float64)
    return np.stack([rows, 0 * rows + 0.5, 0 * rows - 0.25], axis=1)


def _network(before: str, after: str) -> Callable[[Case], Any]:
    """A network of action values, as a function of observations ``(B, 3)``, or of one ``(3,)``."""

    def of(case: Case) -> Any:
        def network(observations: Any) -> Any:
            rows = np.asarray(observations)[..., 0].round().astype(int)
            table = np.concatenate([getattr(case, before), getattr(case, after)])
            return table[np.where(rows >= AFTER, rows - int(AFTER) + len(case.rewards), rows)]

        return network

    return of


DERIVED: dict[str, Callable[[Case], Any]] = {
    "done": lambda c: c.terminated | c.truncated,
    "dones": lambda c: c.terminated | c.truncated,
    "masks": lambda c: 1.0 - c.terminated,
    "discounts": lambda c: c.gamma * (1.0 - c.terminated),
    "max_next_q": lambda c: c.next_q.max(axis=-1),
    "taken": lambda c: np.take_along_axis(c.q, c.actions[:, None], axis=1)[:, 0],
    "observations": lambda c: _observations(c, OBSERVED),
    "next_observations": lambda c: _observations(c, AFTER),
    "network": _network("q", "next_q_online"),
    "target_network": _network("q_target_now", "next_q"),
}

FLAGS = frozenset({"terminated", "dones", "masks", "truncated"})
ENDS = (
    plain("terminated", "B", "termination terminations terminals terminal term", flag=True),
    plain("dones", "B", "done d end ended is_done done_flag terminal is_terminal done_mask", flag=True),
    plain("truncated", "B", "truncation truncations trunc", flag=True),
    Role(
        "timeouts",
        "timeout time_out time_limit is_timeout",
        (
            Variant(
                lambda c: c.truncated & ~c.terminated, "B", "`{name}` is 0 where the step terminated as well"
            ),
            Variant(lambda c: c.truncated, "B"),
        ),
        flag=True,
    ),
    plain(
        "masks",
        "B",
        "mask done_mask not_done nonterminal non_terminal notdone not_terminal not_dones alive non_final_mask cont",
    ),
    Role(
        "discounts",
        "discount discount_t pcont",
        (
            Variant(
                lambda c: c.discounts,
                "B",
                "`{name}` is gamma, and 0 where the step terminated",
                never_with=FLAGS,
            ),
        ),
    ),
)
ROLES = (
    plain("rewards", "B", "r rew reward rews reward_batch r_t"),
    plain(
        "next_q",
        "BA",
        "next_q_values q_next next_qs q_next_values next_q_target q_target_next target_q next_target_q q_tp1"
        " q_t q_next_target next_state_q next_state_q_values qs_next next_state_values q_values_next target_q_values"
        " next_q_vals target_next_q next_value next_values q_targets_next q_prime q_tp1_target q_t_value q_t_val"
        " next_q_values_target q_sp q_target_values",
    ),
    plain(
        "max_next_q",
        "B",
        "next_q_max next_state_values next_state_value next_v max_q next_max q_max max_q_next v_t v_tp1 q_next_max next_value next_q next_values v_next best_next_q",
    ),
    plain(
        "q",
        "BA",
        "q_tm1 q_values q_pred current_q current_q_values qs q_vals predicted_q q_s q_t0 q_online online_q_values",
    ),
    plain(
        "taken",
        "B",
        "v_tm1 q_sa q_taken chosen_q q_action q_selected state_action_values taken_q q_a",
        hidden=True,
    ),
    *ENDS,
    plain("observations", "BD", "obs state states o s observation ob obs_t"),
    plain("actions", "B", "a action act acts action_batch a_t a_tm1"),
    plain(
        "next_observations",
        "BD",
        "next_obs next_state next_states s2 s_next obs_next new_state new_obs ns o2 next_observation s_prime next_ob obs_tp1 next_s sp state_next",
    ),
    plain(
        "target_network",
        "?",
        "target_net q_target target_model target_q_network q_target_net target_qnet qf_target target q_net_target target_q_net tgt_net target_dqn critic_target target_critic target_q qf_target_net q_network_target",
    ),
    plain(
        "network",
        "?",
        "q_network q_net qnet model online_net policy_net net online_network dqn qf q_func policy_network online q_values q online_model agent critic",
    ),
    number("gamma", "discount discount_factor g gam disc", (0.99, 0.9, 0.95, 0.98, 1.0, 0.995)),
)


def fit(case: Case, shown: frozenset[str]) -> Case:
    """One flag cannot tell truncation from termination; without any flag nothing ends."""
    flags = {"dones", "terminated", "masks", "discounts", "truncated", "timeouts"}
    both = shown & {"truncated", "timeouts"} or {"terminated", "dones"} <= shown
    if not shown & flags:
        case = case.change(terminated=case.terminated & False)
    return case if both else case.change(truncated=case.truncated & False)


def transitions(random: np.random.Generator, rows: int, actions: int, tag: str, **more: Any) -> Case:
    """A random batch."""

    def table() -> Any:
        return np.round(random.normal(size=(rows, actions)) * 3, 2)

    dice = random.random(rows)
    data = {
        "rewards": np.round(random.normal(size=rows) * 2, 2),
        "terminated": dice < 0.3,
        "truncated": (dice > 0.75) | (dice < 0.1),
        "next_q": table(),
        "next_q_online": table(),
        "q": table(),
        "q_target_now": table(),
        "actions": random.integers(actions, size=rows),
        "gamma": round(float(random.uniform(0.6, 0.97)), 2),
    }
    return Case(data | more, AXES, DERIVED, tag)


def batches(count: int = 200) -> Iterator[Case]:
    """The trial case, edge cases and random ones."""
    random = np.random.default_rng(23)
    flags = np.array([1, 0, 0, 1, 0, 0, 0], bool), np.array([0, 1, 0, 1, 0, 0, 1], bool)
    yield transitions(random, 7, 4, "some ended", terminated=flags[0], truncated=flags[1], gamma=0.8)
    no = np.zeros(4, bool)
    for _ in range(3):
        yield transitions(random, 4, 3, "plain: nothing ends", terminated=no, truncated=no)
    yield transitions(random, 4, 3, "all terminated", terminated=~no, truncated=no)
    yield transitions(random, 4, 3, "all truncated", terminated=no, truncated=~no)
    yield transitions(random, 4, 3, "terminated and truncated at once", terminated=~no, truncated=~no)
    yield transitions(random, 1, 3, "one transition")
    yield transitions(random, 3, 3, "as many rows as actions")
    large = transitions(random, 4, 3, "rewards of a million")
    yield large.change(rewards=large.rewards * 1e6)
    for _ in range(count - 10):
        yield transitions(random, int(random.integers(2, 7)), int(random.integers(2, 5)), "random")
