"""Record random play as video. Each frame goes to the encoder at once."""

from __future__ import annotations

from contextlib import ExitStack, nullcontext, suppress
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
from gymnasium.envs.registration import EnvSpec

from rlprobe.environments.clock import decision_rate, step_rate
from rlprobe.environments.names import name_of
from rlprobe.environments.opening import open_env
from rlprobe.environments.random_policy import episode_seeds
from rlprobe.environments.signals import SignalError, flag, number
from rlprobe.output.video import check_target
from rlprobe.recorder.episode import Episode
from rlprobe.recorder.frames import annotated, each_inner_step, render, viewed
from rlprobe.recorder.numbers import Rewards
from rlprobe.recorder.recording import Recording
from rlprobe.recorder.selection import Chosen, Everything, check_keep

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    import gymnasium as gym

    from rlprobe.output.video import VideoFile

DEFAULT_EPISODES = 10
MOST_STEPS = 100_000
"""Without ``steps``, an environment that never ends is stopped after this many decisions."""


class EnvironmentCrashedError(RuntimeError):
    """The environment raised an error; the video up to that point is kept."""


def record_random(
    env: gym.Env[Any, Any] | str | EnvSpec,
    path: str | os.PathLike[str],
    *,
    episodes: int | None = None,
    steps: int | None = None,
    seed: int | None = None,
    keep: str | int = "all",
    inner_frames: bool = False,
    preprocessed: bool = False,
    annotate: bool = True,
    codec: str = "libx264",
    progress: Callable[[Recording], None] | None = None,
) -> Recording:
    """Record episodes of the random policy as video, with a JSON of seeds, actions and returns beside it.

    An episode of T decisions gives T + 1 frames, from the start to the terminal frame, at the rate of the
    agent's decisions; memory does not grow with their number. When the environment raises or Ctrl-C is
    pressed, the file up to that point is finished first.

    Args:
        env: made with ``render_mode="rgb_array"``; or what ``gym.make`` takes: an id, ``module:Id-v0``.
        path: the video file, ``.mp4`` or ``.gif``.
        episodes: number of episodes; 10, or as many as ``steps`` allows.
        steps: number of decisions in total; the last episode is cut off when they are used up.
        seed: seed of the recording; every episode has its own seed, written in the JSON.
        keep: ``"all"``, ``"best"``, ``"median"``, ``"worst"``, or a number for that many of the best.
        inner_frames: show every frame within a frame skip, at the rate of the bare environment.
        preprocessed: show the agent's observation, beside the rendered image if there is one.
        annotate: write step, action, reward and return below the picture.
        codec: ffmpeg encoder for mp4.
        progress: called after every episode with the recording so far.

    Raises:
        ValueError: nothing to record, no pictures, or an unknown suffix.
        RecordingError: the file cannot be written.
        EnvironmentCrashedError: the environment raised; the video so far is finished.
    """
    if (episodes is not None and episodes < 1) or (steps is not None and steps < 1):
        raise ValueError(
            f"expected at least one episode and one step, got episodes={episodes}, steps={steps}"
        )
    target, keep = check_target(path), check_keep(keep)
    with ExitStack() as stack:
        if isinstance(env, (str, EnvSpec)):
            env = stack.enter_context(open_env(env))
        shown = viewed(env, preprocessed=preprocessed)
        fps = step_rate(env) if inner_frames else decision_rate(env)
        film = Everything(target, fps, codec) if keep == "all" else Chosen(target, fps, codec, keep)
        base = int(np.random.SeedSequence().generate_state(1)[0]) if seed is None else seed
        run = _Run(shown, film, base, inner_frames=inner_frames, annotate=annotate)
        name = name_of(env)

        def recording(error: str | None = None) -> Recording:
            rates = float(fps), float(decision_rate(env))
            return Recording(target, name, base, *rates, tuple(run.episodes), run.rewards, error)

        budget = steps or MOST_STEPS
        most = episodes or (DEFAULT_EPISODES if steps is None else budget)
        try:
            while len(run.episodes) < most and run.steps < budget:
                run.play(budget)
                if progress is not None:
                    progress(recording())
        except BaseException as error:  # noqa: BLE001 - Ctrl-C too; raised again
            _finish(film, run, recording, error)
        film.close(run.episodes)
        result = recording()
        result.save()
        return result


def _finish(film: Any, run: _Run, recording: Callable[..., Recording], error: BaseException) -> NoReturn:
    """Close the files after ``error`` and raise it again, as a crash of the environment where it is one."""
    try:
        film.close(run.episodes)
    finally:
        with suppress(OSError):  # the first error matters more
            recording(f"{type(error).__name__}: {error}").save()
    raise error


class _Run:
    """The episodes played so far, and the next one."""

    def __init__(
        self, env: gym.Env[Any, Any], film: Any, seed: int, *, inner_frames: bool, annotate: bool
    ) -> None:
        self._env, self._film, self._seed = env, film, seed
        self._inner, self._annotate = inner_frames, annotate
        self.episodes: list[Episode] = []
        self.rewards = Rewards()
        self.steps = 0

    def play(self, budget: int) -> None:
        """Play one episode, or as much of it as the step budget allows."""
        number = len(self.episodes)
        seed, action_seed = episode_seeds(self._seed, number)
        episode = Episode(number, seed=seed)
        self._env.action_space.seed(action_seed)
        self.episodes.append(episode)
        video = self._film.begin(episode)
        self._guard(episode, lambda: self._env.reset(seed=episode.seed))
        self._take(video, episode, None)
        while self.steps < budget:
            if self._decide(video, episode):
                break
        else:
            episode.ended = "cut"
        self._film.end(self.episodes)

    def _decide(self, video: VideoFile, episode: Episode) -> bool:
        """One random action; whether the episode is over."""
        action = self._env.action_space.sample()
        episode.actions.append(action)

        def take() -> None:
            self._take(video, episode, None)

        with each_inner_step(self._env, take) if self._inner else nullcontext():
            reward, terminated, truncated = self._guard(episode, lambda: self._step(action))
        self.steps += 1
        episode.total += reward
        episode.rewarded |= reward > 0
        self.rewards.add(reward)
        if not self._inner:
            self._take(video, episode, reward)
        if terminated or truncated:
            episode.ended = "terminated" if terminated else "truncated"
        return bool(terminated or truncated)

    def _step(self, action: Any) -> tuple[float, bool, bool]:
        """Step; the reward as a number and the flags as truth values."""
        _, reward, terminated, truncated, _ = self._env.step(action)
        return number(reward), flag("terminated", terminated), flag("truncated", truncated)

    def _take(self, video: VideoFile, episode: Episode, reward: float | None) -> None:
        picture = self._guard(episode, lambda: render(self._env))
        picture = annotated(picture, episode, reward) if self._annotate else picture
        video.write(picture, copy=not self._annotate)
        episode.frames += 1

    def _guard(self, episode: Episode, call: Callable[[], Any]) -> Any:
        """Add episode and step to any error of the environment."""
        try:
            return call()
        except OSError:
            raise
        except Exception as error:
            episode.ended = "error"
            where = f"episode {episode.number + 1}, step {episode.length}"
            if isinstance(error, SignalError):
                raise EnvironmentCrashedError(
                    f"{where}: {error}; what was recorded before is kept"
                ) from error
            raise EnvironmentCrashedError(
                f"the environment raised {type(error).__name__} in {where}: {error}; "
                "what was recorded before is kept"
            ) from error
