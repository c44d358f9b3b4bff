"""One run of a script, in a process of its own."""

from __future__ import annotations

import atexit
import contextlib
import gc
import os
import sys
import traceback
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rlprobe.diagnosis.wording import in_one_line
from rlprobe.monitors.hooks.deviations import Deviations
from rlprobe.scripts.inside.changes.at_run_time.config_files import read_config_files
from rlprobe.scripts.inside.changes.at_run_time.library_defaults import read_defaults
from rlprobe.scripts.inside.changes.local_files import LocalFiles
from rlprobe.scripts.inside.changes.rewriting import Rewriting
from rlprobe.scripts.inside.changes.rules import discount_rule, quick_rules
from rlprobe.scripts.inside.gate import Gate, Stop
from rlprobe.scripts.inside.older.gym import GymIsGymnasium, unpacks_four
from rlprobe.scripts.inside.reading import tables
from rlprobe.scripts.inside.reading.functions.calls import Calls
from rlprobe.scripts.inside.reading.reader import Reader
from rlprobe.scripts.inside.reading.written_rows import WrittenRows
from rlprobe.scripts.inside.sources import imported_names, own_files, plays_atari
from rlprobe.scripts.inside.stage import Stage, StageError
from rlprobe.scripts.inside.surroundings import (
    OUTPUT,
    limit_memory,
    mirrored,
    redirect,
    seed_all,
    untouched,
)
from rlprobe.scripts.launch import Launch, launch
from rlprobe.scripts.notebooks.cells import code_of

if TYPE_CHECKING:
    from rlprobe.scripts.inside.order import Order
    from rlprobe.scripts.inside.reading.networks.hooks import Networks

LONGEST_OUTPUT = 4_000_000
INTEGERS = (
    "`{name}` holds whole numbers only, so that each update of it is cut to one: make it with dtype=float"
)


class Play:
    """Answers the diagnosis while the script waits.

    Args:
        order: what is to be done.
        inward, outward: the pipes from and to the diagnosis.
    """

    def __init__(self, order: Order, inward: int, outward: int) -> None:
        self.order = order
        self.script = Launch(order.target, order.args, order.is_module, order.folder)
        self.gate = Gate(inward, outward, self.answer)
        self.asked = len(order.asked)
        self.theatre: Any = self._environments()
        self.networks: Networks | None = None
        self.deviations = Deviations(filled=order.deviations_filled)
        atari = plays_atari(self.script)
        self.rules = Rewriting(
            [
                *([discount_rule(order.gamma)] if order.gamma is not None else []),
                *(quick_rules(order.steps, rates=order.rates, pictures=atari) if order.quicken else ()),
            ],
            frozenset(a.lstrip("-").partition("=")[0].replace("-", "_") for a in order.args if a[:1] == "-"),
        )
        self.reader = Reader(None, order.value)
        self.gate.before_first_step = self._note_tables
        self.watching = contextlib.ExitStack()  # never closed: the process ends with the script

    def _environments(self) -> Any:
        """What stands for the environments of the script."""
        raise NotImplementedError

    def _training(self) -> list[Any]:
        """The environments of the line that steps most: others are for evaluation."""
        raise NotImplementedError

    def _answer(self, asked: dict[str, Any]) -> dict[str, Any]:
        """The answer to one question."""
        raise NotImplementedError

    def _tell_apart(self, stages: list[Any]) -> None:
        """See that the script, which has not taken a step yet, tells all observations apart."""

    def _hook(self) -> None:
        """Watch the networks of the script."""
        raise NotImplementedError

    def _note_tables(self) -> None:
        """Keep the values of a table from before learning."""
        gc.freeze()  # what the script has imported by now
        with untouched(), contextlib.suppress(Exception):
            self.reader.look()
            self._tell_apart(self._training())
            self.reader.note_tables(self._training(), self.asked)
            for name in tables.of_integers(self.reader.names):
                self.theatre.note(INTEGERS.format(name=name))

    def answer(self, asked: dict[str, Any]) -> dict[str, Any]:
        """The answer to one question; generators are left as they were found."""
        output = Path(self.order.scratch) / OUTPUT
        if output.stat().st_size > LONGEST_OUTPUT:
            os.truncate(output, 0)
        with untouched():
            self._follow()
            try:
                return self._answer(asked)
            except Exception as error:  # noqa: BLE001 - whatever the script's own functions raise
                said = f"{type(error).__name__}: {error}"
                return {"at": "answer", "error": said, "trace": traceback.format_exc()[-20_000:]}

    def _follow(self) -> None:
        """Tell the hooks which environments are trained on."""
        if self.networks is not None:
            self.networks.stages = self._training()

    def run(self) -> int:
        """Run the script to its end; the exit code of this process."""
        order, script = self.order, self.script
        sys.dont_write_bytecode = True
        self._hook()
        sys.path.insert(0, str(script.folder))
        self.theatre.install(order.replace)
        read_defaults(self.rules)
        files, imported = own_files(script), imported_names(script)
        if self.rules.rules:
            read_config_files(self.rules, imported)
        if any(name.partition(".")[0] == "gym" for name in imported):
            sys.meta_path.insert(0, GymIsGymnasium())
            library = any(name.partition(".")[0] == "stable_baselines3" for name in imported)
            if not library and any(unpacks_four(code_of(file)) for file in files):
                self.theatre.give_four_values()
            self.theatre.note("gym is not maintained any more: it was read as gymnasium")
        self.reader.source = "\n".join(code_of(file).decode(errors="replace") for file in files)
        change = self.rules if self.rules.rules else None
        if self.networks is None:
            self._watch_calls(script)
        here = mirrored(order.scratch, script.path)
        sys.meta_path.insert(0, LocalFiles(script, order.scratch, change))
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

    def _watch_calls(self, script: Launch) -> None:
        """Watch the functions and tables of a script without torch: its critic is one of them."""
        rows, took = WrittenRows(), self.gate.took

        def noting(number: int, action: int) -> None:
            rows.step(number)
            took(number, action)

        self.reader.find_table, self.gate.took = rows.find, noting  # type: ignore[method-assign]
        calls = self.reader.calls = Calls(script.owns)
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
                        "undefined": self.deviations.undefined,
                        "made": len(self.theatre.stages),
                        "modules": [m for m in ("gym", "jax", "tensorflow") if m in sys.modules],
                        **self.gate.counts(),
                    }
                )


def play(order: Order, inward: int, outward: int, kind: type[Play]) -> int:
    """Run an order in this process, which belongs to the script from now on."""
    os.chdir(mirrored(order.scratch, Path(order.folder)))
    redirect(Path(order.scratch) / OUTPUT)
    limit_memory()
    seed_all(order.seed)
    warnings.resetwarnings()
    code = kind(order, inward, outward).run()
    with contextlib.suppress(BaseException):
        atexit._run_exitfuncs()  # noqa: SLF001 - os._exit, which follows, would not run them
    with contextlib.suppress(Exception):
        sys.stdout.flush()
        sys.stderr.flush()
    return code


def _told(error: BaseException, script: Launch) -> dict[str, Any]:
    """What a script raised, and where in its own code."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [f for f in frames if script.owns(f.filename)]
    place = f"{own[-1].filename}:{own[-1].lineno}" if own else ""
    if isinstance(error, SyntaxError) and error.filename:
        place = f"{error.filename}:{error.lineno}"
    frames_told = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    text = str(error) if isinstance(error, StageError) else in_one_line(error)
    return {"error": text, "trace": frames_told[-20_000:], "place": place, "type": type(error).__name__}
