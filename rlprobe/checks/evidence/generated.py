"""Cases that hypothesis makes up, where it is installed: other sizes of numbers, zeros, ties and repeats."""

from __future__ import annotations

import contextlib
import importlib.util
import tempfile
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rlprobe.checks.case import Case

ROLLOUT = ("rewards", "values", "final_values", "last_value", "terminated", "truncated")
FREE: Final[dict[str, tuple[str, ...]]] = {
    "gae": ROLLOUT,
    "discounted_return": ROLLOUT,
    "td_lambda": ROLLOUT,
    "n_step_return": ROLLOUT,
    "vtrace": ROLLOUT,
    "retrace": (*ROLLOUT, "q_values"),
    "q_target": ("rewards", "next_q", "terminated", "truncated"),
    "double_q_target": ("rewards", "terminated", "truncated"),
    "ppo_loss": ("advantages",),
    "clipped_value_loss": ("values", "old_values", "returns"),
    "entropy_categorical": ("logits",),
    "kl_categorical": ("logits", "q_logits"),
}
"""The arrays of each family whose numbers may be anything."""
NUMBERS = (0.0, 1.0, -1.0, 0.5, 2.0, -2.5, 10.0, -10.0, 1e-3)
"""What numbers are drawn from, the simplest first: zeros, ties, very different sizes."""
LARGEST = {"logits": 8.0, "q_logits": 8.0}
EXAMPLES, SIZES, BITS = 5, 6, 4
"""Cases made up, cases whose sizes they take, and bits that choose a number."""


def counterexample(cases: list[Case], family: str, wrong: Callable[[Case], bool]) -> Case | None:
    """A case of hypothesis on which a function is wrong; None if none was found.

    The same cases are made up every time.

    Args:
        cases: their sizes and whatever is not free are taken from the first of these.
        family: the name of the family.
        wrong: whether the function is wrong on a case.
    """
    if family not in FREE or importlib.util.find_spec("hypothesis") is None:
        return None
    import hypothesis
    from hypothesis import strategies

    found: list[Case] = []
    quiet = hypothesis.settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=(hypothesis.Phase.generate,),
        suppress_health_check=list(hypothesis.HealthCheck),
    )

    @quiet
    @hypothesis.given(strategies.data())
    def right(data: Any) -> None:
        place = data.draw(_bits(strategies, BITS)) @ 2 ** np.arange(BITS) % min(SIZES, len(cases))
        size = sum(np.size(cases[place].data.get(name, ())) for name in FREE[family])
        bits = data.draw(_bits(strategies, BITS * size)).reshape(size, BITS)
        case = _filled(cases[place], FREE[family], bits @ 2 ** np.arange(BITS))
        if wrong(case):
            found.append(case)
            raise AssertionError

    try:
        with _no_folder():
            right()
    except Exception:  # noqa: BLE001 - hypothesis wraps what it found
        return found[-1] if found else None
    return None


@contextlib.contextmanager
def _no_folder() -> Iterator[None]:
    """Let hypothesis write what it keeps into a folder that is removed, not into the user's."""
    from hypothesis import configuration

    before = vars(configuration).get("__hypothesis_home_directory")
    with tempfile.TemporaryDirectory() as folder:
        configuration.set_hypothesis_home_dir(folder)
        try:
            yield
        finally:
            configuration.set_hypothesis_home_dir(before)


def _bits(strategies: Any, count: int) -> Any:
    """Bits only: for other draws hypothesis first reads every module of the user, which takes seconds."""
    return strategies.lists(strategies.booleans(), min_size=count, max_size=count).map(np.array)


def _filled(case: Case, names: tuple[str, ...], drawn: np.ndarray) -> Case:
    """The case with the numbers of these places in the list of numbers."""
    made, place = {}, 0
    for name in names:
        old = case.data.get(name)
        if old is None:
            continue
        part = drawn[place : place + old.size].reshape(old.shape)
        place += old.size
        usual = np.array([number for number in NUMBERS if abs(number) <= LARGEST.get(name, np.inf)])
        made[name] = part % 2 == 1 if old.dtype == np.bool_ else usual[part % len(usual)]
    return case.change(**made)
