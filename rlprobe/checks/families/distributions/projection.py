"""C51: the distribution of ``r + gamma z`` projected back onto the atoms, ``m_i = sum_j p_j max(0, 1 - |Tz_j - z_i| / dz)``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.checks.families.batches import batches
from rlprobe.checks.families.targets.transitions import ENDS
from rlprobe.checks.family import Family, Mistake, number, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rlprobe.checks.case import Case
    from rlprobe.checks.family import Outputs

AXES = {"next_probs": "BK", "rewards": "B", "terminated": "B", "truncated": "B"}
DERIVED: dict[str, Callable[[Case], Any]] = {
    "done": lambda c: c.terminated | c.truncated,
    "dones": lambda c: c.terminated | c.truncated,
    "masks": lambda c: 1.0 - c.terminated,
    "discounts": lambda c: c.gamma * (1.0 - c.terminated),
    "support": lambda c: np.linspace(c.v_min, c.v_max, c.next_probs.shape[1]),
    "atoms": lambda c: c.next_probs.shape[1],
    "moved": lambda c: c.rewards[:, None] + c.gamma * (1.0 - c.terminated)[:, None] * c.support,
    "delta_z": lambda c: (c.v_max - c.v_min) / (c.next_probs.shape[1] - 1),
}


def _make(random: np.random.Generator, rows: int) -> dict[str, Any]:
    probs = random.random((rows, 5)) + 0.1
    rewards = np.round(random.normal(size=rows) * 1.5, 2)
    rewards[0] = 1.0
    if rows > 2:
        rewards[2] = -4.5
    terminated = random.random(rows) < 0.4
    terminated[0] = True
    return {
        "next_probs": probs / probs.sum(axis=1, keepdims=True),
        "rewards": rewards,
        "terminated": terminated,
        "truncated": np.zeros(rows, bool),
        "gamma": round(float(random.uniform(0.6, 0.97)), 2),
        "v_min": -2.0,
        "v_max": 2.0,
    }


def _cases() -> Iterator[Case]:
    no = np.zeros(4, bool)
    edges: dict[str, dict[str, Any]] = {
        "plain: nothing ends, and no target falls on an atom": {
            "terminated": no,
            "gamma": 0.83,
            "rewards": np.array([0.11, -0.37, 0.23, 0.51]),
        },
        "targets on the atoms": {"rewards": np.array([-1.0, 0.0, 1.0, 2.0]), "terminated": ~no},
        "targets beyond the atoms": {"rewards": np.array([-9.0, 9.0, 4.0, -4.0])},
    }
    return batches(_make, AXES, DERIVED, edges)


def _project(c: Case, **wrong: Any) -> Outputs:
    z, dz = c.support, wrong.get("dz", c.delta_z)
    mask = wrong.get("mask", 1.0 - c.terminated)
    gamma = wrong.get("gamma", c.gamma)
    reward = wrong.get("reward", c.rewards)
    target = reward[:, None] + gamma * (mask * np.ones(len(reward)))[:, None] * z
    kind, count = wrong.get("kind", ""), len(z)
    if kind not in {"unclipped", "tent unclipped"}:
        target = np.clip(target, c.v_min, c.v_max)
    place = (target - c.v_min) / dz
    place = np.where(np.abs(place - place.round()) < 1e-9, place.round(), place)
    lower, upper = np.floor(place).astype(int), np.ceil(place).astype(int)
    found = np.zeros(c.next_probs.shape)
    same = lower == upper
    up, down = place - lower, upper - place
    if kind == "swapped":
        up, down = down, up
    if kind != "lost":
        down = np.where(same, 1.0 if kind != "swapped" else 0.0, down)
        up = np.where(same, 0.0 if kind != "swapped" else 1.0, up)
    if kind == "nearest":
        up, down = 1.0 * (up > 0.5), 1.0 - (up > 0.5)
    if kind == "lower":
        up, down = 0 * up, 0 * down + 1
    if kind == "doubled":
        up, down = np.where(same, 1.0, up), np.where(same, 1.0, down)
    rows = np.arange(len(found))[:, None] * np.ones_like(lower)
    np.add.at(found, (rows.astype(int), lower % count), down * c.next_probs)
    np.add.at(found, (rows.astype(int), upper % count), up * c.next_probs)
    if kind.startswith("tent"):
        distance = np.abs(target[:, None, :] - z[None, :, None]) / dz
        weight = np.clip(1 - distance, 0, 1)
        weight = np.swapaxes(weight, 1, 2) if kind == "tent across" else weight
        return {"projected probabilities": (weight * c.next_probs[:, None, :]).sum(axis=-1)}
    if kind == "overwritten":
        found[:] = 0.0
        for j in range(count):
            found[np.arange(len(found)), lower[:, j]] = (down * c.next_probs)[:, j]
            found[np.arange(len(found)), upper[:, j]] = (up * c.next_probs)[:, j]
    return {"projected probabilities": found}


def _with(**wrong: Any) -> Callable[[Case], Outputs]:
    return lambda c: _project(c, **{n: v(c) if callable(v) else v for n, v in wrong.items()})


def _fit(case: Case, shown: frozenset[str]) -> Case:
    if not shown & {"terminated", "dones", "masks", "discounts", "moved"}:
        return case.change(terminated=case.terminated & False)
    return case


C51_PROJECTION = Family(
    name="c51_projection",
    what="C51: the distribution of r + gamma z, projected back onto the atoms",
    words=(r"c51", r"categorical.*(projection|target)", r"project", r"distributional"),
    roles=(
        plain(
            "next_probs",
            "BK",
            "next_dist weights p probs next_pmfs next_distribution next_prob dist target_probs next_pmf q_probs probabilities next_p p_next target_dist next_distr next_state_probs",
        ),
        plain("rewards", "B", "r rew reward rews"),
        *(role for role in ENDS if role.name not in {"truncated", "timeouts"}),
        plain("moved", "BK", "supports z_p tz target_z moved_atoms target_atoms shifted_support"),
        plain("support", "K", "z atoms z_support supports z_q bins atom_values target_support zs"),
        number("gamma", "discount discount_factor g gam disc", (0.99, 0.9, 0.95, 0.98, 1.0)),
        number("v_min", "vmin min_value z_min minimum low", (-10.0, -2.0, 0.0)),
        number("v_max", "vmax max_value z_max maximum high", (10.0, 2.0, 200.0)),
        plain("atoms", "", "n_atoms num_atoms atom_size atoms_count n_atom k num_support nb_atoms"),
        plain("delta_z", "", "dz delta_atom delta z_delta step_size"),
    ),
    needs=(frozenset({"next_probs"}), frozenset({"rewards", "moved"})),
    outputs={"projected probabilities": "BK"},
    fit=_fit,
    right=_project,
    cases=_cases,
    strict=True,
    mistakes=(
        Mistake(
            "distribution-mass-lost",
            "the projection in which a target exactly on an atom loses its probability",
            _with(kind="lost"),
        ),
        Mistake(
            "projection-weights-swapped",
            "the projection with the weights of lower and upper atom swapped",
            _with(kind="swapped"),
            "m[lower] += p * (b - lower)",
            "m[lower] += p * (upper - b)",
        ),
        Mistake(
            "projection-rounded",
            "the projection that gives everything to the nearest atom",
            _with(kind="nearest"),
            "m[round(b)] += p",
            "m[lower] += p * (upper - b)\nm[upper] += p * (b - lower)",
        ),
        Mistake(
            "projection-rounded",
            "the projection that gives everything to the lower atom",
            _with(kind="lower"),
        ),
        Mistake(
            "projection-overwrites",
            "the projection that sets an atom's probability where it should add to it",
            _with(kind="overwritten"),
            "m[lower] = p * (upper - b)",
            "m[lower] += p * (upper - b)",
        ),
        Mistake(
            "projection-doubled",
            "the projection that counts a target exactly on an atom twice",
            _with(kind="doubled"),
            "where lower == upper: both weights are 1",
            "where lower == upper: one weight is 1",
        ),
        Mistake(
            "projection-not-clipped",
            "the projection of targets that were not clipped to the atoms",
            _with(kind="unclipped"),
            "tz = r + gamma * z",
            "tz = (r + gamma * z).clamp(v_min, v_max)",
        ),
        Mistake(
            "projection-not-clipped",
            "the projection that loses the probability of targets beyond the atoms",
            _with(kind="tent unclipped"),
        ),
        Mistake(
            "projection-spacing",
            "the projection with weights 1 - distance / dz, where dz is the range divided by the number of atoms",
            _with(kind="tent", dz=lambda c: (c.v_max - c.v_min) / c.atoms),
        ),
        Mistake(
            "projection-weights-swapped",
            "the projection summed over the new atoms, where the sum over the old ones belongs",
            _with(kind="tent across"),
        ),
        Mistake(
            "projection-spacing",
            "the projection with the range divided by the number of atoms, not of gaps",
            _with(dz=lambda c: (c.v_max - c.v_min) / c.atoms),
            "dz = (v_max - v_min) / n_atoms",
            "dz = (v_max - v_min) / (n_atoms - 1)",
        ),
        Mistake("termination-ignored", "the projection that bootstraps after a termination", _with(mask=1.0)),
        Mistake(
            "done-mask-inverted",
            "the projection that bootstraps only after a termination",
            _with(mask=lambda c: 1.0 * c.terminated),
            "gamma * done * z",
            "gamma * (1 - done) * z",
        ),
        Mistake("no-discount", "the projection without a discount", _with(gamma=1.0)),
        Mistake("discount-exponent", "the projection with gamma squared", _with(gamma=lambda c: c.gamma**2)),
        Mistake(
            "reward-left-out",
            "the projection without the reward",
            _with(reward=lambda c: 0 * c.rewards),
            "tz = gamma * z",
            "tz = r + gamma * z",
        ),
        Mistake(
            "sign-flipped", "the projection with the reward subtracted", _with(reward=lambda c: -c.rewards)
        ),
        Mistake(
            "target-not-projected",
            "the probabilities of the next state as they were",
            lambda c: {"projected probabilities": c.next_probs},
            "target = next_probs",
            "target = project(next_probs, r + gamma * z)",
        ),
    ),
    example="case.next_probs, case.rewards, case.terminated, case.support, case.gamma",
)
