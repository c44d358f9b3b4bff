"""What a process is told to do: which script, on which probe, read how."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Order:
    """One run of a script on one probe; plain data, so that it can be sent as JSON.

    Args:
        target: the script's path, or the name of a module if ``is_module``.
        is_module: whether to run it as ``python -m`` does.
        args: the script's arguments, ``{seed}``, ``{gamma}`` and ``{steps}`` already filled in.
        folder: the folder the script was started from.
        scratch: the folder it runs in.
        probe: name of the probe.
        options: options of the probe.
        seed: seeds the probe, and the global generators before the script begins.
        gamma: the discount to be read in place of the one written in the script; None leaves it.
        steps: about how many steps the run will have.
        quicken: whether settings that learn slowly are read as faster ones.
        value: expression for values in the script's names; ``"none"`` reads no critic; None looks for one.
        act: expression for actions; None takes what the script did.
        replace: classes ``module:Class`` that stand for environments.
        vector_api: ``"0.29"`` for vector environments as they were before Gymnasium 1.0.
        pay: multiplies the rewards, for scripts that divide them by a constant.
        asked, asked_dtype: the observations that are asked about, as the probe shows them.
    """

    target: str
    is_module: bool = False
    args: tuple[str, ...] = ()
    folder: str = "."
    scratch: str = "."
    probe: str = "Constant"
    options: dict[str, Any] = field(default_factory=dict)
    seed: int = 0
    gamma: float | None = None
    steps: int = 8_000
    quicken: bool = True
    value: str | None = None
    act: str | None = None
    replace: tuple[str, ...] = ()
    vector_api: str = "1.0"
    pay: float = 1.0
    asked: Any = ()
    asked_dtype: str = "float32"

    def as_message(self) -> dict[str, Any]:
        """The order as plain data."""
        return asdict(self)

    @classmethod
    def from_message(cls, message: dict[str, Any]) -> Order:
        """The order that was sent."""
        return cls(**{**message, "args": tuple(message["args"]), "replace": tuple(message["replace"])})
