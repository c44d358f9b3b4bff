"""What is said where nothing can be told of a function: what was passed, and the ``adapt`` that helps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rlprobe.checks.outcome import FunctionRaisedError, NotUnderstoodError
from rlprobe.checks.trial.bindings import arguments_of
from rlprobe.checks.trial.present import as_array
from rlprobe.checks.trial.search import prepared
from rlprobe.checks.trial.story import conventions
from rlprobe.checks.trial.verdict import FINITE

if TYPE_CHECKING:
    from rlprobe.checks.case import Case
    from rlprobe.checks.family import Family
    from rlprobe.checks.trial.calling import Answer
    from rlprobe.checks.trial.reading import Reading


def nothing_came(
    called: str, family: Family, trial: Case, failures: list[tuple[Reading, Answer]], function: Any
) -> NotUnderstoodError | FunctionRaisedError:
    """No call gave a result of the right shape."""
    returned = [(r, a) for r, a in failures if a.error is None]
    if returned:
        reading, answer = returned[0]
        shapes = ", ".join(_shape(part) for part in answer.elements) or "nothing"
        expected = " or ".join(dict.fromkeys(f"({', '.join(a)})" for a in family.outputs.values()))
        return NotUnderstoodError(
            f"{called}: returned {shapes}, expected a result of shape {expected}, "
            f"{conventions(reading, family, None, None)[0]}; {remedy(called, family, reading.function)}"
        )
    if failures:
        reading, answer = failures[0]
        return raised_error(called, family, reading, answer, prepared(trial, reading, family))
    return not_understood(called, family, None, function)


def raised_error(
    called: str, family: Family, reading: Reading, answer: Answer, case: Case
) -> FunctionRaisedError:
    """The function raised an error, with what it was given."""
    error = answer.error
    how = "; ".join(conventions(reading, family, None, None)[:2])
    guessed = ", ".join(f"`{c.parameter}`" for c in reading.choices if not c.by_name)
    how += f"; what {guessed} means was guessed" if guessed else ""
    sizes = ", ".join(f"{letter} = {n}" for letter, n in case.sizes.items() if letter in "TNBAKDM")
    return FunctionRaisedError(
        f"{called} raised {type(error).__name__}: {error} ({how}; {case.tag}, {sizes}); "
        f"{remedy(called, family, reading.function)}"
    )


def not_understood(
    called: str, family: Family, reading: Reading | None, function: Any = None
) -> NotUnderstoodError:
    """It is neither right nor equal to a known mistake, and its arguments were guessed."""
    how = f" It was {conventions(reading, family, None, None)[0]}, and in other ways." if reading else ""
    say = remedy(called, family, reading.function if reading else function)
    return NotUnderstoodError(
        f"{called}: however it is called as {family.name}, it is neither correct nor equal to a known "
        f"mistake. Perhaps its arguments were guessed wrongly.{how} {say[0].upper()}{say[1:]}"
    )


def remedy(called: str, family: Family, function: Any = None) -> str:
    """The call with ``adapt`` to write, by the function's own parameters as far as they are known."""
    plain = called.rpartition(".")[2]
    given = arguments_of(family, function)
    return f"say how it is called: rlprobe.check.{family.name}({plain}, adapt=lambda case: {plain}({given}))"


def refusal(case: Case, answer: Answer) -> str:
    """A case that a function that is right otherwise refuses."""
    if answer.error is not None:
        return f"it raises {type(answer.error).__name__} on this case: {case.tag}"
    return f"its result is not finite on this case: {case.tag.removeprefix(FINITE).strip()}"


def _shape(part: Any) -> str:
    array = as_array(part)
    return type(part).__name__ if array is None else f"shape {array.shape}"
