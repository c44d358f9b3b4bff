"""Which settings of a script are changed, by their names: its discount, and slow hyperparameters."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from rlprobe.scripts.inside.changes.numbers import Number

Change = Callable[[Number], Number]

GAMMA = re.compile(
    r"(ext(r(insic)?)?_)?(gamma|discount|discount_?factor|discount_?rate|gamma_?discount|reward_?decay)"
    r"(_[a-z]|_ext(r(insic)?)?)?"
)
RATE = re.compile(
    r"(lr|learning_?rate|(actor|critic|policy|pi|vf?|q|value|pg)_?(lr|learning_?rate)"
    r"|lr_?(actor|critic|policy|pi|vf?|q|value)|learning_?rate_?(actor|critic|[a-z]))"
)
TOTAL = re.compile(
    r"(total_?(time_?)?steps|total_?env_?steps|total_?num_?steps|max_?(time|training|train)_?steps"
    r"|n_?total_?steps|training_?steps|train_?steps|num_?(train_?|training_?|time_?)steps_?total|n_?time_?steps)"
)
EPISODES = re.compile(
    r"((num|n|max|total|training|train|no)_?(of_?)?(train(ing)?_?)?(episodes?|epi|eps|games|trials)|episodes"
    r"|episode_?(count|num|number|limit))"
)
EPISODES_PER_UPDATE = re.compile(
    r"((num|n|no)_?)?(episodes|eps|trajectories|rollouts|trajs)_?(per|in|each)_?"
    r"(update|batch|epoch|iter(ation)?|step|rollout|train(ing)?(_?step)?)"
    r"|batch_?(episodes|trajectories)|update_?every_?(n_?)?episodes?"
)
"""Episodes before a single update, in policy gradients."""
STARTS = re.compile(
    r"(learning_?starts?|start_?(time_?)?steps|start_?training|warm_?up(_?steps)?|random_?steps|burn_?in"
    r"|(replay_?|buffer_?)?(start|min|initial)_?(replay|buffer|memory)?_?size|update_?after|train_?start"
    r"|explor(e|ation)_?steps|learn_?start|(train|learn|update|expl(ore|oration)?|random)_?(after|before|until)"
    r"|(start|begin)_?(train|learn|update)\w*|pre_?fill(_?\w+)?|steps_?before_?\w+"
    r"|(n|num|no)_?(random|warm_?up|initial|exploration)_?(steps|frames|actions))"
)
SYNC = re.compile(
    r"(target_?(network_?)?(update_?)?(frequency|freq|interval|period|every|steps)?|(update|sync)_?target(_?\w+)?"
    r"|target_?(network_?)?update(_?\w+)?|target_?sync(_?\w+)?|(target_?)?sync|sync_?(rate|frequency|freq|every|interval))"
)
CAPACITY = re.compile(
    r"((replay_?|buffer_?|memory_?)(buffer_?)?(size|capacity|len|length)|capacity|max_?memory|memory)"
)
DECAY = re.compile(
    r"(e(ps|psilon)_?decay(_?last_?frame)?|explor\w*_?(decay_?)?(steps|frames)|(decay|anneal(ing)?)_?(steps|frames)"
    r"|e(ps|psilon)(_?greedy)?_?(decay|anneal(ing)?)?_?(steps|frames|iterations?))"
)
BATCH = re.compile(r"((on|off)_?policy_?)?(mini?_?)?batch_?size")
TAU = re.compile(r"(tau|polyak_?tau|soft_?update_?tau|polyak(_?(coef|factor|decay))?|target_?(ema|decay))")
ROLLOUT = re.compile(
    r"(num_?steps|n_?steps|rollout_?(len|length|steps|size)|steps_?per_?(epoch|update|rollout)"
    r"|update_?time_?steps?|t_?horizon|horizon|time_?steps_?per_?batch|batch_?time_?steps)"
)
PER_UPDATE = re.compile(r"((n|num)_?)?(env_?)?steps_?per_?update")
"""Steps of each environment before a single update, as in A2C."""
EPOCHS = re.compile(r"((k|n|num|no|update|ppo|opt(imi[sz]ation)?)_?){1,2}epochs?(_?per_?update)?|epoch")
"""How often PPO learns from each rollout; ``epochs`` alone may be the length of a run."""
ITERATIONS = re.compile(
    r"(train_?)?(pi|v|vf|q|actor|critic|policy|value)_?iter(ation)?s|n_?updates_?per_?iteration"
)
N_STEP = re.compile(
    r"n_?steps?(_?(return|td|size|length))?|(multi|td)_?steps?|n_?step_?(returns?|buffer_?size)"
)
"""Steps of a return, in scripts that learn action values from a memory."""
DROPPED = re.compile(r"(top_?)?quantiles_?to_?drop(_?per_?net)?")
"""How many of the largest quantiles are left out of a target, as in TQC."""
SCALES_REWARDS = re.compile(
    r"(use_?)?(rewards?_?(scal(e|ing)|norm(ali[sz](e|ation|ing))?)|(norm(ali[sz]e)?|scale)_?rewards?)"
)
REWARD_SCALE = re.compile(r"(r|rew|rewards?)_?(scale|scaling|multiplier|factor)|scale_?(of_?)?rewards?")
"""Names of a number that rewards are multiplied with, or divided by."""
MOST_EPISODES = 10
"""Episodes before an update."""
SHORT_ROLLOUT = 32
"""Steps of each environment in a rollout of a script that learns from pictures."""
WHOLE_ROLLOUT_FROM = 1_024
"""A batch of so many transitions is likely a whole rollout."""
LATEST_START = 400
"""Steps after which learning begins at the latest."""
LONGEST_SYNC = 50
"""Steps, or updates, after which target networks are updated at the latest."""
LEAST_TAU = 0.05
"""The share of soft updates, if a script's own is below: at 0.02, each step back takes some 50 updates."""
SCHEDULE = 2
"""Schedules span this many times the length of a run, so that they do not end learning early."""


def in_lower_case(name: str) -> str:
    """A name in lower case with underscores.

    >>> in_lower_case("--targetUpdate-Freq")
    'target_update_freq'
    """
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower().strip("_-").replace("-", "_")


@dataclass(frozen=True)
class Rule:
    """Changes numbers with certain names.

    Args:
        what: its name in reports.
        names: matches the whole name.
        change: from the number in the script to the new one; the same to keep it.
        flag: whether it changes True and False, and not numbers.
        products: whether it changes products of variables too. Other numbers, such as ``batch_size = n_envs *
            n_steps``, often agree with the shapes of arrays.
    """

    what: str
    names: re.Pattern[str]
    change: Change
    flag: bool = False
    products: bool = False


def discount_rule(gamma: float) -> Rule:
    """Replaces every discount above 0.5 by ``gamma``."""
    return Rule("gamma", GAMMA, lambda old: gamma if 0.5 < old <= 1.0 else old)


def _faster_tau(old: Number) -> Number:
    """A larger share of a soft update; what is written may also be the share that stays as it was.

    >>> _faster_tau(0.001), _faster_tau(0.005), _faster_tau(1.0), round(_faster_tau(0.995), 3)
    (0.05, 0.05, 1.0, 0.95)
    """
    if not 0.0 < old < 1.0 or LEAST_TAU <= old <= 1.0 - LEAST_TAU:
        return old
    return LEAST_TAU if old < LEAST_TAU else 1.0 - LEAST_TAU


def _smaller_batch(old: Number) -> Number:
    """A minibatch of at most 64; from 1,024 on it is likely a whole rollout, as in a policy gradient.

    >>> [_smaller_batch(size) for size in (32, 256, 1000, 2048, 5000)]
    [32, 64, 1000, 256, 625]
    """
    if old >= WHOLE_ROLLOUT_FROM:
        return max(int(old) // 8, 256)
    return 64 if 64 < old <= 512 else old


def _shorter_rollout(old: Number) -> Number:
    """A quarter of a long rollout, but at least 256 steps.

    >>> _shorter_rollout(2048), _shorter_rollout(128)
    (512, 128)
    """
    return max(int(old) // 4, 256) if old >= WHOLE_ROLLOUT_FROM else old


def _short_rollout(old: Number) -> Number:
    """The same, and a short one where pictures take long, so that an update comes more often.

    >>> _short_rollout(2048), _short_rollout(128), _short_rollout(5)
    (512, 32, 5)
    """
    return SHORT_ROLLOUT if SHORT_ROLLOUT < old < WHOLE_ROLLOUT_FROM else _shorter_rollout(old)


def quick_rules(steps: int, *, rates: bool = True, pictures: bool = False) -> tuple[Rule, ...]:
    """Replaces slow hyperparameters by ones that suit ``steps`` steps.

    Args:
        steps: of the whole run.
        rates: whether to raise learning rates.
        pictures: whether the script learns from pictures, so slowly that rollouts have to be short.
    """
    faster = (
        Rule("learning rate", RATE, lambda old: min(10 * old, 3e-3) if 0 < old < 3e-3 else old),
        Rule("tau", TAU, _faster_tau),
    )
    return (
        *(faster if rates else ()),
        Rule("total steps", TOTAL, lambda old: SCHEDULE * steps if old >= 1_000 else old),
        Rule("episodes", EPISODES, lambda old: steps if old >= 20 else old),
        Rule("rollout", EPISODES_PER_UPDATE, lambda old: min(int(old), MOST_EPISODES)),
        Rule("reward scaling", SCALES_REWARDS, lambda _: False, flag=True),
        Rule(
            "learning starts",
            STARTS,
            lambda old: min(int(old), LATEST_START) if old >= LATEST_START else old,
            products=True,
        ),
        Rule("target interval", SYNC, lambda old: min(int(old), LONGEST_SYNC) if old > LONGEST_SYNC else old),
        Rule("capacity", CAPACITY, lambda old: min(int(old), 20_000) if old >= 1_000 else old),
        Rule("exploration", DECAY, lambda old: max(steps // 4, 1) if old > steps // 2 else old),
        Rule("batch", BATCH, _smaller_batch),
        Rule("dropped quantiles", DROPPED, lambda _: 0),  # without them, values of random returns are low
        Rule("epochs", EPOCHS, lambda old: 10 if 10 < old <= 100 else old),
        Rule("updates", ITERATIONS, lambda old: 20 if 20 < old <= 200 else old),
        Rule("rollout", PER_UPDATE, lambda old: max(int(old) // 4, 32) if 32 < old < 1_024 else old),
        Rule("rollout", ROLLOUT, _short_rollout if pictures else _shorter_rollout, products=True),
    )
