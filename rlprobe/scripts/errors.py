"""What can go wrong with a script itself, each in one line with what to try."""

from __future__ import annotations

from typing import Any


class ScriptError(Exception):
    """The script cannot go on: what happened, and what to try.

    ``undefined``: its network gives NaN after a standard deviation of a single number, which is NaN.
    ``cause``: the faults that were seen to have made a loss NaN, each with a sentence.
    """

    cause: tuple[tuple[str, str], ...] = ()

    def __init__(
        self,
        what: str,
        *,
        remedy: str = "",
        place: str = "",
        trace: str = "",
        usage: bool = False,
        silent: bool = False,
        undefined: bool = False,
    ) -> None:
        super().__init__(what)
        self.silent, self.undefined = silent, undefined
        self.what, self.remedy, self.place, self.trace = what, remedy, place, trace
        self.usage = usage

    def told(self, output: str) -> str:
        """One line, with the last line that the script printed."""
        lines = [line for line in output.splitlines() if line.strip()]
        last = f"; it last printed {lines[-1].strip()[:160]!r}" if lines and not self.trace else ""
        return f"{self.what}{last}{'; ' + self.remedy if self.remedy else ''}"


EXITED = "does it need arguments? give them after --"
NONE_MADE = (
    "environments are recognised when gymnasium.make, make_vec or a class derived from gymnasium.Env makes "
    "them; name another class with --replace package.module:Class"
)
NEVER_STEPPED = "does it train at all with these arguments? give others after --"


def remedy(message: dict[str, Any]) -> str:
    """What to try after an error that a script raised; empty if nothing is known."""
    kind, text = message["type"], message["error"]
    if kind == "ModuleNotFoundError" and "'gym'" in text:
        return (
            "it is written for gym, which is not maintained: `import gymnasium as gym`, and take five values "
            "from step()"
        )
    if kind == "KeyError" and any(word in text for word in ("final_info", "final_observation")):
        return "only vector environments of Gymnasium below 1.0 give it: try --vector-api 0.29"
    if kind == "FileNotFoundError":
        return "it runs in a folder of its own with copies of small files; give absolute paths after --"
    if kind == "MemoryError" or "allocate memory" in text:
        return "a run may use a third of the machine's memory (4 to 16 GiB): is a buffer larger than that?"
    if "CUDA" in text and ("not compiled" in text or "NVIDIA driver" in text):
        return "it needs CUDA, which this machine does not have: set its device option after --"
    if "nan" in text and kind in {"ValueError", "RuntimeError"}:
        return "its network gives NaN"
    if kind in {"EOFError", "BrokenPipeError", "ConnectionResetError"} and "reading a line" not in text:
        return (
            "does it step its environment in processes of its own? these cannot be followed: use one, or "
            "AsyncVectorEnv, which is then run in one"
        )
    if kind == "EOFError":
        return "it waits for input from the keyboard, and there is none"
    return ""


def manner(code: int) -> str:
    """How a process ended, in words."""
    return f"signal {-code}" if code < 0 else f"exit code {code}"


def ended(message: dict[str, Any]) -> ScriptError | None:
    """What is wrong with the end of a script, from its last message; None if nothing is."""
    if message["how"] == "raised":
        what, place, trace = (message[key] for key in ("error", "place", "trace"))
        undefined = "nan" in what and bool(message.get("undefined"))
        return ScriptError(what, place=place, trace=trace, remedy=remedy(message), undefined=undefined)
    if message["how"] == "exit" and message["code"]:
        return ScriptError(f"the script ended by sys.exit({message['error']})", remedy=EXITED)
    if not message["made"]:
        return ScriptError("the script ended without making an environment", remedy=NONE_MADE, usage=True)
    if not message["steps"]:
        return ScriptError("it made an environment and never stepped it", remedy=NEVER_STEPPED, usage=True)
    return None
