"""Find the networks of a script: a hook sees every call and compares its inputs with observations."""

from __future__ import annotations

import importlib
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.scripts.inside.reading.networks.acted import (
    ActedOn,
    LastWord,
    SameRows,
    acting_stages,
    began_anew,
)
from rlprobe.scripts.inside.reading.networks.derived import Derived
from rlprobe.scripts.inside.reading.networks.direct import DirectCalls
from rlprobe.scripts.inside.reading.networks.outputs import Output, kind_of
from rlprobe.scripts.inside.reading.networks.policies import PolicyMarks
from rlprobe.scripts.inside.reading.networks.rows import (
    MOST_ROWS,
    indexed,
    input_rows,
    matched,
    observed_rows,
    tensors,
)
from rlprobe.scripts.inside.reading.networks.sampling import Sampling

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from rlprobe.scripts.inside.gate import Gate
    from rlprobe.scripts.inside.stage import Stage

LEARNS_WITHIN_STEPS = 1_000


class Networks:
    """Follows every output of every network that is given observations.

    ``over_batches``: whether a layer normalises by the mean and deviation of each batch.
    ``saw_ends``: whether a network of a script with one environment was given an observation that occurs at
    the end of an episode only. Whoever learns from returns alone never asks about it.

    Args:
        torch: the library.
        gate: knows when the environment was last stepped, and counts updates of optimisers.
        losses: whether gradients of a loss were computed.
    """

    def __init__(self, torch: Any, gate: Gate, losses: Callable[[], bool] = lambda: True) -> None:
        self.torch, self.gate, self._losses = torch, gate, losses
        self.outputs: dict[tuple[int, tuple[int | str, ...]], Output] = {}
        self.stages: list[Stage] = []
        self.actions: int | None = None
        self.width: int | None = None
        self.quiet = self.recurrent = self.over_batches = self.saw_ends = False
        self._cells = (torch.nn.RNNBase, torch.nn.modules.rnn.RNNCellBase)
        self._norms = torch.nn.modules.batchnorm._BatchNorm  # noqa: SLF001 - of one to three dimensions
        self.acting: dict[int, NDArray[Any]] = {}
        self._looks: NDArray[np.float32] | None = None
        self._depth = 0
        self._sampling = Sampling(gate)
        self._derived = Derived()
        self._policies = PolicyMarks(torch)
        self._acted_on, self._last_word, self._same_rows = ActedOn(), LastWord(), SameRows()
        self._direct = DirectCalls()
        self._direct.leave_to_compiler(torch.jit)
        self._install()

    @property
    def learns_without_losses(self) -> bool:
        """Whether the script has learned for some time, and computed no gradient of a loss."""
        return not self._losses() and (self.gate.updates > 0 or self.gate.steps >= LEARNS_WITHIN_STEPS)

    @property
    def changes_observations(self) -> bool:
        """Whether networks were given something else than observations as they are."""
        return self._acted_on.needed

    def _install(self) -> None:
        module = self.torch.nn.modules.module
        optimizer = importlib.import_module("torch.optim.optimizer")
        module.register_module_forward_pre_hook(self._enter)
        module.register_module_forward_hook(self._leave, always_call=True)
        module.register_module_parameter_registration_hook(self._has_weights)
        module.register_module_module_registration_hook(self._direct.cover)
        optimizer.register_optimizer_step_post_hook(self._updated)

    def _has_weights(self, module: Any, *_: Any) -> None:
        """A network is made: without one, the script may import PyTorch for its logs, and learn a table."""
        self.gate.updates_seen = True
        self._direct.cover(module)

    def _updated(self, optimiser: Any, *_: Any) -> None:
        self.gate.updates_seen = True
        self.gate.updates += 1
        self.gate.by_optimiser[id(optimiser)] += 1

    def _enter(self, module: Any, _: Any) -> None:
        self._depth += 1
        self._direct.before_forward(module)

    def _leave(self, module: Any, args: Any, result: Any) -> None:
        self._depth -= 1
        if self.quiet:
            return
        self.recurrent = self.recurrent or isinstance(module, self._cells)
        self.over_batches = self.over_batches or (isinstance(module, self._norms) and module.training)
        self._last_word.step(self.gate.stamp)
        first, chosen = self._sampling.called(module, anew=self._depth == 0 and began_anew(self.stages))
        if first and self._acted_on.needed and self._depth == 0:
            self._note_acting(module, args)
        if chosen:
            self._look_at(module, args, result, first=first)

    def _look_at(self, module: Any, args: Any, result: Any, *, first: bool) -> None:
        Tensor = self.torch.Tensor
        given = [a for a in args if isinstance(a, Tensor)]
        if not given or not self.stages:
            return
        for other in given[1:] if any(True for _ in module.parameters()) else ():  # a loss has none
            self._policies.mark(other)
        numbers, kind, exact = self._numbered(given, first=first)
        if numbers is None:
            return
        if exact and len(self.stages) == 1:
            self.saw_ends |= bool((numbers >= self.stages[0].views.asked).any())
        acts = not exact and len(numbers) == len(self.stages) and began_anew(self.stages)
        if not (exact or acts or self._agrees(module, given[0], numbers)):
            return
        for path, tensor in tensors(result, Tensor):
            if exact and tensor.grad_fn is not None:
                self._derived.remember(tensor.grad_fn, numbers)
            if (kept := self._keep(module, path, tensor, numbers, kind, exact=exact)) is None:
                continue
            output, rows = kept
            if acts:
                note = partial(self._note_if_agreed, module, given[0], numbers, output, rows)
                self._last_word.put((id(output), id(module)), self.gate.stamp, note)
            else:
                output.note(numbers, rows)

    def _note_if_agreed(
        self,
        module: Any,
        given: Any,
        numbers: NDArray[np.int64],
        output: Output,
        rows: NDArray[np.float64],
    ) -> None:
        if self._agrees(module, given, numbers):
            output.note(numbers, rows)

    def _numbered(self, given: list[Any], *, first: bool) -> tuple[NDArray[np.int64] | None, str, bool]:
        """The number of the observation in each row of what a network was given."""
        looks = self._all_looks()
        rows = input_rows(given[0], looks.shape[1] if looks is not None else 0)
        if looks is not None and rows is not None and len(rows) <= MOST_ROWS:
            width = looks.shape[1]
            pairs = len(given) > 1 and given[1].numel() == len(rows) * (given[1].shape[-1])
            numbers = matched(rows[:, :width], looks)
            if (numbers >= 0).mean() >= 0.9:
                joined = rows.shape[1] > width or (pairs and self.width == given[1].shape[-1])
                return numbers, "pair" if joined else "", True
        named = indexed(given[0], self.stages[0])
        if named is not None and (named >= 0).mean() >= 0.9:
            return named, "", True
        derived = self._derived.numbers(given[0])
        if derived is not None:
            return derived, "", True
        if first and self._depth == 0:
            stages = acting_stages(given[0].shape, self.stages, self.gate.latest)
            if stages:
                self._acted_on.needed = True
                return np.array([stage.now for stage in stages]), "", False
        return self._acted_on.numbers(given[0]), "", False

    def _note_acting(self, module: Any, args: Any) -> None:
        """Keep what a network acts on."""
        given = next((a for a in args if isinstance(a, self.torch.Tensor)), None)
        if given is not None and (stages := acting_stages(given.shape, self.stages, self.gate.latest)):
            note = partial(self._acted_on.keep, given, [stage.now for stage in stages])
            if began_anew(self.stages):
                self._last_word.put((0, id(module)), self.gate.stamp, note)
            else:
                note()

    def _agrees(self, module: Any, given: Any, numbers: NDArray[np.int64]) -> bool:
        """Whether a network may be read: it is asked about the latest observations, as far as rows tell."""
        agree = self._same_rows.agree(module, given, numbers)
        if not agree:
            self.outputs = {key: one for key, one in self.outputs.items() if key[0] != id(module)}
        return agree

    def _all_looks(self) -> NDArray[np.float32] | None:
        if self._looks is None:
            looks = observed_rows(self.stages[0])
            if not all(isinstance(look, np.ndarray) for look in looks):
                return None
            flat = np.array([np.asarray(look, np.float32).reshape(-1) for look in looks])
            self._looks = flat if flat.shape[1] <= MOST_ROWS else flat[:, :0]
        return self._looks if self._looks.shape[1] else None

    def _keep(
        self,
        module: Any,
        path: tuple[int | str, ...],
        tensor: Any,
        numbers: NDArray[np.int64],
        kind: str,
        *,
        exact: bool,
    ) -> tuple[Output, NDArray[np.float64]] | None:
        """Find or make the output that a tensor belongs to; it and its rows, to be noted there."""
        count = len(numbers)
        if not tensor.is_floating_point() or tensor.numel() % count:
            return None
        wide = tensor.numel() // count
        found = kind_of(wide, self.actions) if not kind else ("pair" if wide == 1 else None)
        if found is None:
            return None
        key = (id(module), path)
        output = self.outputs.get(key)
        if output is None:
            output = self.outputs[key] = Output(module, path, found, self._depth, exact)
        if output.exact and not exact:
            return None
        if exact and not output.exact:
            output.exact, output.first, output.last = True, {}, {}
        with self.unnoticed():
            rows = tensor.detach().to("cpu", self.torch.float64).reshape(count, wide).numpy()
        output.kind = found
        self._policies.note(tensor, output)
        return output, rows.copy()

    @contextmanager
    def unnoticed(self) -> Iterator[None]:
        """While networks are asked by us."""
        before, self.quiet = self.quiet, True
        try:
            yield
        finally:
            self.quiet = before
