"""Every code block of the README and of the documentation runs."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

import pytest

from rlprobe.cli import COMMANDS, _parser

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(
    r"^(?:<!-- (?P<mark>[^\n]*?) -->\n)?```(?P<language>\w*)[^\n]*\n(?P<code>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
TRANSCRIPTS = {"text", "json", "toml", "yaml", "", "console", "diff"}


@dataclass(frozen=True)
class Block:
    """A fenced block and the line it starts on."""

    language: str
    code: str
    line: int
    skipped: bool


def blocks(page):
    """The fenced blocks of a page; ``<!-- skip: reason -->`` on the line before leaves one out."""
    text = page.read_text()
    return [
        Block(
            found["language"],
            found["code"],
            text.count("\n", 0, found.start("code")),
            (found["mark"] or "").startswith("skip:"),
        )
        for found in BLOCK.finditer(text)
    ]


def name(page):
    """How a page is called in the list of tests."""
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_python_blocks_run(page, monkeypatch, tmp_path):
    """The Python blocks of a page run one after the other, as one program in an empty folder."""
    monkeypatch.chdir(tmp_path)
    space = {"__name__": "__main__"}
    for block in blocks(page):
        if block.language in {"python", "py"} and not block.skipped:
            source = "\n" * block.line + block.code
            exec(compile(source, str(page), "exec"), space)


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_commands_parse(page, capsys):
    """Every ``rlprobe`` command shown on a page has the arguments it is shown with."""
    for block in blocks(page):
        if block.language not in {"bash", "sh", "shell"}:
            continue
        for words in commands(block.code):
            try:
                _parser(words).parse_args(words)
            except SystemExit as error:
                where = f"{name(page)}:{block.line}: rlprobe {shlex.join(words)}"
                if error.code:
                    pytest.fail(f"{where}: {capsys.readouterr().err}")


def commands(code):
    """The words after ``rlprobe`` of every command in a shell block."""
    for line in code.replace("\\\n", " ").splitlines():
        for part in line.split("&&"):
            words = shlex.split(part, comments=True)
            if words and Path(words[0]).name == "rlprobe":
                yield words[1:]


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_blocks_are_of_a_known_language(page):
    """A block is Python or shell, and so under test, or of a language that is only shown."""
    for block in blocks(page):
        assert block.language in TRANSCRIPTS | {"python", "py", "bash", "sh", "shell"}, block


def test_blocks_are_found():
    """The pattern sees every fence: half of the fences of each page open a block."""
    for page in PAGES:
        fences = re.findall(r"^ {0,3}```", page.read_text(), re.MULTILINE)
        assert 2 * len(blocks(page)) == len(fences), page


def test_the_readme_names_every_command():
    """The README shows each command there is, at least in passing."""
    text = (ROOT / "README.md").read_text()
    assert [command for command in COMMANDS if f"rlprobe {command}" not in text] == []


def test_ci_runs_what_the_readme_says():
    """The README's two commands are marked for the checks; each is one line and makes its environment."""
    text = (ROOT / "README.md").read_text()
    for mark, last in (("show", "rlprobe diagnose sb3:PPO"), ("test", "pytest -n auto")):
        (block,) = re.findall(rf"<!-- ci: {mark} -->\n```bash\n(.*?)```", text, re.DOTALL)
        assert block.count("\n") == 1
        assert block.startswith("python3 -m venv .venv && ")
        assert block.strip().endswith(last)
        assert f"run_from_readme {mark}" in (ROOT / ".ci" / "run").read_text()
