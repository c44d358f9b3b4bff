"""``rlprobe record``: random play of an environment as video."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rlprobe.commands.env_args import ENV_ARG
from rlprobe.output.progress import Progress

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from rlprobe.recorder.recording import Recording

DEFAULT_ENV = "CartPole-v1"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``rlprobe record``."""
    parser.add_argument("id", nargs="?", metavar="ENV", help=f"environment id (default {DEFAULT_ENV})")
    parser.add_argument("--env", metavar="MODULE:FUNCTION", help="a function that makes your own environment")
    parser.add_argument("--env-arg", action="append", metavar="KEY=VALUE", help=ENV_ARG)
    parser.add_argument("--episodes", type=int, metavar="N", help="episodes to play (default 10)")
    parser.add_argument("--steps", type=int, metavar="N", help="decisions in total; then recording stops")
    parser.add_argument("--seed", type=int, metavar="S", help="seed of the episodes")
    parser.add_argument("--out", metavar="FILE", help="video, .mp4 or .gif (default random.mp4)")
    keep = "episodes in the video: all, best, median, worst, or a number for that many of the best"
    parser.add_argument("--keep", default="all", metavar="WHICH", help=keep)
    parser.add_argument("--inner-frames", action="store_true", help="show every frame within a frame skip")
    parser.add_argument("--preprocessed", action="store_true", help="show what the agent sees")
    parser.add_argument("--plain", action="store_true", help="no step, action, reward and return below")
    parser.add_argument("--codec", default="libx264", metavar="NAME", help="encoder of ffmpeg for mp4")


def run(args: argparse.Namespace) -> int:
    """Record; returns the exit code."""
    from rlprobe.environments.opening import arguments_of, open_env
    from rlprobe.recorder.record_random import DEFAULT_EPISODES, record_random

    out = Path(args.out or "random.mp4")
    name = args.id if args.env or args.id else DEFAULT_ENV
    with ExitStack() as stack:
        env: Any = stack.enter_context(open_env(name, args.env, arguments_of(args.env_arg)))
        bar = stack.enter_context(Progress("recording"))
        recording = record_random(
            env,
            out,
            episodes=args.episodes,
            steps=args.steps,
            seed=args.seed,
            keep=args.keep,
            inner_frames=args.inner_frames,
            preprocessed=args.preprocessed,
            annotate=not args.plain,
            codec=args.codec,
            progress=_shown(bar, args.episodes or DEFAULT_EPISODES, args.steps),
        )
    print(recording)  # noqa: T201
    return 0


def _shown(bar: Progress, episodes: int, steps: int | None) -> Callable[[Recording], None]:
    """Moves the bar by episodes, or by steps if ``--steps`` is given."""

    def advance(recording: Recording) -> None:
        done = sum(e.length for e in recording.episodes) if steps else len(recording.episodes)
        bar.update(done, steps or episodes)

    return advance
