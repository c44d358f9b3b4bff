"""What a diagnosis trains: anything that runs on a trial with a seed."""

from __future__ import annotations

import sys
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from rlprobe.diagnosis.factory import Traits, describe
from rlprobe.diagnosis.questions import AgentError
from rlprobe.diagnosis.run import Failure, Run
from rlprobe.diagnosis.training.runner import CannotBuildError, run
from rlprobe.diagnosis.wording import in_one_line
from rlprobe.environments.user_code import in_library

if TYPE_CHECKING:
    from rlprobe.agent import MakeAgent
    from rlprobe.diagnosis.trial import Trial


@runtime_checkable
class Subject(Protocol):
    """Anything that trains an agent on a trial: a ``make_agent``, a training script."""

    @property
    def traits(self) -> Traits:
        """Its name and what it can be trained on; raises ``AgentError`` if it cannot be diagnosed."""
        ...

    def run(self, trial: Trial, seed: int, *, until: float) -> Run | Failure:
        """Train on ``trial`` until the answer is clear, or ``time.perf_counter()`` reaches ``until``."""
        ...


class AgentSubject:
    """Agents built by ``make_agent(env, setting)``, trained in this process."""

    def __init__(self, make_agent: MakeAgent) -> None:
        self.make_agent = make_agent
        self.traits = describe(make_agent)

    def run(self, trial: Trial, seed: int, *, until: float) -> Run | Failure:
        """Build an agent and train it; any error becomes a ``Failure``."""
        try:
            return run(self.make_agent, trial, seed, seconds=until - time.perf_counter())
        except CannotBuildError as error:
            cause = error.__cause__ or error
            return Failure(str(error), traceback.format_exc(), _place(cause), refused=True)
        except AgentError as error:
            return Failure(str(error), traceback.format_exc(), unreadable=True)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a foreign agent raises
            return Failure(in_one_line(error), traceback.format_exc(), _place(error))


def _place(error: BaseException) -> str:
    """The last line of the agent's own code in the traceback; if there is none, of a library it uses."""
    ours = tuple(str(Path(sys.modules[name].__file__ or "").parent) for name in ("rlprobe", "probe_envs"))
    frames = [f for f in traceback.extract_tb(error.__traceback__) if not f.filename.startswith(ours)]
    own = [f for f in frames if not in_library(f.filename)] or frames
    return f"{own[-1].filename}:{own[-1].lineno}" if own else ""
