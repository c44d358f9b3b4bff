"""``script_agent``: diagnose an unchanged training script."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rlprobe.scripts.launch import from_words
from rlprobe.scripts.subject import STEPS, ScriptSubject

if TYPE_CHECKING:
    from collections.abc import Iterable


def script_agent(
    path: str,
    args: Iterable[str] = (),
    *,
    module: bool = False,
    value: str | None = None,
    act: str | None = None,
    replace: Iterable[str] = (),
    vector_api: str | None = None,
    steps: int = STEPS,
    keep_settings: bool = False,
) -> ScriptSubject:
    """An unchanged training script, for ``rlprobe.diagnose``.

    Args:
        path: the script, or the name of a module if ``module``.
        args: its arguments; ``{seed}``, ``{gamma}`` and ``{steps}`` in them are replaced in each run.
        module: whether to run it as ``python -m path``.
        value: expression in the script's names for the values of ``observations``, such as
            ``"agent.get_value(torch.as_tensor(observations))"``; ``"none"`` to read no critic.
        act: the same for actions.
        replace: classes of environments that the script calls directly, as ``package.module:Class``.
        vector_api: ``"0.29"`` for scripts that expect vector environments as before Gymnasium 1.0, ``"1.0"``
            for others; None to look whether the script needs the old ones.
        steps: environment steps after which a run ends.
        keep_settings: keep the script's learning rates and schedules; slower.

    Raises:
        LaunchError: there is no such script.
    """
    return ScriptSubject(
        from_words(path, args, module=module),
        value=value,
        act=act,
        replace=tuple(replace),
        vector_api=vector_api,
        steps=steps,
        quicken=not keep_settings,
    )
