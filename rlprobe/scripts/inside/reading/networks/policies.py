"""Which outputs of networks are those of a policy: distributions and softmax are made of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rlprobe.scripts.inside.reading.networks.rows import address

if TYPE_CHECKING:
    from rlprobe.scripts.inside.reading.networks.outputs import Output

MOST_NODES_TO_POLICY = 3
"""Operations, such as softplus and clamp, between a network's output and the distribution made of it."""
MOST_RECENT = 256
MADE_OF = ("Categorical", "Normal", "Bernoulli", "OneHotCategorical", "Beta", "Independent")
SOFT = ("softmax", "log_softmax", "gumbel_softmax")


class PolicyMarks:
    """Watches what distributions and softmax are called with, and marks those outputs.

    Args:
        torch: the library.
    """

    def __init__(self, torch: Any) -> None:
        self.torch = torch
        self._recent: dict[int, tuple[Any, list[Output]]] = {}
        self._made: dict[Any, list[Output]] = {}
        for name in MADE_OF:
            self._note_use(getattr(torch.distributions, name), "__init__")
        for owner in (torch.nn.functional, torch, torch.Tensor):
            for name in SOFT:
                if hasattr(owner, name):
                    self._note_use(owner, name)

    def note(self, tensor: Any, output: Output) -> None:
        """Remember that ``tensor`` is of ``output``: that of a last layer is of the whole network too."""
        if len(self._recent) > MOST_RECENT:
            self._recent.clear()
            self._made.clear()
        _, outputs = self._recent.setdefault(address(tensor), (tensor, []))
        if not any(output is one for one in outputs):
            outputs.append(output)
        if tensor.grad_fn is not None:
            self._made[tensor.grad_fn] = outputs

    def _note_use(self, owner: Any, name: str) -> None:
        """Let ``owner.name`` mark the outputs that it is called with as those of a policy."""
        plain, marks = getattr(owner, name), self.mark

        def noting(*args: Any, **kwargs: Any) -> Any:
            for value in (*args, *kwargs.values()):
                marks(value, through=True)
            return plain(*args, **kwargs)

        noting.__name__ = name
        setattr(owner, name, noting)

    def mark(self, value: Any, *, through: bool = False) -> None:
        """Note that a tensor, or with ``through`` the output it was made of, belongs to a policy."""
        if not self._recent or not isinstance(value, self.torch.Tensor):
            return
        if (found := self._recent.get(address(value))) is not None:
            _belong_to_policy(found[1])
            return
        if not through:
            return
        node = value.grad_fn
        for _ in range(MOST_NODES_TO_POLICY):
            if node is None or node in self._made:
                break
            node = next((after for after, _ in node.next_functions if after is not None), None)
        if node in self._made:
            _belong_to_policy(self._made[node])


def _belong_to_policy(outputs: list[Output]) -> None:
    for output in outputs:
        output.policy = True
