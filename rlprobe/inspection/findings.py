"""What an inspection found, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rlprobe.output.exit_codes import FOUND, HEALTHY, INTERRUPTED

if TYPE_CHECKING:
    from rlprobe.inspection.flag import Flag
    from rlprobe.inspection.sections.contract import Contract
    from rlprobe.inspection.sections.horizon import Horizon
    from rlprobe.inspection.sections.life import Life
    from rlprobe.inspection.sections.picture import Picture
    from rlprobe.inspection.sections.scale import Scale
    from rlprobe.inspection.sections.time_step import TimeStep
    from rlprobe.inspection.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Findings:
    """What an inspection found.

    Args:
        env: name of the environment.
        stack: its wrappers, outermost first.
        settings: the arguments of the inspection.
        steps: steps of random play for the statistics.
        copies: number of environments played at once for most of them.
        seconds: wall time of the whole inspection.
        playing: wall time of the random play.
        life: returns and lengths of random episodes.
        scale: statistics of observations and rewards.
        horizon: delays of rewards, and the discount.
        timestep: frame skips; None if they could not be tried.
        contract: checks of the Gymnasium interface.
        picture: contact sheet and video; None if there are none.
        flags: what is wrong or worth a look, worst first.
        missing: parts that could not be done, with the reason.
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
        """The flags of severity ``"harmful"``: they prevent or impair learning."""
        return tuple(flag for flag in self.flags if flag.severity == "harmful")

    @property
    def exit_code(self) -> int:
        """0 clean, 1 something harmful, 130 interrupted."""
        return INTERRUPTED if self.interrupted else FOUND if self.harmful else HEALTHY

    def flag(self, id_: str) -> Flag | None:
        """The first flag with this id, or None."""
        return next((flag for flag in self.flags if flag.id == id_), None)
