"""What MkDocs asks of us while it builds the site: the generated pages, their navigation, and formulas."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mkdocs.structure.files import File

sys.path.insert(0, str(Path(__file__).parents[1]))

from generate.commands import command_list, command_page
from generate.faults import CATALOGUE, fault_list, fault_page
from generate.findings import finding_list, finding_page
from generate.flags import flag_list, flag_page, section_page
from generate.formulas import as_mathml
from generate.markdown import sentence
from generate.probes import PROBES, probe_list, probe_page
from generate.reference import reference_list
from probe_envs import SUITE, WRAPPER_PROBES
from rlprobe.cli import COMMANDS
from rlprobe.inspection.catalogue import CATALOGUE as FLAGS
from rlprobe.inspection.flag_kind import TITLES
from rlprobe.monitors.findings.catalogue import CATALOGUE as FINDINGS
from rlprobe.monitors.findings.kind import TITLES as PARTS

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files

LABELS = dict.fromkeys(TITLES, "Overview")
"""What the navigation calls the page of a part of an inspection's report."""
GROUPS = {"value": "Values", "action": "Actions", "exploration": "Exploration"}


def _section(section: str, title: str) -> list[tuple[str, str]]:
    """Group and name of the pages of one part of an inspection's report."""
    return [(title, section), *((title, kind.id) for kind in FLAGS if kind.section == section)]


FOLDERS: dict[str, list[tuple[str, str]]] = {
    "probes": [
        (GROUPS[row.asks] if row in SUITE else "Wrappers" if row in WRAPPER_PROBES else "Choices", row.name)
        for row in PROBES
    ],
    "faults": [(sentence(fault.component), fault.id) for fault in CATALOGUE],
    "flags": [pair for section, title in TITLES.items() for pair in _section(section, title)],
    "findings": [(PARTS[kind.part], kind.id) for kind in FINDINGS],
    "commands": [("", name) for name in COMMANDS],
}
"""The folders of generated pages, each with group and name of its pages besides ``index``."""


@cache
def pages() -> dict[str, str]:
    """Every generated page, by its path."""
    return {
        "probes/index.md": probe_list(),
        **{f"probes/{row.name}.md": probe_page(row) for row in PROBES},
        "faults/index.md": fault_list(),
        **{f"faults/{fault.id}.md": fault_page(fault) for fault in CATALOGUE},
        "flags/index.md": flag_list(),
        **{f"flags/{section}.md": section_page(section) for section in TITLES},
        **{f"flags/{kind.id}.md": flag_page(kind) for kind in FLAGS},
        "findings/index.md": finding_list(),
        **{f"findings/{kind.id}.md": finding_page(kind) for kind in FINDINGS},
        "reference/index.md": reference_list(),
        "commands/index.md": command_list(),
        **{f"commands/{name}.md": command_page(name) for name in COMMANDS},
    }


def on_config(config: MkDocsConfig) -> None:
    """Put the generated pages below the first page of their folder in the navigation."""
    assert config.nav is not None
    _complete(config.nav)


def _complete(items: list[Any]) -> None:
    """Add the generated pages to every list of the navigation that holds the first page of their folder."""
    for item in list(items):
        if isinstance(item, dict):
            for inner in item.values():
                if isinstance(inner, list):
                    _complete(inner)
        elif isinstance(item, str) and item.removesuffix("/index.md") in FOLDERS:
            folder = item.removesuffix("/index.md")
            groups: dict[str, list[dict[str, str]]] = {}
            for group, name in FOLDERS[folder]:
                groups.setdefault(group, []).append({LABELS.get(name, name): f"{folder}/{name}.md"})
            items += [*groups.pop("", []), *({group: inner} for group, inner in groups.items())]


def on_files(files: Files, config: MkDocsConfig) -> None:
    """Add the generated pages to the site."""
    for path, text in pages().items():
        files.append(File.generated(config, path, content=text))


def on_page_content(content: str, /, **_: Any) -> str:
    """Turn the formulas of a page into MathML."""
    return as_mathml(content)
