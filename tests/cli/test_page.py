"""The report as a page: complete in itself, escaped, and with the same content as the terminal."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

import rlprobe
from rlprobe.diagnosis.report.page import page
from tests.cli.strange_agents import Idle

HOSTILE = "<script>alert('x')</script>"


@pytest.fixture(scope="module")
def report():
    """An agent that learns nothing, under a name that must be escaped."""

    def make_agent(env, setting):
        return Idle(env, setting)

    make_agent.name = HOSTILE
    return rlprobe.diagnose(make_agent, seeds=1, only=["Constant", "Decoder", "Lock"], full=True)


def test_the_page_needs_nothing_else(report):
    """The page loads no script, style, font or picture from anywhere."""
    text = page(report)
    assert re.findall(r'src=|href="(?!#)|url\(|@import|<link|<script', text) == []


def test_links_lead_to_places_on_the_page(report):
    """Every link is to an anchor that the page has."""
    text = page(report)
    targets = re.findall(r'href="#([^"]*)"', text)
    assert targets
    assert set(targets) <= set(re.findall(r' id="([^"]*)"', text))


def test_a_cause_is_shown_in_numbers(report):
    """A cause has a table with a row for each state of a failing probe: expected, learned, predicted."""
    rows = re.findall(r'<tr class="number">(.*?)</tr>', page(report), re.DOTALL)
    cells = [re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL)[:4] for row in rows]
    assert ["0", "1", "0", "0"] in cells  # Constant, whose values an idle agent leaves at 0
    decoder = [cell[:3] for cell in cells if cell[1] in {"2.62", "1.8", "2"}]
    assert decoder[:3] == [["0", "2.62", "0"], ["1", "1.8", "0"], ["2", "2", "0"]]


def test_a_cause_without_numbers_is_shown_in_sentences(report):
    """What was seen directly has no table; its sentences are on the page, escaped."""
    cause = replace(report.causes[0], comparisons=(), evidence=("Constant: <seen> in `step`",))
    text = page(replace(report, causes=(cause,)))
    assert "<li>Constant: &lt;seen&gt; in <code>step</code></li>" in text


class Open(HTMLParser):
    """The elements that are open; raises at an end that belongs to none of them."""

    VOID = frozenset({"meta", "br", "wbr", "hr", "img", "input", "link"})
    OF_SVG = frozenset({"line", "circle", "rect", "path"})

    def __init__(self):
        super().__init__()
        self.open, self.text = [], ""

    def handle_starttag(self, tag, attrs):
        """Keep it until its end."""
        if tag not in self.VOID | self.OF_SVG:
            self.open.append(tag)

    def handle_endtag(self, tag):
        """It has to be the end of the last one."""
        if tag not in self.OF_SVG:
            assert self.open.pop() == tag

    def handle_data(self, data):
        """Keep what is shown."""
        self.text += data


def test_every_element_is_closed(report):
    """Nothing of the page stands in a box of something else, and no piece of a tag is shown as text."""
    parser = Open()
    parser.feed(page(report))
    assert parser.open == []
    assert "section>" not in parser.text


def test_the_page_says_how_it_was_run(report):
    """The page names the arguments of the diagnosis and the versions of what was loaded."""
    text = re.sub(r"<[^>]*>", " ", page(report))
    for name in ("gamma", "seeds", "budget", "python", "gymnasium", "numpy"):
        assert re.search(rf"\b{name}\b", text), name


def test_names_are_escaped(report):
    """What an agent calls itself cannot become part of the page."""
    text = page(report)
    assert HOSTILE not in text
    assert "&lt;script&gt;" in text


def test_the_page_says_what_the_terminal_says(report):
    """Verdict, causes, evidence and every judged probe of the terminal report are on the page."""
    text = html.unescape(re.sub(r"<[^>]*>", "", page(report)))
    assert report.verdict == "faulty"
    for cause in report.causes:
        assert cause.fault in text
        assert cause.look_at.replace("`", "") in text
    assert "Decoder" in text
    assert "(2.62, 1.8, 2)" in text
    assert "Measured, not judged" in text


def test_backticks_become_code(report):
    """What stands between backticks in a sentence is shown as code, and nothing else is trusted."""
    cause = replace(report.causes[0], look_at="the factor `1 - done` <b>here</b>")
    text = page(replace(report, causes=(cause,)))
    assert "<code>1 - done</code> &lt;b&gt;here&lt;/b&gt;" in text


def test_the_terminal_report_fits_80_columns(report):
    """No line of the printed report is wider than 80 columns, and none has colour codes."""
    text = str(report)
    assert max(map(len, text.splitlines())) <= 80
    assert "\x1b" not in text


def test_a_cause_shows_its_fault_in_code(report):
    """The wrong and the right lines of each named fault are on the page."""
    from rlprobe.faults import fault

    text = html.unescape(page(report))
    for cause in report.causes:
        assert fault(cause.fault).wrong.strip() in text
        assert fault(cause.fault).right.strip() in text


def test_faults_that_were_seen_are_explained_in_code_too(tmp_path):
    """Not only those that were inferred from values."""
    from rlprobe.diagnosis.conclusion import conclude
    from rlprobe.diagnosis.judging.result import Result
    from rlprobe.diagnosis.run import Run
    from rlprobe.diagnosis.trial import Trial

    run = Run(seed=0, steps=1, seconds=1.0, gamma=0.9, observed=(("critic-output-limited", "tanh was seen"),))
    path = tmp_path / "page.html"
    conclude("agent", [Result(trial=Trial(name="Constant"), runs=(run,), outcome="pass")]).to_html(path)
    assert "return torch.relu(self.value(x))" in path.read_text()
