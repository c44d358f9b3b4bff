"""The page of each command, from its own parser."""

from __future__ import annotations

import argparse

from generate.markdown import joined, sentence, table
from rlprobe.cli import COMMANDS, _parser

MORE = {
    "diagnose": "[Diagnose an agent](../diagnose.md), [a training script](../train_script.md)",
    "demo": "[Quick start](../index.md)",
    "run": "[Is this training run healthy?](../monitors/index.md), [all findings](../findings/index.md)",
    "report": "[Is this training run healthy?](../monitors/index.md), [all findings](../findings/index.md)",
    "list": "[all probes](../probes/index.md), [all faults](../faults/index.md)",
    "explain": "[all probes](../probes/index.md), [all faults](../faults/index.md)",
    "inspect": "[Is my environment ready to learn from?](../inspect/index.md)",
    "battery": "[Has it become worse?](../compare/battery.md)",
    "search": "[Which settings matter?](../compare/search.md)",
    "compare": "[Is the difference real?](../compare/index.md)",
    "play": "[Seeing what the agent sees](../views/index.md)",
    "baselines": "[Which method works here?](../baselines.md)",
    "map": "[Maps of value, policy and visits](../maps.md)",
    "ladder": "[Make the task easier until there is life](../ladder.md)",
    "check": "[Check a function](../check.md)",
    "record": "[Seeing what the agent sees](../views/index.md)",
}
"""Where more is said of a command."""


def command_list() -> str:
    """All commands in a table."""
    rows = [[f"[`rlprobe {name}`]({name}.md)", sentence(summary)] for name, (_, summary) in COMMANDS.items()]
    return joined(
        "# Commands",
        "`rlprobe COMMAND --help` prints what these pages say.",
        table(["command", "what it does"], rows),
    )


def command_page(name: str) -> str:
    """Usage, arguments and examples of a command."""
    parser = _command(name)
    actions = [one for one in parser._actions if not isinstance(one, argparse._HelpAction)]  # noqa: SLF001
    arguments = [[_code(one), (one.help or "").replace("%%", "%").replace("|", r"\|")] for one in actions]
    examples = (parser.epilog or "").strip()
    return joined(
        f"# rlprobe {name}",
        f"{parser.description}",
        f"```text\n{parser.format_usage().removeprefix('usage: ').strip()}\n```",
        table(["argument", "meaning"], arguments),
        f"```text\n{examples}\n```" if examples else "",
        f"More: {MORE[name]}." if name in MORE else "",
    )


def _command(name: str) -> argparse.ArgumentParser:
    subparsers = next(
        action
        for action in _parser([name])._actions  # noqa: SLF001
        if isinstance(action, argparse._SubParsersAction)  # noqa: SLF001
    )
    return subparsers.choices[name]


def _code(action: argparse.Action) -> str:
    named = action.metavar or action.dest.upper()
    named = " ".join(named) if isinstance(named, tuple) else named
    word = f" {named}" if action.nargs != 0 and action.option_strings else ""
    shown = (
        ", ".join(f"{option}{word}" for option in action.option_strings) or f"{action.metavar or action.dest}"
    )
    return f"`{shown}`"
