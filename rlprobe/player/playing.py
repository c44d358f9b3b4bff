"""``rlprobe.play``: play by keyboard from what the agent sees, at the agent's rate."""

from __future__ import annotations

import warnings
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from fractions import Fraction
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gymnasium.envs.registration import EnvSpec

from rlprobe.environments.clock import decision_rate, step_rate
from rlprobe.environments.names import name_of
from rlprobe.environments.opening import open_env
from rlprobe.environments.rendering import why_no_pictures
from rlprobe.output.video import VideoFile, check_target
from rlprobe.player.default_game import default_game
from rlprobe.player.game import Game, Played
from rlprobe.player.keys.controls import Controls
from rlprobe.player.keys.keymap import default_keys
from rlprobe.player.keys.own_keys import own_keys, read_keys
from rlprobe.player.live import Live
from rlprobe.player.score import Score, play_randomly, score
from rlprobe.player.screen import Screen
from rlprobe.player.script import decisions, play_script, read_script
from rlprobe.player.trajectory import save_trajectory
from rlprobe.player.window import Window, check_display
from rlprobe.view.agent_view import AgentView

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import gymnasium as gym

    from rlprobe.player.keys.binding import KeyMap
    from rlprobe.view.canvas import Picture


@dataclass(frozen=True)
class Result:
    """A finished game: its seed, every episode, and the score against random play."""

    seed: int
    episodes: tuple[Played, ...]
    score: Score

    def __str__(self) -> str:
        return str(self.score)


@dataclass(frozen=True)
class Options:
    """The arguments of ``play``, checked before anything is opened."""

    preprocessed: bool
    both: bool
    fps: float | None
    step: bool
    zoom: int | None
    keys: Mapping[str, Any] | str | os.PathLike[str] | None
    strength: float
    seed: int | None
    episodes: int | None
    save: Path | None
    script: Sequence[Any] | str | os.PathLike[str] | None
    video: Path | None

    def __post_init__(self) -> None:
        if self.fps is not None and not self.fps > 0:
            raise ValueError(f"fps must be greater than 0, got {self.fps}")
        if not 0 < self.strength <= 1:
            raise ValueError(f"strength must be above 0 and at most 1, got {self.strength}")
        if self.zoom is not None and self.zoom < 1:
            raise ValueError(f"zoom must be a whole number of at least 1, got {self.zoom}")
        if self.episodes is not None and self.episodes < 1:
            raise ValueError(f"expected at least one episode, got {self.episodes}")
        if self.save is not None and (self.save.suffix != ".npz" or not self.save.parent.is_dir()):
            raise ValueError(
                f"save must be a file ending in .npz in an existing folder, got {str(self.save)!r}"
            )
        if self.video is not None:
            check_target(self.video)


def play(
    env: gym.Env[Any, Any] | str | EnvSpec | None = None,
    *,
    preprocessed: bool = True,
    both: bool = False,
    fps: float | None = None,
    step: bool = False,
    zoom: int | None = None,
    keys: Mapping[str, Any] | str | os.PathLike[str] | None = None,
    strength: float = 1.0,
    seed: int | None = None,
    episodes: int | None = None,
    save: str | os.PathLike[str] | None = None,
    script: Sequence[Any] | str | os.PathLike[str] | None = None,
    video: str | os.PathLike[str] | None = None,
) -> Result:
    """Play ``env`` with the keyboard, one decision per decision of the agent.

    Args:
        env: the environment with its wrappers, or what ``gym.make`` takes; by default CartPole from pixels.
        preprocessed: show the observation; if False, the image that the environment renders.
        both: show the observation and the rendered image side by side.
        fps: steps of the bare environment per second; by default the time of its physics, or its
            ``render_fps``. A frame skip of 4
            makes a quarter as many decisions.
        step: wait for a key before each decision.
        zoom: enlargement, a whole number.
        keys: your own mapping, such as ``{"left": 0, "left+up": 2, "noop": 1}``, or a JSON file of it.
        strength: for Box actions: how far a held key moves the action from idle towards the bound, 0 to 1.
        seed: seed of the episodes.
        episodes: end after this many episodes.
        save: write the trajectory to this ``.npz``.
        script: play this list of keys (or JSON file of it) instead of opening a window.
        video: write the screen to this ``.mp4`` or ``.gif``.

    Returns:
        The episodes, and the score compared with as many random episodes.

    Raises:
        ValueError: an invalid option, key, action or script entry.
        NoDisplayError: there is no screen, and no script.
    """
    options = Options(
        preprocessed=preprocessed or both,
        both=both,
        fps=fps,
        step=step,
        zoom=zoom,
        keys=keys,
        strength=strength,
        seed=seed,
        episodes=episodes,
        save=None if save is None else Path(save),
        script=script,
        video=None if video is None else Path(video),
    )
    if script is None:
        check_display()
    with ExitStack() as stack:
        if env is None:
            env = stack.enter_context(default_game())
        elif isinstance(env, (str, EnvSpec)):
            env = stack.enter_context(open_env(env))
        return _play(env, options)


def _play(env: gym.Env[Any, Any], options: Options) -> Result:
    keymap = _keymap(env, options)
    steps = None if options.script is None else decisions(_script(options.script), keymap)
    shown = _shown(env, options)
    rate = decision_rate(env)
    if options.fps is not None:
        rate *= Fraction(options.fps).limit_denominator(1000) / step_rate(env)
    screen = Screen(shown, keymap, rate, camera=options.both, zoom=options.zoom)
    game = Game(shown, options.seed, keep=options.save is not None)
    live = Live(game, screen, keymap, _controls(keymap, options), rate)
    try:
        with _film(options.video, rate) as film:
            if steps is not None:
                play_script(game, keymap, steps, screen, film=film, episodes=options.episodes)
            else:
                live.film = film
                _on_screen(live, options)
    finally:
        if options.save is not None:
            save_trajectory(options.save, [e for e in game.episodes if e.actions], name_of(env))
    random = play_randomly(env, game.seed, len(game.finished)) if game.finished else []
    blind = options.preprocessed and not (options.both or live.camera_seen)
    result = score(game.finished, random, live.reached, from_observation=blind)
    return Result(game.seed, tuple(e for e in game.episodes if e.actions), result)


def _keymap(env: gym.Env[Any, Any], options: Options) -> KeyMap:
    if options.keys is None:
        keymap = default_keys(env, options.strength)
        if keymap.notes:
            warnings.warn("; ".join(keymap.notes), stacklevel=4)
        return keymap
    table = options.keys if isinstance(options.keys, dict) else read_keys(options.keys)  # type: ignore[arg-type]
    return own_keys(env, table)


def _script(script: Sequence[Any] | str | os.PathLike[str]) -> Sequence[Any]:
    return read_script(script) if isinstance(script, (str, PathLike)) else script


def _shown(env: gym.Env[Any, Any], options: Options) -> gym.Env[Any, Any]:
    reason = why_no_pictures(env)
    if options.both and reason is not None:
        raise ValueError(reason)
    if options.preprocessed:
        return env if isinstance(env, AgentView) else AgentView(env, zoom=options.zoom)
    if reason is not None:
        raise ValueError(f"{reason}, or play what the agent sees with --preprocessed (preprocessed=True)")
    return env


@contextmanager
def _film(path: Path | None, rate: Fraction) -> Iterator[Callable[[Picture], None] | None]:
    """A function that adds a picture to the video, which is always finished; None without a path."""
    if path is None:
        yield None
        return
    video = VideoFile(check_target(path), rate)
    try:
        yield video.write
    finally:
        video.close()


def _controls(keymap: KeyMap, options: Options) -> Controls:
    return Controls(keymap.keys, step=options.step, camera=options.both)


def _on_screen(live: Live, options: Options) -> None:
    """Open a window as large as the first picture and play; a film keeps its size."""
    first = live.screen.draw(live.game, note=live.controls.note())
    size = first.shape[1], first.shape[0]
    window = Window(f"rlprobe play: {name_of(live.game.env)}", size, resizable=live.film is None)
    try:
        live.display = window
        live.run(options.episodes)
    finally:
        window.close()
