"""The rewards are shifted: their mean, or another number, is subtracted, or a penalty is put in their place.

Rewards may be scaled but not shifted. A shift, also a penalty or a bonus for each step, changes how much it
pays to end an episode early or late. With the mean, a constant reward disappears altogether. A penalty in
place of the last reward, as people write it for CartPole, is another task elsewhere.

Requested as a feature and reported as a bug in openai/baselines#538 and Farama-Foundation/Gymnasium#651.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache, partial
from typing import TYPE_CHECKING

import numpy as np

from rlprobe.faults.declaration import Actor, Fault, Form
from rlprobe.faults.episodes import monte_carlo, returns_to_go
from rlprobe.faults.whole_episodes import discounted, mean_targets

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rlprobe.faults.transitions import Transitions


def _centred(t: Transitions) -> Transitions:
    return t.change(reward=t.reward - t.succession_weight @ t.reward)


def _plus(t: Transitions, number: float) -> Transitions:
    return t.change(reward=t.reward + number)


def _at_the_end(t: Transitions, number: float) -> Transitions:
    return t.change(reward=np.where(t.terminated, number, t.reward))


def _plus_at_the_end(t: Transitions, number: float) -> Transitions:
    return t.change(reward=np.where(t.terminated, t.reward + number, t.reward))


def _standardised(t: Transitions) -> Transitions:
    centred = _centred(t)
    spread = float(np.sqrt(t.succession_weight @ centred.reward**2))
    return centred.change(reward=centred.reward / max(spread, SMALLEST))


def _returns_standardised(t: Transitions, *, each: bool, freedom: int = 0) -> Transitions:
    """Monte-Carlo returns with mean 0 and deviation 1, over ``each`` episode or over all of them."""
    if not each:
        returns = returns_to_go(t)
        centred = returns - t.weight @ returns
        return monte_carlo(t, centred / max(float(np.sqrt(t.weight @ centred**2)), SMALLEST))

    def standardised(rewards: NDArray[np.float64]) -> NDArray[np.float64]:
        returns = discounted(rewards, t.learner.gamma)
        if len(returns) == 1:
            return np.zeros(1)
        return np.asarray((returns - returns.mean()) / (returns.std(ddof=freedom) + SMALLEST))

    found = mean_targets(t, standardised)
    return t.with_critic(frozen="unpredictable") if found is None else monte_carlo(t, found)


SMALLEST = 1e-8
"""What people add to a deviation before they divide by it."""
ADDED = (-1.0, -0.1, 0.1, 1.0)
"""Numbers that people add to every reward."""
ONE_REWARD = "Constant"
"""The probe whose values show a number that was added."""
PRIOR_READ = 0.2
"""That of numbers that were read from learned values, which thereby fit some of them."""
PENALTIES = (-1.0, -10.0)
"""Numbers that people put in place of the reward where an episode terminates."""
ONE_STEP: dict[str, Actor] = dict.fromkeys(
    ("ContextBandit", "ActionOrder", "BoxTarget", "BoxTarget2D"), "untrained"
)
"""The only return of an episode becomes the same number for every action."""

FAULT = Fault(
    id="reward-shifted",
    component="reward pipeline",
    look_at="numbers that are added to rewards or subtracted, and normalisation of rewards or returns: "
    "divide by a standard deviation, but subtract nothing",
    wrong="rewards = (rewards - rewards.mean()) / (rewards.std() + 1e-8)",
    right="rewards = rewards / (running_return_std + 1e-8)  # scaled, not shifted",
    forms=(
        Form(name="mean subtracted", change=_centred, actor_on={"WillToLive": "any"}),
        Form(name="mean subtracted and divided", change=_standardised, actor_on={"WillToLive": "any"}),
        *(
            Form(
                name=f"{number:+g} in each step",
                change=partial(_plus, number=number),
                actor_on={"WillToLive": "any"},
                prior=0.5,
            )
            for number in ADDED
        ),
        *(
            Form(
                name=f"{number:+g} in place of the last reward",
                change=partial(_at_the_end, number=number),
                actor_on={"WillToLive": "any", **ONE_STEP},
                prior=0.5,
            )
            for number in PENALTIES
        ),
        *(
            Form(
                name=f"returns standardised over each episode ({words})",
                change=partial(_returns_standardised, each=True, freedom=freedom),
                needs="monte-carlo",
                actor_on={"WillToLive": "any", **ONE_STEP},
            )
            for freedom, words in enumerate(("NumPy", "PyTorch"))
        ),
        Form(
            name="returns standardised over the batch",
            change=partial(_returns_standardised, each=False),
            needs="monte-carlo",
            actor_on={"WillToLive": "any"},
        ),
    ),
    module=__name__,
)


@lru_cache(maxsize=64)
def with_numbers(numbers: tuple[float, ...]) -> Fault:
    """The fault with further numbers that may be added.

    Args:
        numbers: by how much values of 1, of episodes of one step, were wrong.

    >>> [form.name for form in with_numbers((0.25,)).forms[-3:]]
    ['+0.25 in each step', '+0.25 in the last step', '+1.25 in place of the last reward']
    """
    ways = (
        (name, partial(change, number=number + before))
        for number in numbers
        for name, change, before in (
            (f"{number:+g} in each step", _plus, 0.0),
            (f"{number:+g} in the last step", _plus_at_the_end, 0.0),
            (f"{number + 1.0:+g} in place of the last reward", _at_the_end, 1.0),
        )
    )
    further = (
        Form(
            name=name,
            change=change,
            actor_on={"WillToLive": "any", **ONE_STEP},
            read_from=ONE_REWARD,
            prior=PRIOR_READ,
        )
        for name, change in ways
    )
    return replace(FAULT, forms=(*FAULT.forms, *further))
