"""The order for one run: which script, on which probe, and how to read it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Order:
    """One run of a script on one probe; plain data, so that it can be sent as JSON.

    Args:
        target: the script's path, or the name of a module if ``is_module``.
        is_module: whether to run it as ``python -m`` does.
        args: the script's arguments, with ``{seed}``, ``{gamma}`` and ``{steps}`` already replaced.
        folder: the folder the script was started from.
        scratch: the folder it runs in.
        probe: name of the probe.
        options: options of the probe.
        seed: the seed of the probe, and of the global generators before the script begins.
        gamma: the discount that replaces the one written in the script; None to keep it.
        steps: about how many steps the run will have.
        quicken: whether slow hyperparameters are replaced by faster ones.
        rates: whether learning rates are among them.
        value: expression for values in the script's names; ``"none"`` to read no critic; None to look for
            one.
        act: expression for actions; None for the actions that the script took.
        replace: classes ``module:Class`` of environments to replace.
        vector_api: ``"0.29"`` for vector environments as before Gymnasium 1.0.
        pay, lift: factor of the rewards, and what is added then, for scripts that undo it.
        deviations_filled: whether the standard deviation of a single number becomes 1 instead of NaN.
        shaped: whether wrappers of the script shape rewards, which is then left out; None to find out.
        practice: steps at the beginning in which no episode starts with the offer of CashOut.
        frame_skips: steps that wrappers repeat within one of their own, as far as it is known.
        asked, asked_dtype: the queried observations, as the probe shows them.
        given: instead of a probe, the environment of the user: its name and its packed spaces.
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
    rates: bool = True
    value: str | None = None
    act: str | None = None
    replace: tuple[str, ...] = ()
    vector_api: str = "1.0"
    pay: float = 1.0
    lift: float = 0.0
    practice: int = 0
    shaped: bool | None = None
    deviations_filled: bool = False
    frame_skips: int = 0
    asked: Any = ()
    asked_dtype: str = "float32"
    given: dict[str, Any] | None = None

    def as_message(self) -> dict[str, Any]:
        """The order as plain data."""
        return asdict(self)

    @classmethod
    def from_message(cls, message: dict[str, Any]) -> Order:
        """The order that was sent."""
        return cls(**{**message, "args": tuple(message["args"]), "replace": tuple(message["replace"])})
