"""Writes one page per probe and per fault while the site is built, from the code itself."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import gymnasium as gym
import mkdocs_gen_files
import numpy as np

from probe_envs import SUITE, WRAPPER_PROBES, Probe, solve
from probe_envs.dynamics import Dynamics
from rlprobe.faults import FAULTS, WRAPPER_FAULTS
from rlprobe.faults.prediction import predict
from rlprobe.faults.transitions import Learner, observed_in

if TYPE_CHECKING:
    from rlprobe.faults.declaration import Fault, Form
    from rlprobe.faults.fixed_point import Values

GAMMA = 0.9
LEARNERS = {"one-step targets": Learner(gamma=GAMMA), "λ = 0.95": Learner(gamma=GAMMA, lam=0.95)}
PROBES = (*SUITE, *WRAPPER_PROBES)
CATALOGUE = (*FAULTS, *WRAPPER_FAULTS)
VALUE_PROBES = [row for row in SUITE if row.asks == "value"]
ASKS = {
    "value": "The critic must learn the exact values.",
    "action": "The actor must find a best action everywhere.",
    "exploration": "Measured, not judged: how far exploration or credit reaches.",
}


def main() -> None:
    """Write all pages, their two lists and the navigation."""
    for row in PROBES:
        write(f"probes/{row.name}.md", probe_page(row))
        picture(row)
    for fault in CATALOGUE:
        write(f"faults/{fault.id}.md", fault_page(fault))
    write("probes/index.md", probe_list())
    write("faults/index.md", fault_list())
    write("probes/SUMMARY.md", "* [All probes](index.md)\n" + links(row.name for row in PROBES))
    write("faults/SUMMARY.md", "* [All faults](index.md)\n" + links(fault.id for fault in CATALOGUE))


def write(path: str, text: str) -> None:
    """Add a page to the site."""
    with mkdocs_gen_files.open(path, "w") as file:
        file.write(text)


def links(names: Any) -> str:
    """A list of pages in the navigation."""
    return "".join(f"* [{name}]({name}.md)\n" for name in names)


def table(head: list[str], rows: list[list[str]]) -> str:
    """A table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def number(value: float) -> str:
    """A value in a table; zero has no sign."""
    return "∞" if value == np.inf else "-∞" if value == -np.inf else f"{round(value, 3) + 0.0:.3g}"


def values(predicted: Values, queried: Any) -> str:
    """Predicted values in the order of the report."""
    if not predicted.stable:
        return "diverges"
    shown = zip(predicted.mean[queried], predicted.known[queried], strict=True)
    words = [number(v) if known else "as at first" for v, known in shown]
    return words[0] if len(words) == 1 else "(" + ", ".join(words) + ")"


def question(row: Probe) -> str:
    """The first line of the documentation, without the name."""
    words = row.doc.splitlines()[0].split(": ", 1)[-1]
    return words[0].upper() + words[1:]


def probe_page(row: Probe) -> str:
    """What a probe isolates, its exact answer and what each fault makes of it."""
    rest = row.doc.partition("\n")[2]
    before = ", ".join(f"[{name}]({name}.md)" for name in row.prerequisites) or "nothing"
    isolates = ", ".join(f"[{name}](../faults/{name}.md)" for name in row.isolates) or "none in particular"
    return "\n\n".join(
        [
            f"# {row.name}",
            f"*{question(row)}*",
            rest.strip(),
            f"{ASKS[row.asks]} Isolates {isolates}. Must pass before: {before}.",
            f'```python\nimport gymnasium as gym\nimport probe_envs\n\nenv = gym.make("{row.id}")\n```',
            f"![{row.name} as a graph]({row.name}.png)",
            answers(row),
            mistakes(row) if row in VALUE_PROBES else "",
        ]
    )


def answers(row: Probe) -> str:
    """The exact values of every state."""
    mdp = row.mdp()
    found = solve(mdp, GAMMA)
    actions = list(mdp.actions)
    numbered = list(enumerate(found.table.states))
    head = ["state", "V", *([f"Q of action {a}" for a in actions] if 1 < len(actions) < 8 else []), "best"]
    rows = []
    for i, state in numbered:
        q = [number(v) for v in found.Q[i]] if 1 < len(actions) < 8 else []
        best = ", ".join(str(actions[k]) for k in np.flatnonzero(found.optimal[i]))
        rows.append([f"`{state!r}`", number(found.V[i]), *q, best if len(best) < 40 else "many"])
    more = f"\n{len(rows) - 30} more states are not shown.\n" if len(rows) > 30 else ""
    return f"## Exact answer at gamma {GAMMA}\n\n{table(head, rows[:30])}{more}"


def mistakes(row: Probe) -> str:
    """What every fault that shows here teaches."""
    mdp = row.mdp()
    queried = observed_in(Dynamics(mdp)).queried
    rows = []
    for fault in FAULTS:
        for form in fault.forms:
            cells = [cell(row, form, learner) for learner in LEARNERS.values()]
            if any(cells):
                link = f"[{fault.id}](../faults/{fault.id}.md)"
                rows.append([link, form.name, *[c or "no effect" for c in cells]])
    right = values(predict(mdp, Learner(gamma=GAMMA)), queried)
    return (
        f"## What faults teach here\n\nIn the order in which reports show them; right is {right}.\n\n"
        + table(["fault", "form", *LEARNERS], rows)
    )


def cell(row: Probe, form: Form, learner: Learner) -> str:
    """The predicted wrong values; empty if the fault does not show."""
    if not form.applies(learner):
        return ""
    mdp = row.mdp()
    mode = "next_step" if form.reset_transitions else None
    queried = observed_in(Dynamics(mdp)).queried
    right, wrong = predict(mdp, learner), predict(mdp, learner, (form,), autoreset_mode=mode)
    with np.errstate(invalid="ignore"):
        same = np.allclose(wrong.mean[queried], right.mean[queried], atol=5e-3) and wrong.known[queried].all()
    return "" if same and wrong.stable else values(wrong, queried)


def fault_page(fault: Fault) -> str:
    """What a fault is, where to look, and the wrong values it teaches on each probe."""
    parts = [f"# {fault.id}", f"*Component: {fault.component}.*", fault.doc, f"**Look at** {fault.look_at}."]
    shown = [f"[{row.name}](../probes/{row.name}.md)" for row in PROBES if fault.id in row.isolates]
    if shown:
        parts.append(f"Isolated by {', '.join(shown)}.")
    if fault in WRAPPER_FAULTS:
        return "\n\n".join([*parts, "## Forms", *(f"- {form.name}" for form in fault.forms)])
    for form in fault.forms:
        parts += [f"## Form: {form.name}", form_text(form)]
    return "\n\n".join(parts)


def form_text(form: Form) -> str:
    """Predictions of one form of a fault."""
    rows = []
    for row in VALUE_PROBES:
        cells = [cell(row, form, learner) for learner in LEARNERS.values()]
        if any(cells):
            queried = observed_in(Dynamics(row.mdp())).queried
            right = values(predict(row.mdp(), Learner(gamma=GAMMA)), queried)
            link = f"[{row.name}](../probes/{row.name}.md)"
            rows.append([link, right, *[c or "no effect" for c in cells]])
    text = table(["probe", "right", *LEARNERS], rows) if rows else "Learned values stay right.\n"
    if form.reset_transitions:
        text = "In a vector environment with `next_step` autoreset:\n\n" + text
    if form.at_ends:
        text += "\nThese are the values for long rollouts; in short ones it spares the last step of each.\n"
    if form.any_unit:
        text += "\nThis is with a factor of 0.4; any other is considered, one for each probe.\n"
    if form.actor != "best":
        text += f"\nOn probes that ask for an action, the actor ends up with {ACTORS[form.actor]}.\n"
    return text


ACTORS = {
    "worst": "the worst action",
    "ignores_observation": "one action whatever it sees",
    "any": "an action that cannot be foretold",
    "untrained": "whatever it did at first",
    "unscaled": "the action that lies where the best one would without rescaling",
    "untried": "the best of the actions it has tried",
}


WRAPPERS = """## Probes of wrappers

They run only when they are named, as in `rlprobe diagnose sb3:PPO --only ScaledObservation`, and pass with
`--wrap NormalizeAll`. See [Is a wrapper missing?](../wrappers/missing.md)
"""


def probe_list() -> str:
    """All probes in two tables."""
    return "\n".join(
        [
            "# Probes\n\nIn the order in which a failure is easiest to understand.\n",
            probe_table(SUITE),
            WRAPPERS,
            probe_table(WRAPPER_PROBES),
        ]
    )


def probe_table(probes: tuple[Probe, ...]) -> str:
    """Probes in a table."""
    rows = [[f"[{row.name}]({row.name}.md)", question(row), row.asks] for row in probes]
    return table(["probe", "question", "asks for"], rows)


def fault_list() -> str:
    """All faults in a table."""
    rows = [[f"[{fault.id}]({fault.id}.md)", fault.summary, fault.component] for fault in CATALOGUE]
    return "# Faults\n\nEvery fault that a diagnosis can name.\n\n" + table(
        ["fault", "what happens", "component"], rows
    )


def picture(row: Probe) -> None:
    """The graph of a probe as PNG."""
    import cv2

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        env = gym.make(row.id, render_mode="rgb_array")
    env.reset(seed=0)
    frame: Any = env.render()
    env.close()
    _, encoded = cv2.imencode(".png", frame[:, :, ::-1])
    with mkdocs_gen_files.open(f"probes/{row.name}.png", "wb") as file:
        file.write(encoded.tobytes())


main()
