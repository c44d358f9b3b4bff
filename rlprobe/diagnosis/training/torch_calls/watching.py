"""Watch everything at once that an agent's calls of PyTorch show."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gymnasium import spaces

from rlprobe.diagnosis.training.torch_calls.acting import Acting
from rlprobe.diagnosis.training.torch_calls.actors.entropy_weight import EntropyWeight, entropy_weight_seen
from rlprobe.diagnosis.training.torch_calls.actors.log_probs import LogProbs, components_of, log_probs_seen
from rlprobe.diagnosis.training.torch_calls.actors.policies import Policies, policies_seen
from rlprobe.diagnosis.training.torch_calls.backward import losses_heard, quietly
from rlprobe.diagnosis.training.torch_calls.copies import Copies, copies_seen
from rlprobe.diagnosis.training.torch_calls.critics.larger import Larger, larger_seen
from rlprobe.diagnosis.training.torch_calls.inputs import TARGET, Inputs, inputs_seen
from rlprobe.diagnosis.training.torch_calls.losses import LossGraphs, losses_seen
from rlprobe.diagnosis.training.torch_calls.optimizers.gradients import Gradients, gradients_seen
from rlprobe.diagnosis.training.torch_calls.optimizers.weights import Weights, weights_seen
from rlprobe.diagnosis.training.torch_calls.recurrence import Recurrence, recurrence_seen
from rlprobe.diagnosis.training.torch_calls.tensor_shapes import Shapes, shapes_seen
from rlprobe.diagnosis.training.torch_calls.undefined import Undefined, undefined_seen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True)
class TorchCalls:
    """What was seen of everything that is watched."""

    log_probs: LogProbs
    shapes: Shapes
    gradients: Gradients
    losses: LossGraphs
    weights: Weights
    policies: Policies
    inputs: Inputs
    copies: Copies
    recurrence: Recurrence
    larger: Larger
    undefined: Undefined
    weight: EntropyWeight
    several: Callable[[], bool] = lambda: False
    """Whether an action has several numbers: a loss may be about one that earns nothing on the probe."""

    @property
    def observed(self) -> tuple[tuple[str, str], ...]:
        """The faults that were seen, each as its id and a sentence."""
        said = {
            "clipped-action-log-prob": self.log_probs.clipped,
            "gradients-accumulate": self.gradients.accumulate,
            **self.losses.observed,
            **self.copies.observed,  # before weights, which stay as they were if they are overwritten
            **self.weights.observed,
            **self.policies.observed,
            **self.inputs.observed,
            **self.recurrence.observed,
            **self.larger.observed,
            **self.undefined.observed,
            **self.weight.observed,
        }
        if self.policies.acts_by_chance:
            said.pop(TARGET, None)  # a copy of the policy may act for a rollout
        return tuple((name, sentence) for name, sentence in said.items() if sentence)

    @property
    def _pushes_tell(self) -> bool:
        return not (self.losses.maximised or self.several())

    @property
    def in_losses(self) -> dict[str, Any]:
        """The fields of a run that its losses have shown, and that are no faults by themselves."""
        return {
            "paired": self.shapes.paired,
            "equal_shapes": self.shapes.equal,
            "pushes": self.policies.pushes.kind if self._pushes_tell else "",
            "errors": "" if self.losses.maximised else self.losses.errors.way,
            "clipped": self.gradients.norms.clipped,
            "values_ends": self.recurrence.values_ends,
        }

    def astray(self, environments: int) -> tuple[tuple[str, str], ...]:
        """That actions are weighed with advantages of other actions.

        Args:
            environments: how many the agent has; in several, axes may be mixed up.
        """
        name = "arrays-shuffled-apart" if environments == 1 else "time-env-axes-mixed"
        said = self.policies.pushes.said if self._pushes_tell else ""
        return ((name, said),) if said else ()


@contextlib.contextmanager
def torch_calls_seen(
    action_space: Any,
    *,
    steps: Callable[[], int] = lambda: 0,
    chooses: bool = False,
    fresh: Callable[[], bool | None] | None = None,
    over: Callable[[], bool] = lambda: False,
    shown: Callable[[], NDArray[Any] | None] = lambda: None,
    now: Callable[[], tuple[Any, Any] | None] = lambda: None,
    pays: Sequence[float] | None = None,
    alike: bool = False,
) -> Iterator[TorchCalls]:
    """Watch PyTorch meanwhile; nothing is seen if it is not imported.

    Args:
        action_space: the action space of the environment, or what gives it once there is one.
        steps: the environment steps so far.
        chooses: whether one action is better than another, so that a policy has to change.
        fresh: whether the environment is between the end of an episode and its next step; None if that is not
            known.
        over: whether an episode has ended and none has begun; ``fresh`` may be false then.
        pays: the reward of each action, where an episode is one step from one state; None elsewhere.
        alike: whether there are several actions, all equally good.
        shown: the observations of the probe as the agent sees them, ``(n, ...)``; None if they are not known.
        now: the observation that is shown, and the one before a reset; see ``Acting``.
    """

    def space() -> Any:
        return action_space() if callable(action_space) else action_space

    def components() -> int:
        return components_of(space())

    with contextlib.ExitStack() as stack:
        calls = TorchCalls(
            stack.enter_context(log_probs_seen(components)),
            stack.enter_context(shapes_seen()),
            stack.enter_context(gradients_seen()),
            stack.enter_context(losses_seen()),
            stack.enter_context(weights_seen()),
            stack.enter_context(policies_seen(components, steps if chooses else None, pays)),
            stack.enter_context(inputs_seen(shown, Acting(now, steps))),
            stack.enter_context(copies_seen()),
            stack.enter_context(recurrence_seen(fresh, steps, over)),
            stack.enter_context(larger_seen()),
            stack.enter_context(undefined_seen()),
            stack.enter_context(entropy_weight_seen(alike=alike)),
            several=lambda: isinstance(space(), (spaces.MultiDiscrete, spaces.MultiBinary, spaces.Tuple)),
        )
        stack.enter_context(
            losses_heard(
                *(
                    quietly(one.before_backward)
                    for one in (calls.losses, calls.weights, calls.policies, calls.inputs, calls.undefined)
                )
            )
        )
        yield calls
