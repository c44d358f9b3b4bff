"""The result of one agent on one trial with one seed: a run, or the failure that ended it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Pushes = Literal["", "none", "some", "astray"]


@dataclass(frozen=True, kw_only=True)
class Run:
    """What one seed of a trial came to.

    Args:
        seed: the seed.
        steps: environment steps taken.
        seconds: wall time.
        gamma: the discount the agent learned with.
        lam, loss, rollout, n_step: how the critic forms its targets; None where the agent does not say.
        on_policy: whether the agent says that it learns on-policy; None if it does not say.
        undiscounted: whether the agent says that its gamma is 1; ``gamma`` is then that of the setting.
        recurrent: whether the agent says that it is recurrent.
        q_network: whether its critic is a network of action values, which learns without lambda-returns.
        of_one_action: whether it says that its values are those of one action, without the entropy of it.
        methods: the methods of ``code_words`` that its code speaks of; None if there was no code to read.
        whole_episodes: whether its values changed only at ends of episodes; None if unknown.
        mostly_at_ends: whether nearly all changes of its values were at ends of episodes.
        temperature: the weight of entropy in the last values.
        cooling: how much that weight changed over the second half of the run.
        initial: ``(n,)`` values before learning; None if the agent shows no values.
        values: ``(n,)`` values at the end of the run; None if the agent shows no values.
        at_ends: ``(V - n,)`` values, at the end of the run, of the observations that only end an episode;
            None if they could not be read. A correct learner never trains them.
        drift: ``(n,)`` how far the values moved over the last part of the run.
        trend: ``(n,)`` the same with its sign; None if it is not known.
        pace: ``(n,)`` how far they moved, as a share of how far they did in the quarter of the run before; 0
            where they turned back. None if it is not known.
        noise: ``(n,)`` standard deviation of the values over the last part of the run.
        settled: whether the values (or actions) had converged.
        seldom: whether the values were the same at most looks, and still changed near the end.
        diverged: whether the values became huge or not finite.
        actions: ``(n, *action_shape)`` the actions the agent believes best at the queried observations.
        unanimous: ``(n,)`` whether all answers at an observation were the same action; None if unknown.
        solved: on action probes, whether all these actions are optimal.
        successes: on exploration probes, the number of episodes with the best possible return.
        episodes: the number of episodes in the run.
        action_counts: ``(n, A)`` how often each action was taken at each queried observation; on action
            probes with discrete actions.
        early_counts: ``(n, A)`` the same in the first steps; None if unknown.
        indifferent: whether a policy that is learned on-policy came to prefer no action; None if unknown.
        kept: from each look to the next, how often it took the actions that it believed best, and how often
            any; empty where something else than epsilon may change that.
        first_actions: the actions the agent believes best before learning, where a probe is about them.
        observed: faults that were seen directly, each as its id and a sentence.
        paired: where tensors of one length were paired each with each, as a sentence; empty if not seen.
        outside: steps whose continuous action lay outside the action space.
        filled: whether the standard deviation of a single number, NaN, became 1 where an episode may have a
            single step: it may never have one in the environment of the script.
        equal_shapes: whether losses were seen, and tensors of equal shapes in all of them.
        pushes: whether its losses push the probabilities of actions up or down; empty if that was not seen.
        errors: whether its losses make squared errors smaller or larger; empty if that was not seen.
        clipped: whether large gradients were clipped to one norm in the latest updates.
        values_ends: whether a recurrent layer was asked for the last observations of episodes, with the
            memory of the episode, as a bootstrap at a time limit needs it.
        doubt: why a failure of this run is no evidence of a fault; empty if it is.
        unsuited: why the probe is not for this agent, which then does not learn on it; empty if it is.
        earlier_steps, earlier_seconds: those of shorter runs with this seed, which this one replaces.
        timed_out: whether the run was out of time before half its steps, and unsolved. Its actions are
            ignored.
    """

    seed: int
    steps: int
    seconds: float
    gamma: float
    lam: float | None = None
    loss: str | None = None
    rollout: int | None = None
    n_step: int | None = None
    on_policy: bool | None = None
    undiscounted: bool = False
    recurrent: bool = False
    q_network: bool = False
    of_one_action: bool = False
    methods: frozenset[str] | None = None
    whole_episodes: bool | None = None
    mostly_at_ends: bool = False
    temperature: float = 0.0
    cooling: float = 0.0
    initial: NDArray[np.float64] | None = None
    values: NDArray[np.float64] | None = None
    at_ends: NDArray[np.float64] | None = None
    drift: NDArray[np.float64] | None = None
    trend: NDArray[np.float64] | None = None
    pace: NDArray[np.float64] | None = None
    noise: NDArray[np.float64] | None = None
    settled: bool = False
    seldom: bool = False
    diverged: bool = False
    actions: NDArray[Any] | None = None
    unanimous: NDArray[np.bool_] | None = None
    solved: bool | None = None
    successes: int = 0
    episodes: int = 0
    action_counts: NDArray[np.int64] | None = None
    early_counts: NDArray[np.int64] | None = None
    indifferent: bool | None = None
    earlier_steps: int = 0
    earlier_seconds: float = 0.0
    timed_out: bool = False
    kept: tuple[tuple[int, int], ...] = ()
    first_actions: NDArray[Any] | None = None
    observed: tuple[tuple[str, str], ...] = ()
    paired: str = ""
    filled: bool = False
    outside: int = 0
    equal_shapes: bool = False
    pushes: Pushes = ""
    errors: Literal["", "smaller", "larger"] = ""
    clipped: bool = False
    values_ends: bool = False
    doubt: str = ""
    unsuited: str = ""


@dataclass(frozen=True)
class Failure:
    """The error that an agent raised.

    Args:
        error: the error in one line.
        trace: the traceback.
        place: file and line of the agent's code that raised it.
        unreadable: whether the agent ran, but its answers have a wrong shape, type or range.
        refused: whether the agent could not even be built on the environment of the trial.
    """

    error: str
    trace: str
    place: str = ""
    unreadable: bool = False
    refused: bool = False


def may_be_monte_carlo(rollout: int | None, on_policy: bool | None, lam: float | None) -> bool:
    """Whether what an agent says of itself leaves open that it learns from returns of whole episodes.

    >>> may_be_monte_carlo(None, None, 1.0)
    True
    >>> may_be_monte_carlo(None, False, None)
    False
    """
    return rollout is None and on_policy is not False and lam in {None, 1.0}
