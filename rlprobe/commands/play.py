"""``rlprobe play``: play by keyboard from what the agent sees, at the agent's rate."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

from rlprobe.commands.env_args import ENV_ARG

if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``rlprobe play``."""
    parser.add_argument("id", nargs="?", metavar="ENV", help="environment id (default: CartPole from pixels)")
    parser.add_argument("--env", metavar="MODULE:FUNCTION", help="a function that makes your own environment")
    parser.add_argument("--env-arg", action="append", metavar="KEY=VALUE", help=ENV_ARG)
    parser.add_argument("--preprocessed", action="store_true", help="show exactly what the agent sees")
    parser.add_argument("--both", action="store_true", help="show it beside the rendered image")
    parser.add_argument("--fps", type=float, metavar="N", help="steps of the bare environment per second")
    parser.add_argument("--step", action="store_true", help="wait for a key at each decision")
    parser.add_argument("--zoom", type=int, metavar="N", help="enlargement of pictures")
    parser.add_argument("--keys", metavar="FILE", help='JSON such as {"left": 0, "left+up": 2, "noop": 1}')
    strength = "for continuous actions: how far a held key moves them towards the bound (default 1)"
    parser.add_argument("--strength", type=float, default=1.0, metavar="X", help=strength)
    parser.add_argument("--seed", type=int, metavar="S", help="seed of the episodes")
    parser.add_argument("--episodes", type=int, metavar="N", help="end after N episodes")
    parser.add_argument("--save", metavar="FILE", help="write the trajectory to FILE.npz")
    script = "play this JSON list of keys without a screen"
    parser.add_argument("--headless-script", metavar="FILE", help=script)
    parser.add_argument("--video", metavar="FILE", help="write the screen to FILE, .mp4 or .gif")


def run(args: argparse.Namespace) -> int:
    """Play; 0 when the game has ended."""
    from rlprobe.environments.opening import arguments_of, open_env
    from rlprobe.player.playing import play

    own = args.id is not None or args.env is not None
    with open_env(args.id, args.env, arguments_of(args.env_arg)) if own else nullcontext() as env:
        result = play(
            env,
            preprocessed=args.preprocessed,
            both=args.both,
            fps=args.fps,
            step=args.step,
            zoom=args.zoom,
            keys=args.keys,
            strength=args.strength,
            seed=args.seed,
            episodes=args.episodes,
            save=args.save,
            script=args.headless_script,
            video=args.video,
        )
    print(result)  # noqa: T201
    return 0
