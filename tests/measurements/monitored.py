"""The runs on which the monitors are measured: scripts with planted mistakes, and healthy ones."""

from __future__ import annotations

from dataclasses import dataclass

PENDULUM = ("--env-id", "Pendulum-v1")
ANY_SIZE = ("update-too-large", "policy-step-too-large")
NONE_HELD = ("parameters-without-optimizer",)
NO_FIT = (
    "value-explains-nothing",
    "value-residual",
    "value-offset",
    "value-echo",
    "targets-on-another-scale",
)
NO_FIT_OF_Q = (*NO_FIT, "q-overestimated", "value-not-carried-back")
OFF_ONE = ("first-ratio-not-one",)
LARGE = ("targets-large",)
SMALL_STEPS = ("update-too-small", "policy-never-moves")
COLLAPSE = ("entropy-collapse",)
UNIFORM = ("entropy-never-falls", "policy-never-moves")
NO_GRADIENT = ("no-gradient",)
NO_SYNC = ("target-network-never-changes",)
NOT_FINITE = ("gradient-not-finite", "reward-not-finite", "array-not-finite")
SHAPES = ("shapes-broadcast",)
PUNISHED = ("entropy-is-punished",)


@dataclass(frozen=True)
class Planted:
    """A mistake in a script, and the findings that name it.

    Args:
        script: name of the script.
        fault: what ``--fault`` plants.
        names: the findings of which one has to be raised.
        more: other arguments.
    """

    script: str
    fault: str
    names: tuple[str, ...]
    more: tuple[str, ...] = ()


PLANTED = (
    Planted("ppo.py", "learning-rate-x100", (*ANY_SIZE, "no-gradient")),
    Planted("ppo.py", "learning-rate-/1000", SMALL_STEPS),
    Planted("ppo.py", "entropy-far-too-much", UNIFORM),
    Planted("ppo.py", "entropy-with-wrong-sign", (*COLLAPSE, *PUNISHED)),
    Planted("ppo.py", "epochs-far-too-many", ("policy-step-too-large",)),
    Planted("ppo.py", "dropout-in-training-mode", OFF_ONE),
    Planted("ppo.py", "stale-log-probabilities", OFF_ONE),
    Planted("ppo.py", "observations-shuffled-apart", OFF_ONE),
    Planted("ppo.py", "clipped-action-stored", OFF_ONE, PENDULUM),
    Planted("ppo.py", "policy-detached", NO_GRADIENT),
    Planted("ppo.py", "detached-critic", NO_GRADIENT),
    Planted("ppo.py", "value-loss-left-out", NO_GRADIENT),
    Planted("ppo.py", "optimizer-without-critic", NONE_HELD),
    Planted("ppo.py", "optimizer-without-actor", NONE_HELD),
    Planted("ppo.py", "reward-x1000", LARGE),
    Planted("ppo.py", "reward-becomes-nan", NOT_FINITE),
    Planted("ppo.py", "rewards-lost", NO_FIT),
    Planted("ppo.py", "values-off-by-100", ("value-offset", "targets-on-another-scale")),
    Planted("ppo.py", "targets-are-values", NO_FIT),
    Planted("ppo.py", "targets-with-wrong-sign", NO_FIT),
    Planted("ppo.py", "advantages-all-zero", UNIFORM),
    Planted("ppo.py", "observations-x1000", ("units-saturated",)),
    Planted("ppo.py", "last-layer-not-small", ("initial-policy-not-random",)),
    Planted("ppo.py", "update-never-reached", ("no-update",)),
    Planted("ppo.py", "deviation-far-too-wide", ("actions-at-bounds",), PENDULUM),
    Planted("dqn.py", "learning-rate-x100", (*ANY_SIZE, "q-overestimated", "units-dormant")),
    Planted("dqn.py", "learning-rate-/1000", SMALL_STEPS),
    Planted("dqn.py", "target-never-synchronised", NO_SYNC),
    Planted("dqn.py", "termination-ignored", ("q-overestimated",)),
    Planted("dqn.py", "optimizer-of-the-target", NONE_HELD),
    Planted("dqn.py", "memory-of-zeros", ("memory-of-zeros",)),
    Planted("dqn.py", "reward-x1000", (*LARGE, "q-overestimated")),
    Planted("dqn.py", "update-never-reached", ("no-update",)),
    Planted("td3.py", "learning-rate-x100", (*ANY_SIZE, "actions-at-bounds", "q-overestimated")),
    Planted("td3.py", "learning-rate-/1000", SMALL_STEPS),
    Planted("td3.py", "target-never-synchronised", NO_SYNC),
    Planted("td3.py", "second-critic-not-held", NONE_HELD),
    Planted("td3.py", "policy-detached", NO_GRADIENT),
    Planted("td3.py", "memory-of-zeros", ("memory-of-zeros",)),
    Planted("td3.py", "squash-far-too-wide", ("actions-at-bounds", "no-gradient")),
    Planted("td3.py", "reward-x1000", LARGE),
    Planted("reinforce.py", "head-not-held", NONE_HELD),
    Planted("reinforce.py", "nan-reward", NOT_FINITE),
    Planted("sac.py", "learning-rate-x100", (*ANY_SIZE, "units-dormant", "no-gradient")),
    Planted("sac.py", "learning-rate-/1000", SMALL_STEPS),
    Planted("sac.py", "actor-not-held", NONE_HELD),
    Planted("sac.py", "one-critic-not-held", NONE_HELD),
    Planted("sac.py", "target-never-synchronised", NO_SYNC),
    Planted("sac.py", "reward-x1000", LARGE),
    Planted("sac.py", "reward-becomes-nan", NOT_FINITE),
    Planted("sac.py", "targets-with-wrong-sign", NO_FIT_OF_Q),
    Planted("a2c.py", "learning-rate-x100", (*ANY_SIZE, "no-gradient")),
    Planted("a2c.py", "learning-rate-/1000", SMALL_STEPS),
    Planted("a2c.py", "entropy-with-wrong-sign", (*COLLAPSE, *PUNISHED)),
    Planted("a2c.py", "entropy-far-too-much", UNIFORM),
    Planted("a2c.py", "value-head-not-held", NONE_HELD),
    Planted("a2c.py", "values-detached", NO_GRADIENT),
    Planted("a2c.py", "seed-in-the-loop", ("random-state-repeats",)),
    Planted("a2c.py", "advantages-divided-by-zero", NOT_FINITE),
    Planted("a2c.py", "returns-with-wrong-sign", NO_FIT),
    Planted("a2c.py", "log-probabilities-detached", UNIFORM),
    Planted("a2c.py", "reward-x1000", LARGE),
    Planted("ppo_memory.py", "epochs-far-too-many", ("policy-step-too-large",)),
    Planted("ppo_memory.py", "optimizer-without-critic", NONE_HELD),
    Planted("ppo_memory.py", "batch-norm-in-training-mode", OFF_ONE),
    Planted("ppo_memory.py", "log-probabilities-of-the-next-step", OFF_ONE),
    Planted("ppo_memory.py", "old-policy-never-synchronised", OFF_ONE),
    Planted("ppo_memory.py", "memory-never-cleared", OFF_ONE),
    Planted("ppo_memory.py", "advantages-all-zero", UNIFORM),
    Planted("numpy_q.py", "reward-becomes-nan", NOT_FINITE),
    Planted("tutorial_dqn.py", "soft-update-swapped", NO_SYNC),
    Planted("tutorial_dqn.py", "target-in-the-graph", NONE_HELD),
    Planted("tutorial_dqn.py", "pointer-never-advances", ("memory-of-zeros",)),
    Planted("tutorial_dqn.py", "done-flag-inverted", NO_FIT_OF_Q),
    Planted("tutorial_dqn.py", "next-state-is-state", NO_FIT_OF_Q),
    Planted("tutorial_dqn.py", "no-bootstrap", NO_FIT_OF_Q),
    Planted("tutorial_dqn.py", "largest-value-is-trained", ("only-the-largest-is-trained",)),
    Planted("tutorial_dqn.py", "shapes-broadcast", SHAPES),
    Planted("tutorial_dqn.py", "discount-above-one", (*NO_FIT_OF_Q, *LARGE)),
    Planted("tutorial_dqn.py", "zero-grad-forgotten", ("gradients-never-cleared",)),
    Planted("spinning_vpg.py", "copied-optimizer-line", NONE_HELD),
    Planted("spinning_vpg.py", "critic-left-frozen", NO_GRADIENT),
    Planted("spinning_vpg.py", "value-shape-broadcasts", SHAPES),
    Planted("spinning_vpg.py", "returns-run-forwards", NO_FIT),
    Planted("spinning_vpg.py", "whole-number-schedule", SMALL_STEPS),
    Planted("spinning_vpg.py", "rate-of-another-task", SMALL_STEPS),
    Planted("spinning_vpg.py", "seed-in-the-epoch", ("random-state-repeats",)),
    Planted("spinning_vpg.py", "softmax-before-logits", ("softmax-twice",)),
    Planted("spinning_vpg.py", "actions-of-another-order", UNIFORM),
    Planted("spinning_vpg.py", "sign-of-the-policy-loss", COLLAPSE),
    Planted("ddpg_classes.py", "optimizer-of-the-target-critic", NONE_HELD),
    Planted("ddpg_classes.py", "target-in-the-graph", NONE_HELD),
    Planted("ddpg_classes.py", "action-through-numpy", NO_GRADIENT),
    Planted("ddpg_classes.py", "rewards-of-another-shape", SHAPES),
    Planted("ddpg_classes.py", "rewards-in-millions", LARGE),
    Planted("ddpg_classes.py", "sign-of-the-actor-loss", ("actor-lowers-the-value",)),
    Planted("ddpg_classes.py", "squash-without-scale", ("actions-at-bounds", "no-gradient")),
    Planted("ddpg_classes.py", "targets-share-the-step", NO_SYNC),
    Planted("corridor.py", "logarithm-of-zero", ("reward-not-finite",)),
    Planted("corridor.py", "end-never-reached", ("no-episode-ended",), ("--steps", "21000")),
    Planted("corridor.py", "bonus-for-staying", ("length-moves-return-does-not",)),
    Planted("corridor.py", "no-bootstrap", ("value-not-carried-back",)),
    Planted("corridor.py", "rewards-lost", ("value-echo",), ("--steps", "5000")),
    Planted("corridor.py", "memory-for-every-step", ("memory-will-not-fit",)),
)
SB3: dict[str, tuple[str, str, int, dict[str, object]]] = {
    "PPO CartPole": ("PPO", "CartPole-v1", 8_000, {"n_steps": 256, "learning_rate": 1e-3, "n_epochs": 4}),
    "A2C CartPole": ("A2C", "CartPole-v1", 6_000, {}),
    "DQN CartPole": ("DQN", "CartPole-v1", 6_000, {"learning_rate": 1e-3, "target_update_interval": 500}),
    "PPO Acrobot": ("PPO", "Acrobot-v1", 8_000, {"n_steps": 512, "n_epochs": 4}),
    "PPO Pendulum": (
        "PPO",
        "Pendulum-v1",
        8_000,
        {"gamma": 0.9, "learning_rate": 1e-3, "n_steps": 512, "n_epochs": 5},
    ),
    "SAC Pendulum": ("SAC", "Pendulum-v1", 2_000, {"learning_rate": 1e-3, "gamma": 0.98}),
    "TD3 Pendulum": ("TD3", "Pendulum-v1", 2_000, {"learning_rate": 1e-3, "gamma": 0.98}),
    "DDPG Pendulum": ("DDPG", "Pendulum-v1", 2_000, {"learning_rate": 1e-3, "gamma": 0.98}),
    "PPO Decoder": ("PPO", "probe/Decoder-v0", 4_000, {"n_steps": 256, "n_epochs": 4}),
    "A2C Chain": ("A2C", "probe/Chain-v0", 4_000, {}),
    "DQN ContextBandit": ("DQN", "probe/ContextBandit-v0", 4_000, {}),
}
"""Algorithm, task, steps and settings."""
HEALTHY = (
    ("ppo.py", ("--total-timesteps", "8192")),
    ("ppo.py", (*PENDULUM, "--total-timesteps", "8192")),
    ("ppo.py", ("--env-id", "Acrobot-v1", "--total-timesteps", "12288")),
    ("dqn.py", ("--total-timesteps", "6000")),
    ("td3.py", ("--total-timesteps", "3000")),
    ("reinforce.py", ("--episodes", "150")),
    ("sac.py", ("--steps", "2500")),
    ("a2c.py", ()),
    ("ppo_memory.py", ()),
    ("numpy_q.py", ()),
    ("tutorial_dqn.py", ()),
    ("spinning_vpg.py", ()),
    ("ddpg_classes.py", ()),
    ("corridor.py", ()),
)
"""Scripts with arguments."""
