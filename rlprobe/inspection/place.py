"""Seed and step at which something happened in random play, so that it can be replayed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """A step of random play.

    Args:
        seed: the seed of the last seeded reset.
        step: steps since that reset; 0 is the observation of the reset.
        after_reset: whether it is the observation of the reset that followed this step, not of the step.
        copy: the index within a vector environment, or None.
        copies: the number of environments in the vector environment.

    >>> str(Place(3, 120)), str(Place(3, 120, after_reset=True))
    ('seed 3, step 120', 'seed 3, the reset after step 120')
    """

    seed: int
    step: int
    after_reset: bool = False
    copy: int | None = None
    copies: int = 1

    def __str__(self) -> str:
        what = f"the reset after step {self.step}" if self.after_reset else f"step {self.step}"
        which = "" if self.copy is None else f" of copy {self.copy} of the vector environment"
        return f"seed {self.seed}, {what}{which}"

    @property
    def call(self) -> str:
        """The call that replays it.

        >>> Place(3, 120, after_reset=True).call
        'rlprobe.inspection.playing.replay(env, 3, 120, after_reset=True)'
        """
        env, more = "env", ", after_reset=True" if self.after_reset else ""
        if self.copy is not None:
            env = f"gym.make_vec(id, {self.copies}, 'vector_entry_point')"
            more = f", copy={self.copy}"
        return f"rlprobe.inspection.playing.replay({env}, {self.seed}, {self.step}{more})"


@dataclass(frozen=True)
class Failure:
    """An error of the environment during play: it raised, or returned something invalid.

    Args:
        place: seed and step.
        during: the method.
        error: type and message of the error.
        wrong: what is wrong with the returned value; empty if it raised.
    """

    place: Place
    during: str
    error: str
    wrong: str = ""

    @property
    def what(self) -> str:
        """What raised it."""
        return self.during if " " in self.during else f"{self.during}()"
