"""What an inspection found: for people (``print``), for machines (JSON), as one page (HTML)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rlprobe.output.exit_codes import INTERRUPTED
from rlprobe.output.files import write_atomically

if TYPE_CHECKING:
    import os

    from rlprobe.inspection.flag import Flag
    from rlprobe.inspection.sections.contract import Contract
    from rlprobe.inspection.sections.horizon import Horizon
    from rlprobe.inspection.sections.life import Life
    from rlprobe.inspection.sections.picture import Picture
    from rlprobe.inspection.sections.scale import Scale
    from rlprobe.inspection.sections.time_step import TimeStep
    from rlprobe.inspection.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Inspection:
    """The answer of ``rlprobe.inspect``.

    Args:
        env: name of the environment.
        stack: its wrappers, outermost first.
        settings: what was asked.
        steps: steps played for the statistics.
        copies: environments that were played at once for most of them.
        seconds: wall time of the whole inspection.
        playing: wall time of that play.
        life: signs of life.
        scale: observations and reward.
        horizon: the discount.
        timestep: frame skips; None if they could not be tried.
        contract: checks.
        picture: contact sheet and video; None if there are none.
        flags: what is wrong or worth a look, the worst first.
        missing: parts that could not be done, and why.
        interrupted: whether the user stopped it.
    """

    env: str
    stack: str
    settings: Settings
    steps: int
    copies: int
    seconds: float
    playing: float
    life: Life
    scale: Scale
    horizon: Horizon
    timestep: TimeStep | None
    contract: Contract
    picture: Picture | None
    flags: tuple[Flag, ...]
    missing: tuple[str, ...] = ()
    interrupted: bool = False

    @property
    def harmful(self) -> tuple[Flag, ...]:
        """The flags that spoil learning."""
        return tuple(flag for flag in self.flags if flag.severity == "harmful")

    @property
    def exit_code(self) -> int:
        """0 clean, 1 something harmful, 130 interrupted."""
        return INTERRUPTED if self.interrupted else int(bool(self.harmful))

    def flag(self, id_: str) -> Flag | None:
        """The first flag with this id, or None."""
        return next((flag for flag in self.flags if flag.id == id_), None)

    def as_dict(self) -> dict[str, Any]:
        """The report as plain data, schema 1."""
        from rlprobe.inspection.report.plain import as_dict

        return as_dict(self)

    def to_json(self, path: str | os.PathLike[str]) -> None:
        """Write the report as JSON (schema 1); the file is complete or not there at all."""
        text = json.dumps(self.as_dict(), indent=2, allow_nan=False) + "\n"
        write_atomically(path, text.encode())

    def to_html(self, path: str | os.PathLike[str]) -> None:
        """Write the report as one page that needs nothing else."""
        from rlprobe.inspection.report.page import page

        write_atomically(path, page(self).encode())

    def __str__(self) -> str:
        from rlprobe.inspection.report.terminal import lines

        return "\n".join(line for line, _ in lines(self))
