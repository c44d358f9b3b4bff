"""The report as one HTML page that works offline, in light and dark, on a phone and on a desktop."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from rlprobe.diagnosis.report.console import MARK, expected, learned, measured, notes, share
from rlprobe.extras import need

if TYPE_CHECKING:
    from rlprobe.diagnosis.report.findings import Findings

TEMPLATE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ report.agent }}: {{ report.verdict }}</title>
<style>
:root { color-scheme: light dark; --ok: #1a7f37; --bad: #cf222e; --maybe: #9a6700; --line: #8884; }
@media (prefers-color-scheme: dark) { :root { --ok: #3fb950; --bad: #ff7b72; --maybe: #d29922; } }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2rem; }
.healthy, .pass { color: var(--ok); } .faulty, .fail { color: var(--bad); }
.inconclusive, .undecided { color: var(--maybe); } .skipped { opacity: .6; }
.cause { border-left: 4px solid var(--bad); padding: .2rem 1rem; margin: 1rem 0; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; }
td, th { text-align: left; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid var(--line);
         vertical-align: top; } td.mark { font-weight: 700; }
td.number { font-variant-numeric: tabular-nums; } small { opacity: .75; }
</style></head><body>
<h1>{{ report.agent }}: <span class="{{ report.verdict }}">{{ report.verdict }}</span></h1>
<p>{{ "{:,}".format(report.steps) }} environment steps in {{ "%.0f"|format(report.seconds) }} seconds.</p>
{% if report.crash %}<p class="faulty">The agent crashed on {{ report.crash[0] }}:
{{ report.crash[1].error }}</p>{% endif %}
{% for cause in report.causes %}<section class="cause">
<h2>{{ cause.fault }} <small>{{ cause.component }}, {{ cause.confidence|share }}</small></h2>
<p>{{ cause.summary|code }}</p><ul>{% for line in cause.evidence %}<li>{{ line }}</li>{% endfor %}</ul>
<p><strong>Look at {{ cause.look_at|code }}.</strong></p></section>{% endfor %}
{% if report.interrupted %}<p>Interrupted: this is what was known so far.</p>{% endif %}
{% for note in notes %}<p>{{ note|code }}</p>{% endfor %}
<h2>Probes</h2><div class="scroll"><table>
<tr><th></th><th>probe</th><th>right</th><th>learned</th></tr>
{% for row in rows %}<tr><td class="mark {{ row.outcome }}">{{ row.mark }}</td>
<td>{{ row.label }}<br><small>{{ row.why }}</small></td>
<td class="number">{{ row.right }}</td><td class="number">{{ row.learned }}</td></tr>
{% endfor %}</table></div>
{% if measured %}<h2>Measured, not judged</h2>
<ul>{% for line in measured %}<li>{{ line }}</li>{% endfor %}</ul>
{% endif %}</body></html>
"""


def page(report: Findings) -> str:
    """The page as text."""
    environment = need("jinja2", "an HTML report").Environment(autoescape=True)
    environment.filters |= {"share": share, "code": _code}
    template = environment.from_string(TEMPLATE)
    return str(
        template.render(report=report, rows=_rows(report), notes=notes(report), measured=measured(report))
    )


def _code(words: str) -> Any:
    """Escaped text in which what stands between backticks is code."""
    markup = need("markupsafe", "an HTML report")
    return markup.Markup(re.sub(r"`([^`]*)`", r"<code>\1</code>", str(markup.escape(words))))


def _rows(report: Findings) -> list[dict[str, Any]]:
    return [
        {
            "outcome": result.outcome,
            "mark": MARK[result.outcome],
            "label": result.trial.label,
            "right": expected(result),
            "learned": learned(result),
            "why": result.why,
        }
        for result in report.results
        if result.trial.probe.asks != "exploration"
    ]
