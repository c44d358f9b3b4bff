"""The result of a check: the record of a correct function, or the error that names the mistake."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Checked:
    """A function that is correct; printing it shows its conventions.

    Args:
        function: its name.
        family: the family it was checked as.
        conventions: how its arguments are passed and what it returns, in words.
        cautions: what its caller must know.
        cases: number of cases on which it was correct.
        seconds: how long the check took.
        identities: properties that it has, which need no reference.
    """

    function: str
    family: str
    conventions: tuple[str, ...]
    cautions: tuple[str, ...]
    cases: int
    seconds: float
    identities: tuple[str, ...] = ()

    def __str__(self) -> str:
        lines = [f"{self.function}: correct, as {self.family} ({self.cases} cases, {self.seconds:.2f} s)"]
        lines += [f"  {one}" for one in self.conventions]
        if self.identities:
            lines.append(f"  {len(self.identities)} identities hold too, such as: {self.identities[0]}")
        lines += [f"  Note: {one}" for one in self.cautions]
        return "\n".join(lines)

    def as_json(self) -> dict[str, Any]:
        """The record as a JSON object."""
        return {
            "schema": 1,
            "function": self.function,
            "family": self.family,
            "verdict": "right",
            "mistake": None,
            "conventions": list(self.conventions),
            "cautions": list(self.cautions),
            "identities": list(self.identities),
            "cases": self.cases,
            "seconds": round(self.seconds, 3),
        }


class CheckFailure(AssertionError):  # noqa: N818 - a failed assertion, as pytest shows it
    """A function is wrong; the message names the mistake and shows the smallest case found.

    Args:
        story: the whole message.
        function: the function's name.
        family: the family it was checked as.
        mistake: id of the mistake for ``rlprobe explain``; None if it is not a known one.
        conventions: how the function was called, in words.
        seconds: how long the check took.
    """

    def __init__(
        self,
        story: str,
        *,
        function: str = "",
        family: str = "",
        mistake: str | None = None,
        conventions: tuple[str, ...] = (),
        seconds: float = 0.0,
    ) -> None:
        super().__init__(story)
        self.story, self.function, self.family, self.mistake = story, function, family, mistake
        self.conventions, self.seconds = conventions, seconds

    def as_json(self) -> dict[str, Any]:
        """The failure as a JSON object."""
        return {
            "schema": 1,
            "function": self.function,
            "family": self.family,
            "verdict": "wrong",
            "mistake": self.mistake,
            "story": self.story,
            "conventions": list(self.conventions),
            "seconds": round(self.seconds, 3),
        }


class NotUnderstoodError(ValueError):
    """No way to call the function was found; the message shows how to write the call with ``adapt``."""


class FunctionRaisedError(RuntimeError):
    """The function raised an error, however it was called; the message says with what."""
