"""Known mistakes of backward recursions: in the values and the rewards that go into them."""

from __future__ import annotations

from typing import Any

import numpy as np

from rlprobe.checks.families.rollouts.edits import Edit


def _lag(reward: Any, first: Any) -> Any:
    return np.concatenate([np.broadcast_to(first, reward[:1].shape), reward[:-1]])


REWARD_MASKED = Edit(
    "td-error-masked",
    "{} in which the mask also removes the reward of the last step",
    lambda i, c: {"reward": i["reward"] * (1.0 - c.done)},
    "g = (reward + gamma * g) * (1 - done)",
    "g = reward + gamma * (1 - done) * g",
)
SHARED_ENDS = Edit(
    "ends-shared",
    "{} in which an end in any environment ends the episode in all of them",
    lambda i, c: {
        "boot": 1.0 - np.broadcast_to(c.terminated.any(axis=1, keepdims=True), c.done.shape),
        "trace": 1.0 - np.broadcast_to(c.done.any(axis=1, keepdims=True), c.done.shape),
    },
    "1 - np.any(dones[t])",
    "1 - dones[t]",
    many=True,
)
ROLLED = Edit(
    "stale-last-value",
    "{} whose last step bootstraps from the value of the first observation: values were rolled round",
    lambda i, c: {"next_value": np.concatenate([c.next_values[:-1], c.values[:1]])},
    "next_values = np.roll(values, -1, axis=0)",
    "next_values = np.concatenate([values[1:], last_value[None]])",
)
STALE_LAST_VALUE = Edit(
    "stale-last-value",
    "{} whose last step bootstraps from the value of its own observation",
    lambda i, c: {"next_value": np.concatenate([c.next_values[:-1], c.values[-1:]])},
    "next_value = values[-1]",
    "next_value = critic(last_observation)",
)
VALUES = (
    STALE_LAST_VALUE,
    Edit(
        "no-bootstrap",
        "{} whose last step does not bootstrap",
        lambda i, c: {"next_value": np.concatenate([c.next_values[:-1], 0 * c.values[-1:]])},
    ),
    Edit(
        "no-bootstrap",
        "{} without the value of the next observation",
        lambda i, c: {"next_value": 0 * c.next_values},
    ),
    Edit(
        "next-observation-is-observation",
        "{} that bootstraps from the value of the observation before the step",
        lambda i, c: {"next_value": c.values},
    ),
    ROLLED,
    Edit(
        "last-value-everywhere",
        "{} that bootstraps every step from the last value",
        lambda i, c: {"next_value": np.broadcast_to(c.last_value, c.values.shape)},
        "delta = rewards[t] + gamma * last_value - values[t]",
        "delta = rewards[t] + gamma * next_values[t] - values[t]",
    ),
    Edit(
        "td-error-masked",
        "{} in which the mask also removes the value of the state",
        lambda i, c: {"value": i["value"] * i["boot"]},
    ),
    Edit(
        "td-error-masked",
        "{} in which the mask also removes the reward of the last step",
        lambda i, c: {"reward": i["reward"] * i["boot"]},
    ),
    SHARED_ENDS,
    Edit(
        "value-not-subtracted",
        "{} from which the value of the state is not subtracted",
        lambda i, c: {"value": 0 * i["value"]},
        "delta = reward + gamma * next_value",
        "delta = reward + gamma * next_value - value",
    ),
    Edit(
        "sign-flipped",
        "{} with the value of the state added instead of subtracted",
        lambda i, c: {"value": -i["value"]},
    ),
    Edit("sign-flipped", "{} with the bootstrap subtracted", lambda i, c: {"next_value": -i["next_value"]}),
    Edit(
        "sign-flipped",
        "{} with the opposite sign",
        lambda i, c: {"value": -i["value"], "next_value": -i["next_value"], "reward": -i["reward"]},
    ),
)
REWARDS = (
    Edit("reward-lag", "{} with each reward one step late", lambda i, c: {"reward": _lag(i["reward"], 0.0)}),
    Edit(
        "reward-lag",
        "{} with each reward one step late, the first being the last",
        lambda i, c: {"reward": np.roll(i["reward"], 1, 0)},
    ),
    Edit(
        "reward-lag",
        "{} with each reward one step early",
        lambda i, c: {"reward": np.concatenate([i["reward"][1:], 0 * i["reward"][:1]])},
    ),
    Edit(
        "reward-clipped",
        "{} with rewards clipped to -1 and 1",
        lambda i, c: {"reward": np.clip(i["reward"], -1, 1)},
    ),
    Edit(
        "reward-clipped",
        "{} with the sign of the rewards only",
        lambda i, c: {"reward": np.sign(i["reward"])},
    ),
    Edit(
        "reward-shifted",
        "{} with the mean of the rewards subtracted",
        lambda i, c: {"reward": i["reward"] - i["reward"].mean()},
    ),
    Edit(
        "reward-rescaled",
        "{} with rewards standardised first",
        lambda i, c: {"reward": (i["reward"] - i["reward"].mean()) / (i["reward"].std() + 1e-8)},
    ),
    Edit(
        "reward-cast-to-int",
        "{} with rewards cast to integers",
        lambda i, c: {"reward": np.trunc(i["reward"])},
    ),
    Edit(
        "forward-accumulation",
        "{} accumulated forwards instead of backwards",
        lambda i, c: {"order": "forwards"},
    ),
)
