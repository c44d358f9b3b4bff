"""Ask a script that waits in ``env.step``, and say in words why there is no answer."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from rlprobe.scripts.errors import ScriptError, manner
from rlprobe.scripts.process import GoneError, SilenceError

if TYPE_CHECKING:
    from rlprobe.scripts.process import Process

LAST_WORD_S = 8.0


class Conversation:
    """Questions to one run of a script, and its answers.

    Args:
        process: where it runs.
        until: when to give up, in ``time.perf_counter()``.
    """

    def __init__(self, process: Process, until: float) -> None:
        self.process, self.until = process, until

    def asked(self, message: dict[str, Any]) -> dict[str, Any]:
        """The answer to a question about values, actions or the script itself.

        Raises:
            ScriptError: it could not be answered.
        """
        answer = self.patiently(message)
        if "error" in answer and answer["at"] == "answer":
            what, trace = f"its values or actions could not be read: {answer['error']}", answer["trace"]
            raise ScriptError(what, trace=trace, usage=True)
        return answer

    def frozen_twin(self) -> str | None:
        """The name of a network like the critic's whose weights were never changed; None if there is none."""
        found = self.asked({"do": "frozen"})["frozen"]
        return None if found is None else str(found)

    def parameters(self) -> list[str]:
        """A fingerprint of each table or array that is called as parameters are."""
        return list(self.asked({"do": "parameters"})["parameters"])

    def about(self) -> dict[str, Any]:
        """What is known of the script itself."""
        return self.asked({"do": "about"})

    def patiently(self, message: dict[str, Any] | None) -> dict[str, Any]:
        """The next message of the script, after ``message`` was sent to it.

        Raises:
            ScriptError: the script is silent, or gone.
        """
        until = self.until + LAST_WORD_S
        try:
            return self.process.hear(until) if message is None else self.process.ask(message, until)
        except SilenceError:
            self.process.close()
            raise ScriptError(
                silent=True,
                what=f"the script took no step in its environment, {LAST_WORD_S:.0f} s after its time was up",
                remedy="does it wait for something, or loop without env.step? a longer --budget helps then",
            ) from None
        except GoneError as gone:
            raise ScriptError(
                f"the script's process ended by itself ({manner(gone.code)})",
                remedy="it may have run out of memory, crashed in a library, or called os._exit",
            ) from None

    def explain(self, error: ScriptError) -> None:
        """Say why a loss was NaN before the script raised an error, if that was seen."""
        if "nan" not in error.what.lower():
            return
        with contextlib.suppress(ScriptError):
            seen = self.asked({"do": "tensors"})
            error.cause = tuple((str(name), str(sentence)) for name, sentence in seen["cause"])
            error.remedy = str(seen["why"]) or error.remedy
