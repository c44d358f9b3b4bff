"""Where in the random play something happened, so that it can be played again."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """Where in the play something happened.

    Args:
        seed: of the reset with which the stretch of play began.
        step: steps since then; 0 is the observation of that reset.
        after_reset: whether the observation of the reset that followed this step is meant, and not that of
            the step itself.
        copy: which environment of a vector environment, or None.
        copies: how many it has.

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
        """The call that leads there again.

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
    """An error that the environment raised while it was played, or that something it returned is.

    Args:
        place: where it was.
        during: the method.
        error: type and words.
        wrong: what it returned that it should not; empty where it raised.
    """

    place: Place
    during: str
    error: str
    wrong: str = ""

    @property
    def what(self) -> str:
        """What raised it."""
        return self.during if " " in self.during else f"{self.during}()"
