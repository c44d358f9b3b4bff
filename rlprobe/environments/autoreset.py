"""The autoreset mode of a vector environment, its reset mask and its final observations."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
from gymnasium.vector import AutoresetMode

from rlprobe.environments.nests import is_tensor

if TYPE_CHECKING:
    import numpy.typing as npt
    from gymnasium.vector import VectorEnv


def autoreset_mode(wrapper: object, env: VectorEnv[Any, Any, Any]) -> AutoresetMode:
    """The mode that ``env`` declares in its metadata; the next-step mode, with a warning, if none.

    Raises:
        ValueError: an unknown mode.
    """
    mode = env.metadata.get("autoreset_mode")
    if mode is None:
        warnings.warn(
            f"vector.{type(wrapper).__name__}: {env} does not say in metadata['autoreset_mode'] how it "
            "resets; AutoresetMode.NEXT_STEP is assumed. Declare the mode in the environment's metadata",
            stacklevel=4,
        )
        return AutoresetMode.NEXT_STEP
    try:
        return AutoresetMode(mode)
    except ValueError:
        raise ValueError(
            f"expected one of {list(AutoresetMode)} in metadata['autoreset_mode'], got {mode!r}"
        ) from None


def reset_mask(options: dict[str, Any] | None, num_envs: int) -> npt.NDArray[np.bool_] | None:
    """A copy of ``options["reset_mask"]``, which environments take out of ``options``; None without one.

    Raises:
        ValueError: not a boolean array with one value per environment.
    """
    mask = (options or {}).get("reset_mask")
    if mask is None:
        return None
    if is_tensor(mask):
        mask = mask.detach().cpu().numpy()
    if not isinstance(mask, np.ndarray) or mask.dtype != np.bool_ or mask.shape != (num_envs,):
        got = f"{mask.dtype} array of shape {mask.shape}" if isinstance(mask, np.ndarray) else repr(mask)
        raise ValueError(
            f"expected options['reset_mask'] as a boolean array of shape ({num_envs},), got {got}"
        )
    return mask.copy()


def final_rows(infos: dict[str, Any], terminations: Any, truncations: Any) -> npt.NDArray[np.intp]:
    """The environments that ended in this step and whose final observation is in ``infos["final_obs"]``.

    Entries of other environments may be from an earlier step, because an environment may reuse its dict.
    """
    if "final_obs" not in infos:
        return np.empty(0, dtype=np.intp)
    mask = infos.get("_final_obs")
    if mask is None:
        mask = np.array([item is not None for item in infos["final_obs"]])
    return np.flatnonzero(np.logical_and(mask, np.logical_or(terminations, truncations)))
