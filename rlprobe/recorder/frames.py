"""The pictures of an episode: what is rendered, when, and what is written below it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.environments.rendering import raw_picture, why_no_pictures
from rlprobe.view.agent_view import AgentView
from rlprobe.view.canvas import above, enlarge
from rlprobe.view.text import caption

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import gymnasium as gym

    from rlprobe.recorder.episode import Episode
    from rlprobe.view.canvas import Picture

NARROWEST, ONE_LINE = 280, 560
"""Widths in pixels: of the narrowest picture with words, and of one with room for all of them in a line."""


def viewed(env: gym.Env[Any, Any], *, preprocessed: bool) -> gym.Env[Any, Any]:
    """``env``, rendering what the agent sees (beside the rendered image if there is one) if ``preprocessed``.

    Raises:
        ValueError: nothing can be rendered.
    """
    reason = why_no_pictures(env)
    if preprocessed:
        return env if isinstance(env, AgentView) else AgentView(env, raw=reason is None)
    if reason is not None:
        raise ValueError(f"{reason}, or record what the agent sees with --preprocessed (preprocessed=True)")
    return env


@contextmanager
def each_inner_step(env: gym.Env[Any, Any], take: Callable[[], None]) -> Iterator[None]:
    """Call ``take`` after every step of the bare environment, whatever wrapper repeats the action."""
    bare: Any = env.unwrapped
    step, own = bare.step, bare.__dict__.get("step")

    def stepped(action: Any) -> Any:
        result = step(action)
        take()
        return result

    bare.step = stepped
    try:
        yield
    finally:
        del bare.step
        if own is not None:
            bare.step = own


def annotated(picture: Picture, episode: Episode, reward: float | None) -> Picture:
    """The picture with step, action, reward and return below it; small ones are enlarged for the words."""
    picture = enlarge(picture, max(1, -(-NARROWEST // picture.shape[1])))
    action = "-" if not episode.actions else _short(episode.actions[-1])
    where = f"episode {episode.number + 1}   step {episode.length}   return {episode.total:.5g}"
    what = f"action {action}   reward {'-' if reward is None else f'{reward:.4g}'}"
    width = picture.shape[1]
    lines = [f"{where}   {what}"] if width >= ONE_LINE else [where, what]
    return above([picture, *(caption(line, width) for line in lines)], 0)


def _short(action: Any) -> str:
    if isinstance(action, np.ndarray):
        values = [f"{v:.2g}" for v in action.reshape(-1)[:4]]
        return "[" + " ".join(values) + (" .." if action.size > 4 else "") + "]"
    return str(action)[:24]


def render(env: gym.Env[Any, Any]) -> Picture:
    """The present picture."""
    return raw_picture(env)
