"""The page of each fault: what it is, wrong and right code, what a report says, and what an agent learns."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from generate.formulas import with_formulas
from generate.markdown import joined, links, sentence, table, with_reports
from generate.predictions import LEARNERS, VALUE_PROBES, by_learner, expected, states
from generate.probes import PROBES
from rlprobe.diagnosis.report.example import example_of
from rlprobe.faults import CATALOGUE, NAMED, UNNAMED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rlprobe.faults.declaration import Fault, Form

MOST_FORMS = 4
"""Forms of a fault that a page shows unfolded."""
INTRODUCTION = """# Faults

Every fault that a diagnosis can name, by the part of the agent that is wrong, and then those that it cannot.
`rlprobe explain NAME` prints the same on the terminal.
"""
NOT_NAMED = """## Not named by a diagnosis

Each page says why, and what sees the fault instead.
"""
ACTORS = {
    "worst": "the worst action",
    "not_best": "any action but the best",
    "ignores_observation": "the same action whatever it observes",
    "guess": "one action or another, by chance, for each observation",
    "any": "an action that cannot be predicted",
    "untrained": "whatever it did before learning",
    "still": "whatever it did before learning: it never moves",
    "unscaled": "the action that lies where the best one would without rescaling",
    "untried": "the best of the few actions it has tried",
    "follows_large_inputs": "an action that follows the largest component of the observation only",
}


def fault_list() -> str:
    """All faults, one table for each component."""
    components = dict.fromkeys(fault.component for fault in NAMED)
    return joined(
        INTRODUCTION,
        *(
            f"## {sentence(component)}\n\n{_listed(one for one in NAMED if one.component == component)}"
            for component in components
        ),
        NOT_NAMED,
        _listed(UNNAMED),
    )


def _listed(faults: Iterable[Fault]) -> str:
    return table(["fault", "what happens"], [[f"[{one.id}]({one.id}.md)", one.summary] for one in faults])


def fault_page(fault: Fault) -> str:
    """What a fault is, where to look, what a report says, and the values it leads to."""
    what = fault.doc.partition("\n")[2]
    shown = [row.name for row in PROBES if fault.id in row.isolates]
    return joined(
        f"# {fault.id}",
        f"**{fault.summary}** It is in the *{fault.component}*.",
        with_reports(with_formulas(what)),
        fault.not_named,
        f'!!! tip "Look at"\n    {_stopped(sentence(fault.look_at))}',
        _snippets(fault),
        _report(fault),
        "" if fault.not_named else joined("## What an agent with it learns", _forms(fault.forms)),
        joined(
            "## See also",
            f"- Probes that isolate it: {links(shown, '../probes/')}" if shown else "",
            _neighbours(fault),
            "- [How a diagnosis finds the fault](../how.md), [faults that look alike](../limits.md)",
        ),
    )


def _neighbours(fault: Fault) -> str:
    others = [one.id for one in CATALOGUE if one.component == fault.component and one is not fault]
    return f"- Other faults in the {fault.component}: {links(others)}" if others else ""


def _snippets(fault: Fault) -> str:
    """Wrong and right code."""
    both = {"Wrong": fault.wrong, "Right": fault.right}
    blocks = (f'```python title="{title}"\n{code.strip()}\n```' for title, code in both.items())
    return joined("## In code", '<div class="wrong-right" markdown>', *blocks, "</div>")


def _report(fault: Fault) -> str:
    """What a diagnosis prints for an agent that has learned exactly what is predicted."""
    lines = [f"- {line}" for line in example_of(fault)]
    if not lines:
        return ""
    found = [fault.summary, *lines, f"Look at {_stopped(fault.look_at)}"]
    wrapped = [line for words in found for line in _wrapped(words)]
    text = "\n".join([f"1. {fault.id}  ({fault.component})", *wrapped])
    return joined("## What the report says", f"```text\n{text}\n```")


def _stopped(words: str) -> str:
    return words if words.endswith("?") else f"{words}."


def _wrapped(words: str) -> list[str]:
    further = "     " if words.startswith("- ") else "   "
    return textwrap.wrap(words, 78, initial_indent="   ", subsequent_indent=further, break_on_hyphens=False)


def _forms(forms: tuple[Form, ...]) -> str:
    """Predictions of every form; of many forms all but the first are folded."""
    if not forms:
        return "It shows directly in the agent's actions and values, whatever it has learned."
    if len(forms) <= MOST_FORMS:
        return joined(*(f"### {sentence(form.name)}\n\n{_form(form)}" for form in forms))
    folded = (
        f'??? abstract "{sentence(form.name)}"\n\n{textwrap.indent(_form(form), "    ")}'
        for form in forms[1:]
    )
    return joined(f"### {sentence(forms[0].name)}\n\n{_form(forms[0])}", "### Other forms", *folded)


def _filled(cells: list[str]) -> list[str]:
    return [cell or "no effect" for cell in cells]


def _probes_of(form: Form) -> list[str]:
    """The probes of trials that a form shows on, which are named by probe, or by probe and options."""
    return list(dict.fromkeys(label.split()[0] for label in sorted(form.only_on)))


def _form(form: Form) -> str:
    """Predictions of one form of a fault."""
    rows = [
        [
            f"[{row.name}](../probes/{row.name}.md)",
            states(row),
            expected(row),
            *(c or "no effect" for c in cells),
        ]
        for row in VALUE_PROBES
        if any(cells := by_learner(row, form))
    ]
    kinds = [name for name, learner in LEARNERS.items() if form.applies(learner)]
    notes = [
        "In a vector environment with `next_step` autoreset:" if form.reset_transitions and rows else "",
        table(["probe", "states", "expected", *kinds], rows),
        "This happens in vector environments only." if form.vector_only else "",
        "" if rows or form.only_on or form.free else "The learned values stay as expected.",
        f"It shows on {links(_probes_of(form), '../probes/')}." if form.only_on else "",
        "These are the values for long rollouts; in short ones, the last step of each is not affected."
        if form.at_ends
        else "",
        "Shown for a factor of 0.4; a diagnosis considers any factor, which may differ between probes."
        if form.free == "factor"
        else "",
        "A diagnosis considers any offset, which may differ between probes." if form.free == "offset" else "",
        f"On probes that ask for actions, the policy comes to {ACTORS[form.actor]}."
        if form.actor != "best"
        else "",
    ]
    return joined(*notes)
