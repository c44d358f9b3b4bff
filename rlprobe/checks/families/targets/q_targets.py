"""Targets of Q-learning, ``y = r + gamma (1 - terminated) max_a Q_target(s', a)``, and of double Q-learning."""

from __future__ import annotations

from rlprobe.checks.families.targets.q_mistakes import (
    OUTPUT_MINUS,
    OUTPUTS,
    TABLE,
    by_double,
    by_max,
    pick,
    target,
    wrong_targets,
)
from rlprobe.checks.families.targets.transitions import ROLES, batches, fit
from rlprobe.checks.family import Family, Mistake, plain

OF_STATE = Mistake(
    "next-observation-is-observation",
    "targets in which both networks see the state before the step",
    lambda c: target(c, pick(c.q_target_now, c.q.argmax(axis=-1))),
)
SWAPPED = Mistake(
    "double-dqn-swapped",
    "targets in which the target network chooses the action and the online network values it",
    lambda c: target(c, pick(c.next_q_online, c.next_q.argmax(axis=-1))),
    "best = target_net(next_obs).argmax(1)\nq_net(next_obs).gather(1, best)",
    "best = q_net(next_obs).argmax(1)\ntarget_net(next_obs).gather(1, best)",
)
ONLINE = Mistake(
    "target-network-unused",
    "targets from the online network alone",
    lambda c: target(c, c.next_q_online.max(axis=-1)),
    "next_q = q_net(next_obs).max(1)",
    "next_q = target_net(next_obs).max(1)",
)
CHOSEN_BEFORE = Mistake(
    "next-observation-is-observation",
    "targets in which the online network chooses the action in the state before the step",
    lambda c: target(c, pick(c.next_q, c.q.argmax(axis=-1))),
    "best = q_net(obs).argmax(1)",
    "best = q_net(next_obs).argmax(1)",
)
DOUBLE = Mistake(
    "double-dqn-is-plain",
    "the plain targets: the target network both chooses and values the next action",
    lambda c: target(c, by_max(c)),
    "next_q = target_net(next_obs).max(1)",
    "best = q_net(next_obs).argmax(1)\nnext_q = target_net(next_obs).gather(1, best)",
)
ONLINE_VALUES = plain(
    "next_q_online",
    "BA",
    "q_next_online online_next_q next_online_q q_online_next q_values_next_online online_q next_q_values q_next"
    " next_q_values_online q_tp1_selector q_tp1_online q_t_selector selector next_qs q_online q_tp1_best",
)
EXAMPLE = "case.rewards, case.terminated, case.next_q, case.gamma"
ONLY = frozenset({"TD errors", OUTPUT_MINUS})

Q_TARGET = Family(
    name="q_target",
    what="targets of Q-learning, y = r + gamma (1 - terminated) max_a Q(s', a)",
    words=(
        r"^(?!.*double)(?!.*ddqn).*(q|dqn)_?(learning)?_?targets?",
        r"^(?!.*double)(?!.*lambda).*td_?targets?",
        r"bellman",
        r"targets?",
    ),
    roles=ROLES,
    needs=(frozenset({"rewards"}), frozenset({"next_q", "max_next_q", "target_network"})),
    outputs=OUTPUTS,
    wrong_shapes=frozenset({TABLE}),
    right=lambda c: target(c, by_max(c)),
    cases=batches,
    fit=fit,
    strict=True,
    mistakes=(*wrong_targets(by_max), ONLINE),
    example=EXAMPLE,
)
DOUBLE_Q_TARGET = Family(
    name="double_q_target",
    what="targets of double Q-learning: the online network chooses the next action, the target network values it",
    words=(r"double.*targets?", r"double_?(q|dqn)", r"ddqn"),
    roles=(*(role for role in ROLES if role.name != "max_next_q"), ONLINE_VALUES),
    needs=(
        frozenset({"rewards"}),
        frozenset({"next_q", "target_network"}),
        frozenset({"next_q_online", "network"}),
    ),
    outputs=OUTPUTS,
    wrong_shapes=frozenset({TABLE}),
    right=lambda c: target(c, by_double(c)),
    cases=batches,
    fit=fit,
    strict=True,
    mistakes=(DOUBLE, SWAPPED, ONLINE, OF_STATE, CHOSEN_BEFORE, *wrong_targets(by_double)),
    example="case.rewards, case.terminated, case.next_q_online, case.next_q, case.gamma",
)
