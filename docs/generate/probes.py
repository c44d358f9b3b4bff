"""The page of each probe: question, diagram, exact answer, and what known faults make of it."""

from __future__ import annotations

from typing import Any

import numpy as np

from generate.formulas import with_formulas
from generate.markdown import joined, links, number, sentence, table
from generate.predictions import GAMMA, LEARNERS, VALUE_PROBES, expected, states, wrong_values
from probe_envs import CHOICE_PROBES, SUITE, WRAPPER_PROBES, Probe, solve
from probe_envs.drawing.svg import svg
from probe_envs.dynamics import Dynamics
from rlprobe.faults import FAULTS

PROBES = (*SUITE, *WRAPPER_PROBES, *CHOICE_PROBES)
MOST_STATES = 30
ASKS = {
    "value": "the critic must learn the exact values",
    "action": "the policy must prefer a best action in every state",
    "exploration": "measured and not judged: how far exploration or credit reaches",
}
INTRODUCTION = """# Probes

A probe is an environment so small that its exact values are known. A diagnosis trains your agent on each
probe and compares what it learned with the exact answer. If several probes fail, start with the first one in
this list: its failure is the easiest to understand.
"""
WRAPPERS = """## Probes of wrappers

They run only when they are named, as in `rlprobe diagnose sb3:PPO --only ScaledObservation`, and pass with
`--wrap NormalizeAll`. See [Is a wrapper missing?](../wrappers/missing.md)
"""


CHOICES = """## Values that show in choices

For training scripts whose critic was not found: the agent chooses between an offered reward and a probe. Its
choice shows the value it expects. See
[When no values were found](../train_script.md#when-no-values-were-found)
"""


def question(row: Probe) -> str:
    """The first line of the documentation, without the name."""
    return sentence(row.doc.splitlines()[0].split(": ", 1)[-1])


def probe_list() -> str:
    """All probes in three tables."""
    wrappers, choices = _table(WRAPPER_PROBES), _table(CHOICE_PROBES)
    return joined(INTRODUCTION, _table(SUITE), WRAPPERS, wrappers, CHOICES, choices)


def _table(probes: tuple[Probe, ...]) -> str:
    return table(
        ["probe", "question", "asks for"],
        [[f"[{row.name}]({row.name}.md)", question(row), row.asks] for row in probes],
    )


def probe_page(row: Probe) -> str:
    """What a probe asks, its exact answer and what each fault makes of it."""
    return joined(
        f"# {row.name}",
        f"**{question(row)}**",
        f'<figure class="diagram">{svg(Dynamics(row.mdp()))}</figure>',
        with_formulas(row.doc.partition("\n")[2]),
        table(
            ["asks", "isolates", "must pass before"],
            [
                [
                    ASKS[row.asks],
                    links(row.isolates, "../faults/", "no single fault"),
                    links(row.prerequisites, nothing="nothing"),
                ]
            ],
        ),
        _exact_answer(row),
        _mistakes(row) if row in VALUE_PROBES else "",
        _code(row),
    )


def _code(row: Probe) -> str:
    return f"""## In code

```python
import gymnasium as gym
import probe_envs

env = gym.make("{row.id}")
probe_envs.solve(probe_envs.probe("{row.name}").mdp(), gamma={GAMMA}).V  # the exact values
```

`rlprobe diagnose TARGET --only {row.name}` runs this probe alone."""


def _exact_answer(row: Probe) -> str:
    """The exact values of every state."""
    found = solve(row.mdp(), GAMMA)
    actions = list(found.table.mdp.actions)
    few = 1 < len(actions) < 8
    choice = len(actions) > 1
    head = ["state", "V", *([f"Q of action {a}" for a in actions] if few else []), *["best action"] * choice]
    rows = []
    for i, state in _in_order(found.table.states):
        q = [number(v) for v in found.Q[i]] if few else []
        best = ", ".join(str(actions[k]) for k in np.flatnonzero(found.optimal[i]))
        rows.append([f"{state}", number(found.V[i]), *q, *[best if len(best) < 40 else "many"] * choice])
    left = len(rows) - MOST_STATES
    more = f"{left} more states are not shown." if left > 0 else ""
    return joined(f"## Exact answer at gamma {GAMMA}", table(head, rows[:MOST_STATES]), more)


def _in_order(names: tuple[Any, ...]) -> list[tuple[int, Any]]:
    """The states with their numbers; sorted if they are numbers themselves."""
    numbered = list(enumerate(names))
    if all(isinstance(name, (int, float)) for name in names):
        numbered.sort(key=lambda pair: pair[1])
    return numbered


def _mistakes(row: Probe) -> str:
    """The values that every fault of this probe leads to."""
    rows = []
    for fault in FAULTS:
        for form in fault.forms:
            wrong = [wrong_values(row, form, learner) for learner in LEARNERS.values()]
            if any(wrong):
                cells = (cell or "no effect" for cell in wrong)
                rows.append([f"[{fault.id}](../faults/{fault.id}.md)", form.name, *cells])
    return joined(
        "## What an agent with a fault learns here",
        f"Expected for {states(row)}: **{expected(row)}**. An agent with a fault converges to other values:",
        table(["fault", "form", *LEARNERS], rows),
    )
