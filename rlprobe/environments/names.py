"""The name of an environment, and the names of the components of its observations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import gymnasium as gym

if TYPE_CHECKING:
    from collections.abc import Sequence


def name_of(env: gym.Env[Any, Any]) -> str:
    """The id it is registered under, or the name of its class.

    >>> import gymnasium as gym
    >>> name_of(gym.make("CartPole-v1"))
    'CartPole-v1'
    """
    return env.spec.id if env.spec is not None else type(env.unwrapped).__name__


def family_of(env: gym.Env[Any, Any]) -> str:
    """The id without namespace and version; empty where it is not registered.

    >>> import gymnasium as gym
    >>> family_of(gym.make("probe/TruncBoot-v0"))
    'TruncBoot'
    """
    return env.spec.id.split("/")[-1].rsplit("-", 1)[0] if env.spec is not None else ""


LANDER: Final = ("x", "y", "x speed", "y speed", "angle", "turning", "left leg down", "right leg down")
WALKER: Final = (
    *("hull angle", "hull turning", "x speed", "y speed"),
    *(f"{joint} {leg}{what}" for leg in (1, 2) for joint in ("hip", "knee") for what in ("", " speed")),
)
KNOWN: Final[dict[str, tuple[str, ...]]] = {
    "CartPole": ("position", "speed", "angle", "turning"),
    "MountainCar": ("position", "speed"),
    "MountainCarContinuous": ("position", "speed"),
    "Acrobot": ("cos 1", "sin 1", "cos 2", "sin 2", "turning 1", "turning 2"),
    "Pendulum": ("cos", "sin", "turning"),
    "LunarLander": LANDER,
    "LunarLanderContinuous": LANDER,
    "BipedalWalker": (
        *(*WALKER[:8], "leg 1 down", *WALKER[8:], "leg 2 down"),
        *(f"lidar {i}" for i in range(10)),
    ),
}
"""Observations of Gymnasium's own environments, from their documentation."""
KEEPS_COMPONENTS: Final = {"NormalizeObservation", "DtypeObservation", "ClipObservation"}
SLIDE, HINGE = 2, 3
"""Joints of MuJoCo that are one number each."""


def component_names(env: gym.Env[Any, Any]) -> Any:
    """Names of the components; None if they are unknown or a wrapper may have changed their order.

    They come from ``observation_names`` of the bare environment (a sequence, or a mapping from path to
    sequence for Dict and Tuple), from a list of Gymnasium's own environments, or from the joints of MuJoCo.

    >>> component_names(gym.make("Pendulum-v1"))
    ('cos', 'sin', 'turning')
    """
    bare: Any = env.unwrapped
    own = getattr(bare, "observation_names", None)
    if own is not None:
        return own
    if not _in_place(env):
        return None
    name = family_of(env)
    found = KNOWN.get(name) or _joints(bare)
    return found if found and env.observation_space.shape == (len(found),) else None


def _in_place(env: gym.Env[Any, Any]) -> bool:
    """Whether every wrapper is one that is known to keep the components where they are."""
    layer: Any = env
    while layer is not layer.unwrapped:
        kind = type(layer)
        ours = kind.__module__.partition(".")[0] == "rlprobe" or kind.__module__.startswith(
            "gymnasium.wrappers"
        )
        moves = isinstance(layer, gym.ObservationWrapper) and kind.__name__ not in KEEPS_COMPONENTS
        if not ours or moves:
            return False
        layer = layer.env
    return True


def _joints(bare: Any) -> Sequence[str]:
    """Positions, then speeds, of the joints of a model that observes nothing else."""
    structure, model = getattr(bare, "observation_structure", None), getattr(bare, "model", None)
    if not isinstance(structure, dict) or model is None:
        return ()
    used = {part: size for part, size in structure.items() if size}
    kinds = {int(kind) for kind in model.jnt_type}
    if not used.keys() <= {"skipped_qpos", "qpos", "qvel"} or not kinds <= {SLIDE, HINGE}:
        return ()
    joints = [model.joint(i).name for i in range(model.njnt)]
    return (*joints[used.get("skipped_qpos", 0) :], *(f"{joint} speed" for joint in joints))
