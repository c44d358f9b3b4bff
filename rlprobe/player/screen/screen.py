"""The whole screen of a game as one picture: figures above, pictures in the middle, key caps below."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rlprobe.environments.names import name_of
from rlprobe.environments.rendering import raw_picture, why_no_pictures
from rlprobe.player.keys.key_names import CONTROLS
from rlprobe.player.screen.caps import ROW, drawn_row, flow, line
from rlprobe.player.screen.episode_over import episode_over
from rlprobe.player.screen.header import HEIGHT as HEADER
from rlprobe.player.screen.header import PAD, Figure, header
from rlprobe.player.screen.help import help_page
from rlprobe.player.screen.hints import Hint, hints
from rlprobe.player.screen.meanings import action_names, in_words
from rlprobe.player.screen.rewards import Flash, flash
from rlprobe.player.screen.stage import Stage
from rlprobe.view.agent_view import AgentView
from rlprobe.view.canvas import ALARM, GOOD, above, blank, frame
from rlprobe.view.text import width_of

if TYPE_CHECKING:
    from fractions import Fraction

    import gymnasium as gym

    from rlprobe.player.game import Game
    from rlprobe.player.keys.binding import KeyMap
    from rlprobe.view.canvas import Picture

LAPTOP: Final = (1320, 690)
"""The largest window that a laptop of 1366 by 768 pixels shows whole, with title and task bar."""
LEAST: Final = (880, 480)
SMALLEST: Final = (480, 320)
FLASH_FRAME: Final = 4
MORE: Final = 150
"""Pixels for saying how many more keys there are."""
EYES: Final = """\
The agent's observation is shown pixel for pixel. Stacked frames have their age in decisions below them. For
numbers, the bright mark is the current value and the band the range seen so far."""
FLASHES: Final = "The frame flashes green for an unusually high reward and red for an unusually low one."
ENDS: Final = """\
Terminated: the environment ended the episode. Truncated: a limit cut it off, and the value of the last state
still counts."""


class Screen:
    """Draws a game; every picture has the same size until ``fit`` asks for another.

    Args:
        env: whose ``render()`` is shown: an ``AgentView`` for what the agent sees.
        keymap: for the key caps.
        rate: decisions per second.
        camera: show the environment's own picture beside what the agent sees; F2 changes it.
        zoom: enlargement of the environment's own picture at the start; by default what suits a laptop.
    """

    def __init__(
        self,
        env: gym.Env[Any, Any],
        keymap: KeyMap,
        rate: Fraction,
        *,
        camera: bool = False,
        zoom: int | None = None,
    ) -> None:
        self._env, self._keymap, self._rate, self._zoom = env, keymap, rate, zoom
        self._view = env if isinstance(env, AgentView) else None
        self.has_camera = self._view is not None and why_no_pictures(env.env) is None  # type: ignore[attr-defined]
        self.camera = camera and self.has_camera
        self._names = action_names(env)
        self._actions = hints(keymap, env, self._names)
        shown = {key: what for key, what in CONTROLS.items() if what != "camera" or self.has_camera}
        self._controls = [Hint(((key,),), what) for key, what in shown.items()]
        self._size: tuple[int, int] | None = None
        self._stage: Stage | None = None

    # -- size --------------------------------------------------------------------------------------

    def show_camera(self, *, shown: bool) -> None:
        """Show or hide the environment's own picture beside what the agent sees."""
        if shown != self.camera and self.has_camera:
            self.camera = shown
            self._stage = None

    def fit(self, size: tuple[int, int] | None) -> None:
        """Use a window of this width and height from now on; None for a size of the screen's own."""
        if size is not None:
            size = max(size[0], SMALLEST[0]), max(size[1], SMALLEST[1])
        if size is not None and size != self._size:
            self._size, self._stage = size, None

    def _arranged(self) -> Stage:
        """The stage, laid out for the size of the window."""
        if self._stage is None:
            self._stage = self._made()
            arrange = self._stage.fit
            if self._size is None:
                self._size, arrange = self._natural(self._stage), self._stage.hold
            width, height = self._size
            self._footers = self._footer(width)
            arrange(width - 2 * PAD, height - HEADER - self._footers)
        return self._stage

    def _made(self) -> Stage:
        view = self._view
        if view is None:
            return Stage(lambda: raw_picture(self._env), None, "", self._zoom)
        camera = (lambda: raw_picture(view.env)) if self.camera else None
        return Stage(camera, view.pane, f"what the agent sees: {described(view.observation_space)}")

    def _natural(self, stage: Stage) -> tuple[int, int]:
        """Width and height of a window that suits the pictures and fits a laptop."""
        room, below = LAPTOP[0] - 2 * PAD, self._footer(LAPTOP[0])
        wide, tall = stage.natural(room, LAPTOP[1] - HEADER - below)
        width = max(LEAST[0], wide + 2 * PAD)
        if (needed := self._footer(width)) > below:  # a narrower window has more rows of keys
            below = needed
            wide, tall = stage.natural(room, LAPTOP[1] - HEADER - below)
            width = max(width, wide + 2 * PAD)
        return width, min(LAPTOP[1], max(LEAST[1], HEADER + tall + below))

    def _footer(self, width: int) -> int:
        return ROW * sum(map(len, self._rows(width - 2 * PAD))) + PAD

    def _rows(self, width: int) -> tuple[list[list[Hint]], list[list[Hint]]]:
        """Rows of caps: two of actions at most, and two of the game's own."""
        actions = flow(self._actions, width)
        if len(actions) > 2:  # the second row leaves room for how many more there are
            actions = [actions[0], flow(self._actions[len(actions[0]) :], width - MORE)[0]]
        return actions, flow(self._controls, width)[:2]

    # -- drawing -----------------------------------------------------------------------------------

    def draw(
        self, game: Game, action: Any = None, *, speed: float = 1.0, note: str = "", manual: bool = False
    ) -> Picture:
        """The present state of ``game``.

        Args:
            game: in progress.
            action: the last one taken; None for none.
            speed: factor of the rate.
            note: a state such as ``"PAUSED"``.
            manual: show the page of help instead of the pictures.
        """
        stage = self._arranged()
        assert self._size is not None
        width, height = self._size
        middle = height - HEADER - self._footers
        reward = flash(game, 0.0 if note else float(self._rate) * speed)
        page = blank(height, width)
        page[:HEADER] = self._header(game, action, speed, note, reward)
        page[HEADER : HEADER + middle, PAD : width - PAD] = stage.draw()
        below = episode_over(game.now, width, self._footers) if game.now.over else self._caps(action, width)
        page[height - self._footers :] = below
        if reward is not None:
            colour = GOOD if reward.high else ALARM
            frame(page, (6, HEADER - 4, width - 12, middle + 8), colour, FLASH_FRAME)
        if manual:
            page[HEADER:] = help_page(page[HEADER:], self._actions, self._controls, self._sentences())
        return page

    def _header(self, game: Game, action: Any, speed: float, note: str, reward: Flash | None) -> Picture:
        now = game.now
        last = reward.value if reward is not None else now.rewards[-1] if now.rewards else None
        start = int(getattr(self._env.action_space, "start", 0)) if self._names else 0
        chosen = "-" if action is None else in_words(action, self._names, start)
        figures = [
            Figure("RETURN", f"{now.total:.4g}", 92),
            Figure("REWARD", signed(last), 92, GOOD if reward and reward.high else ALARM if reward else None),
            Figure("STEP", f"{len(now.actions)}", 62),
            Figure("EPISODE", f"{len(game.episodes)}", 62),
            Figure("ACTION", chosen, 150 if self._names and _is_choice(action) else 210),
        ]
        rate = f"{float(self._rate) * speed:.4g} decisions a second"
        if speed != 1:
            rate += f", speed x{speed:g}"
        return header(name_of(self._env), rate, note, figures, self._size[0] if self._size else LEAST[0])

    def _caps(self, action: Any, width: int) -> Picture:
        lit = int(action) if action is not None and self._names is not None and _is_choice(action) else None
        actions, controls = self._rows(width - 2 * PAD)
        drawn = [drawn_row(row, width - 2 * PAD, lit) for row in actions]
        if hidden := len(self._actions) - sum(map(len, actions)):
            _more(drawn[-1], hidden)
        drawn += [drawn_row(row, width - 2 * PAD, quiet=True) for row in controls]
        footer = blank(self._footers, width)
        footer[PAD // 2 : PAD // 2 + ROW * len(drawn), PAD : width - PAD] = above(drawn, 0)
        return footer

    def _sentences(self) -> list[str]:
        """What the page of help says."""
        idle = in_words(self._keymap.noop, self._names)
        rate = f"{float(self._rate):.4g}"
        return [
            f"Every decision of yours is one decision of the agent, {rate} a second at normal speed.",
            f"With no key held the action is: {idle}.",
            *self._keymap.notes,
            *([EYES] if self._view is not None else []),
            FLASHES,
            ENDS,
        ]


def described(space: gym.Space[Any]) -> str:
    """Shape and type of an observation, as in ``"4 x 84 x 84, uint8"``."""
    shape = getattr(space, "shape", None)
    if shape is None or not hasattr(space, "low"):
        return type(space).__name__
    return f"{' x '.join(map(str, shape)) or 'one number'}, {space.dtype}"


def signed(reward: float | None) -> str:
    """A reward with its sign, in three digits.

    >>> signed(1.0), signed(-0.04567), signed(0.0), signed(-0.0000234), signed(None)
    ('+1', '-0.0457', '0', '-2e-05', '-')
    """
    if reward is None:
        return "-"
    if not reward:
        return "0"
    return f"{reward:+.3g}" if 1e-3 <= abs(reward) < 1e5 else f"{reward:+.0e}"


def _is_choice(action: Any) -> bool:
    return not hasattr(action, "shape") or action.shape == ()


def _more(row: Picture, hidden: int) -> None:
    """Say at the end of a row that there are more keys."""
    words = f"   and {hidden} more: F1"
    room = width_of(words, 14)
    row[:, row.shape[1] - room :] = line(words, room)
