"""One run of a script on a probe, in a process of its own."""

from __future__ import annotations

import atexit
import contextlib
import importlib
import os
import random
import sys
import traceback
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from gymnasium import spaces
from gymnasium.utils import seeding

from rlprobe.diagnosis.training.log_probs import log_probs_seen
from rlprobe.diagnosis.training.tensor_shapes import shapes_seen
from rlprobe.scripts.inside.changes.fused import fuse_optimisers
from rlprobe.scripts.inside.changes.library_defaults import read_defaults
from rlprobe.scripts.inside.changes.local_files import LocalFiles
from rlprobe.scripts.inside.changes.rewriting import Rewriting
from rlprobe.scripts.inside.changes.rules import discount_rule, quick_rules
from rlprobe.scripts.inside.gate import Gate, Stop
from rlprobe.scripts.inside.older.gym import GymIsGymnasium, unpacks_four
from rlprobe.scripts.inside.reading.calls import Calls
from rlprobe.scripts.inside.reading.frames import script_frames
from rlprobe.scripts.inside.reading.networks import Networks
from rlprobe.scripts.inside.reading.reader import Reader
from rlprobe.scripts.inside.stage import Stage, StageError
from rlprobe.scripts.inside.theatre import Theatre, mdp_of
from rlprobe.scripts.launch import Launch, imported_names, launch, own_files

if TYPE_CHECKING:
    from rlprobe.scripts.inside.order import Order

OUTPUT = "output.txt"
BELIEVED_TIMES = 64
"""How often an action of the user's own expression counts: more than enough to be plainly chosen."""
LAST_BYTES = 4_000
MEMORY_PARTS = 3
"""A run gets this part of the memory of the machine, between 4 and 16 GiB: two may run at once."""
LONGEST_OUTPUT = 4_000_000
SAME_STEP = "final_info", "final_observation"


def log_volume(space: Any) -> float | None:
    """The logarithm of the volume of a bounded ``Box``; None for other spaces."""
    if not isinstance(space, spaces.Box) or not space.is_bounded():
        return None
    return float(np.log(np.asarray(space.high, np.float64) - space.low).sum())


class Play:
    """Answers the diagnosis while the script waits.

    Args:
        order: what is to be done.
        inward, outward: the pipes from and to the diagnosis.
    """

    def __init__(self, order: Order, inward: int, outward: int) -> None:
        self.order = order
        self.gate = Gate(inward, outward, self.answer)
        self.asked = len(order.asked)
        self.theatre: Any = self._environments()
        self.networks: Networks | None = None
        self.rules = Rewriting(
            [
                *([discount_rule(order.gamma)] if order.gamma is not None else []),
                *(quick_rules(order.steps, rates=order.rates) if order.quicken else ()),
            ],
            frozenset(a.lstrip("-").partition("=")[0].replace("-", "_") for a in order.args if a[:1] == "-"),
        )
        self.reader = Reader(None, order.value)
        self.gate.before_first_step = self._note_tables
        self.watching = contextlib.ExitStack()  # never closed: the process ends with the script

    def _environments(self) -> Theatre:
        """What stands for the environments of the script: the probe."""
        order = self.order
        asked = np.array(order.asked, dtype=order.asked_dtype)
        mdp = mdp_of(order.probe, order.options)
        theatre = Theatre(mdp, asked, seed=order.seed, gate=self.gate, vector_api=order.vector_api)
        theatre.pay, theatre.practice = order.pay, order.practice
        return theatre

    def _note_tables(self) -> None:
        """Keep the values of a table from before learning."""
        with _untouched(), contextlib.suppress(Exception):
            self.reader.note_tables(self._training(), self.asked)

    def answer(self, asked: dict[str, Any]) -> dict[str, Any]:
        """The answer to one question; generators are left as they were found."""
        if Path(OUTPUT).stat().st_size > LONGEST_OUTPUT:
            os.truncate(OUTPUT, 0)
        with _untouched():
            self._follow()
            try:
                return self._answer(asked)
            except Exception as error:  # noqa: BLE001 - whatever the script's own functions raise
                return {"at": "answer", "error": f"{type(error).__name__}: {error}"}

    def _answer(self, asked: dict[str, Any]) -> dict[str, Any]:
        what = asked["do"]
        stages = self._training()
        if what == "critic":
            self.reader.look()
            critic = self.reader.find(stages)
            return {
                "at": "answer",
                "critic": critic,
                "note": self.reader.note,
                "sure": self.reader.sure,
                "rivals": self.reader.rivals,
                "recurrent": self.networks is not None and self.networks.recurrent,
                "first": self.reader.first(stages, self.asked) if critic else None,
                "of_actions": any(one is not None for one in self.reader.greedy(self.asked)),
            }
        if what == "values":
            self.reader.look()
            return {
                "at": "answer",
                "values": self.reader.values(stages, self.asked),
                "temperature": self.reader.temperature(),
            }
        if what == "ends":
            self.reader.look()
            return {"at": "answer", "values": self.reader.at_ends(stages, self.asked)}
        if what == "tensors":
            log_probs, shapes = self.tensors
            return {
                "at": "answer",
                "clipped": log_probs.clipped,
                "paired": shapes.paired,
                "equal": shapes.equal,
            }
        if what == "actions":
            self.reader.look()
            if self.order.act is not None:
                return {"at": "answer", "actions": self._believed(stages), "greedy": [None] * self.asked}
            return {"at": "answer", "actions": self._recent(), "greedy": self.reader.greedy(self.asked)}
        if what == "negate":
            for stage in self.theatre.stages:
                stage.pay = -stage.pay
            return {"at": "answer"}
        if what == "frozen":
            return {"at": "answer", "frozen": self.reader.frozen_twin()}
        if what == "parameters":
            self.reader.look()
            return {"at": "answer", "parameters": self.reader.parameters()}
        if what == "about":
            self.reader.look()
            return {"at": "answer", **self._about(stages)}
        raise ValueError(f"unknown question {what!r}")

    def _follow(self) -> None:
        """Tell the hooks which environments are trained on."""
        if self.networks is not None:
            self.networks.stages = self._training()

    def _training(self) -> list[Stage]:
        """The environments of the line that steps most: others are for evaluation."""
        sites = list(self.theatre.sites.values())
        if not sites:
            return list(self.theatre.stages)
        best = max(sites, key=lambda site: site.steps)
        return list(best.stages or self.theatre.stages)

    def _recent(self) -> list[list[Any]]:
        """The latest actions at each queried observation, as the probe takes them."""
        sites = list(self.theatre.sites.values())
        best = max(sites, key=lambda site: site.steps) if sites else None
        rows = [] if best is None else [best.recent.get(i, ()) for i in range(self.asked)]
        return [[np.asarray(a).reshape(-1).tolist() for a in row] for row in rows]

    def _believed(self, stages: list[Stage]) -> list[list[Any]]:
        """The actions that the user's own expression gives, as the probe takes them; said often."""
        said = self.reader.evaluate("--act", str(self.order.act), stages, self.asked)
        given = [np.asarray(stages[0].in_probe(action)).reshape(-1).tolist() for action in said]
        return [[action] * BELIEVED_TIMES for action in given]

    def _about(self, stages: list[Stage]) -> dict[str, Any]:
        stage, gamma = stages[0], self.reader.gamma()
        space = stage.action_space
        return {
            "environments": self.theatre.identities,
            "kind": type(space).__name__,
            "actions": int(getattr(space, "n", 0) or 0) if np.ndim(getattr(space, "n", 0)) == 0 else 0,
            "shape": list(space.shape or ()),
            "log_volume": log_volume(space),
            "observations": str(stage.observation_space)[:80],
            "count": len(stages),
            "gamma": gamma,
            "settings": self.rules.used(self.reader.model),
            "notes": self.theatre.notes,
            "bootstraps": self.networks is not None and self.networks.saw_ends,
            "scales": [list(one) for one in self.rules.scales],
        }

    def run(self) -> int:
        """Run the script to its end; the exit code of this process."""
        order = self.order
        script = Launch(order.target, order.args, order.is_module, order.folder)
        sys.dont_write_bytecode = True
        self._hook()
        sys.path.insert(0, str(script.folder))
        self.theatre.install(order.replace)
        read_defaults(self.rules)
        if any(name.partition(".")[0] == "gym" for name in imported_names(script.path)):
            sys.meta_path.insert(0, GymIsGymnasium())
            self.theatre.four_values = any(unpacks_four(file.read_bytes()) for file in own_files(script.path))
            self.theatre.note("gym is not maintained any more: it was read as gymnasium")
        change = self.rules if self.rules.rules else None
        if self.networks is None:
            self._watch_calls(script)
        here = Path(order.scratch) / script.path.name
        if change is not None:
            sys.meta_path.insert(0, LocalFiles(script.folder, change))
        ending: dict[str, Any] = {"how": "finished"}
        try:
            launch(script, file=str(here), change=change)
        except Stop:
            return 0
        except SystemExit as error:
            ending = {
                "how": "exit",
                "code": error.code if isinstance(error.code, int) else 1 if error.code else 0,
                "error": str(error.code),
            }
        except BaseException as error:  # noqa: BLE001 - whatever a script raises
            if self.gate.stopping:
                return 0
            ending = {"how": "raised", **_told(error, script)}
        self._end(ending)
        return 0

    def _hook(self) -> None:
        log_probs = self.watching.enter_context(log_probs_seen(self.theatre.mdp.action_space))
        self.tensors = log_probs, self.watching.enter_context(shapes_seen())
        torch = sys.modules.get("torch")
        if torch is not None:
            if self.order.quicken:
                fuse_optimisers(torch)
            self.networks = Networks(torch, self.gate)
            self.reader.networks = self.networks
            theatre = self.theatre
            begin = Stage.begin

            def began(stage: Stage, seed: int, sites: Any) -> None:
                begin(stage, seed, sites)
                assert self.networks is not None
                self.networks.stages = [*theatre.stages, stage]
                n = getattr(stage.action_space, "n", None)
                self.networks.actions = int(n) if n is not None and np.ndim(n) == 0 else None
                shape = stage.action_space.shape or ()
                self.networks.width = int(np.prod(shape)) if n is None and shape else None

            Stage.begin = began  # type: ignore[method-assign,assignment]

    def _watch_calls(self, script: Launch) -> None:
        """Watch the functions of a script without torch: its critic is one of them."""
        calls = self.reader.calls = Calls(script.folder)
        self.reader.source = script.path.read_text(errors="replace")
        begin = Stage.begin

        def began(stage: Stage, seed: int, sites: Any) -> None:
            begin(stage, seed, sites)
            calls.begin(stage)

        Stage.begin = began  # type: ignore[method-assign,assignment]
        calls.watch()

    def _end(self, ending: dict[str, Any]) -> None:
        """Tell how the script ended, and answer what is still asked."""
        with contextlib.suppress(Stop):
            while True:
                self.gate.wait(
                    {
                        "at": "end",
                        **ending,
                        "made": len(self.theatre.stages),
                        "modules": [m for m in ("gym", "jax", "tensorflow") if m in sys.modules],
                        **self.gate.counts(),
                    }
                )


def play(order: Order, inward: int, outward: int, kind: type[Play] = Play) -> int:
    """Run an order in this process, which belongs to the script from now on."""
    os.chdir(order.scratch)
    _redirect()
    _limit_memory()
    _seed(order.seed)
    warnings.resetwarnings()
    code = kind(order, inward, outward).run()
    with contextlib.suppress(BaseException):
        atexit._run_exitfuncs()  # noqa: SLF001 - os._exit, which follows, would not run them
    with contextlib.suppress(Exception):
        sys.stdout.flush()
        sys.stderr.flush()
    return code


def _redirect() -> None:
    """Let everything that is printed go to a file of the scratch folder; nothing can be typed in."""
    output = os.open(OUTPUT, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115
    sys.stdout = open(1, "w", buffering=1, closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", buffering=1, closefd=False)  # noqa: SIM115
    sys.__stdin__, sys.__stdout__, sys.__stderr__ = sys.stdin, sys.stdout, sys.stderr  # type: ignore[misc]


def _limit_memory() -> None:
    with contextlib.suppress(ImportError, ValueError, OSError):
        resource = importlib.import_module("resource")
        pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        most = min(max(pages // MEMORY_PARTS, 2**32), 2**34)
        resource.setrlimit(resource.RLIMIT_AS, (most, resource.RLIM_INFINITY))


def _seed(seed: int) -> None:
    """Seed the global generators, and those that the script or Gymnasium makes without a seed."""
    seeds = np.random.default_rng(seed)
    plain, of_gymnasium = np.random.default_rng, seeding.np_random

    def default_rng(seed: Any = None) -> np.random.Generator:
        return plain(int(seeds.integers(2**31)) if seed is None else seed)

    def np_random(seed: int | None = None) -> Any:
        return of_gymnasium(int(seeds.integers(2**31)) if seed is None else seed)

    np.random.default_rng, seeding.np_random = default_rng, np_random
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002 - what scripts draw from
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(seed)


@contextlib.contextmanager
def _untouched() -> Any:
    """Leave the global generators as they are."""
    torch = sys.modules.get("torch")
    held = random.getstate(), np.random.get_state(), torch.get_rng_state() if torch else None  # noqa: NPY002
    try:
        yield
    finally:
        random.setstate(held[0])
        np.random.set_state(held[1])  # noqa: NPY002
        if torch:
            torch.set_rng_state(held[2])


def _told(error: BaseException, script: Launch) -> dict[str, Any]:
    """What a script raised, and where in its own code."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [f for f in frames if Path(f.filename).parent == script.folder or f.filename == str(script.path)]
    place = f"{own[-1].filename}:{own[-1].lineno}" if own else ""
    if isinstance(error, SyntaxError) and error.filename:
        place = f"{error.filename}:{error.lineno}"
    frames_told = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    text = str(error) if isinstance(error, StageError) else f"{type(error).__name__}: {error}".rstrip(": ")
    return {"error": text, "trace": frames_told[-20_000:], "place": place, "type": type(error).__name__}


__all__ = ["Play", "play", "script_frames"]
