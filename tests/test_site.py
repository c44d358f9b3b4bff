"""The site: every page is reached, every formula is one, and nothing is fetched from anywhere."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("mkdocs")
pytest.importorskip("latex2mathml")

from rlprobe.cli import COMMANDS
from rlprobe.faults import CATALOGUE

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def site():
    """The module that MkDocs calls while it builds the site."""
    sys.path.insert(0, str(ROOT / "docs"))
    try:
        from generate import site
    finally:
        sys.path.pop(0)
    return site


@pytest.fixture(scope="module")
def pages(site):
    """The generated pages by path."""
    return site.pages()


def test_the_home_page_links_to_every_command():
    """Each command is on the home page, with a link to its own page."""
    text = (ROOT / "docs" / "index.md").read_text()
    assert [name for name in COMMANDS if f"(commands/{name}.md)" not in text] == []


def test_every_generated_page_is_in_the_navigation(site, pages):
    """The navigation holds each page, generated or not, exactly once."""
    config = (ROOT / "mkdocs.yml").read_text()
    nav = [{folder: [f"{folder}/index.md"]} for folder in site.FOLDERS]
    site._complete(nav)
    listed = [path for path in re.findall(r"'([\w/-]+\.md)'", str(nav)) if not path.endswith("/index.md")]
    listed += re.findall(r"[\w/-]+\.md", config)
    written = [str(path.relative_to(ROOT / "docs")) for path in (ROOT / "docs").rglob("*.md")]
    assert sorted(listed) == sorted([*pages, *written])


def test_tables_are_well_formed(pages):
    """Every row of a table has as many cells as its head, so no cell holds a bare ``|``."""
    for path, text in pages.items():
        cells = 0
        for line in text.splitlines():
            bare = re.sub(r"`[^`]*`", "", line)
            count = len(re.findall(r"(?<!\\)\|", bare)) if line.startswith("|") else 0
            assert count in {0, cells} or not cells, f"{path}: {line}"
            cells = count


def test_formulas_of_docstrings_are_recognised(site):
    """Code that is a formula becomes LaTeX, and code that is code stays."""
    from generate.formulas import with_formulas

    assert with_formulas("``V = 1 / (1 - gamma)``") == r"$V = \frac{1}{1 - \gamma}$"
    assert with_formulas("``V_i = gamma^(2 (6 - i))``") == r"$V_{i} = \gamma^{2 \, (6 - i)}$"
    assert with_formulas("``done``, ``start=2``") == "``done``, ``start=2``"
    page = site.on_page_content(r'<span class="arithmatex">\(V &lt; \gamma\)</span>')
    assert page.startswith("<math")
    assert "&#x0003C;" in page  # still escaped


@pytest.mark.usefixtures("site")  # which puts the folder of the generators on the path
def test_doctests_of_docstrings_are_code():
    """A doctest stands between fences, and what surrounds it stays."""
    from generate.doctests import fenced

    assert fenced("A.\n\n>>> 1\n1\n\nB.") == "A.\n\n```pycon\n>>> 1\n1\n```\n\nB."
    assert fenced(">>> 1\n1") == "```pycon\n>>> 1\n1\n```"
    assert fenced("Numbers >>> words.") == "Numbers >>> words."


def test_pages_of_faults_show_code_and_link_to_reports(pages):
    """A page shows wrong and right code, and links to public reports."""
    for fault in CATALOGUE:
        page = pages[f"faults/{fault.id}.md"]
        assert fault.wrong.strip() in page
        assert fault.right.strip() in page
        assert fault.not_named in page
        for name, issue in re.findall(r"([\w-]+/[\w.-]+)#(\d+)", fault.doc):
            assert f"https://github.com/{name}/issues/{issue}" in page


@pytest.mark.slow
def test_the_site_needs_nothing_else(tmp_path):
    """The strict build passes, and no page loads a script, style, font or picture from elsewhere."""
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True)
    for page in tmp_path.rglob("*.html"):
        loaded = re.findall(
            r'<(?:script|img|link|iframe|source)\b[^>]*?(?:src|href)="(https?:[^"]*)', page.read_text()
        )
        assert loaded == [], page
        assert "arithmatex" not in page.read_text(), page
    for style in tmp_path.rglob("*.css"):
        assert not re.findall(r"url\(\s*[\"']?https?:|@import", style.read_text()), style
