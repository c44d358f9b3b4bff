"""The last line of the table: what the rows say together."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from rlprobe.output.numbers import short

if TYPE_CHECKING:
    from rlprobe.baselines.table import Row, Table

SLOW_STEP_S: Final = 0.01
CLOSE_SHARE: Final = 0.1
"""A row suffices if it is within this share of the way from random play to the best row."""


def verdict(table: Table) -> Table:
    """The table with its verdict."""
    sentences = [sentence for sentence in (_task(table), _yours(table)) if sentence]
    return replace(table, verdict="; ".join(sentences))


def _task(table: Table) -> str:
    chance, best = table.row("random"), table.rows[0] if table.rows else None
    if best is None or chance is None:
        return _nothing(table)
    if not table.facts.signal:
        return _without_signal(table, chance)
    learners = [row for row in table.rows if row.kind != "yours"]
    if not learners or learners[0].low <= chance.high or learners[0] is chance:
        return "no method is clearly better than random play: give more --minutes, or look at the environment"
    best = learners[0]
    enough = _simple_enough(table, best, chance)
    if enough is not None:
        row, said = enough
        beyond = f"; {best.name} reaches {short(best.mean)}" if best.low > row.high else ""
        return said + beyond
    linear = table.row("linear")
    if best.kind == "network":
        beside = f", linear policies {short(linear.mean)}" if linear is not None else ""
        return f"networks pay off: {best.name} reaches {short(best.mean)}{beside}{_unsolved(table, best)}"
    return f"{best.name} is best with {short(best.mean)}{_unsolved(table, best)}"


def _simple_enough(table: Table, best: Row, chance: Row) -> tuple[Row, str] | None:
    """The simplest row that is about as good as the best one, and what that says of the task."""
    constant, held, linear = table.row("constant"), table.row("held"), table.row("linear")
    if constant is not None and _as_good(table, constant, best, chance):
        said = f"a constant action suffices ({short(constant.mean)}): the task does not need its observation"
        return constant, said
    if held is not None and _as_good(table, held, best, chance):
        said = (
            f"random actions held for several steps suffice ({short(held.mean)}): repeat actions (FrameSkip)"
        )
        return held, said
    if linear is None or not _as_good(table, linear, best, chance):
        return None
    said = f"linear policies suffice ({short(linear.mean)})"
    guessed = next((row for row in table.rows if "best of" in row.name), None)
    if guessed is not None and _as_good(table, guessed, best, chance):
        return linear, f"{said}, and guessing 200 of them finds one"
    return linear, f"{said}: {linear.name.partition(',')[0]} finds one"


def _unsolved(table: Table, best: Row) -> str:
    return (
        f"; not solved yet ({short(table.threshold)})"
        if table.solved(best) is False and table.threshold
        else ""
    )


def _without_signal(table: Table, chance: Row) -> str:
    reaching = [row for row in table.rows if row.kind == "held" and row.best > chance.best]
    if reaching:
        first = max(reaching, key=lambda row: row.mean)
        said = first.name.replace("random,", "random actions")
        reached = f"reach one (best episode {short(first.best)})"
        return (
            f"random play never gets a reward, but {said} {reached}: repeat actions (FrameSkip) or shape it"
        )
    found = next((row for row in table.rows if row.best > chance.best and row.kind != "yours"), None)
    tail = f"; {found.name} found one (best episode {short(found.best)})" if found else ""
    return f"random play never gets a reward: improve exploration or shape the reward first{tail}"


def _nothing(table: Table) -> str:
    step = table.facts.step_seconds
    if step > SLOW_STEP_S:
        return f"a step takes {step:.2g} s: too few episodes end in this time; give more --minutes"
    return "no method could be measured: the reasons are below the table"


def _as_good(table: Table, row: Row, best: Row, chance: Row) -> bool:
    """Whether a row is nearly as good as the best one, or solves the task."""
    if table.solved(row):
        return True
    return row.low > chance.mean and best.mean - row.mean <= CLOSE_SHARE * (best.mean - chance.mean)


def _yours(table: Table) -> str:
    mine = table.row("yours")
    if mine is None:
        return ""
    above = [row for row in table.rows if row.kind != "yours" and row.low > mine.high]
    if not above:
        return "your agent is not below any baseline"
    for kind, words in (
        ("random", "random play"),
        ("constant", "the best constant action"),
        ("held", "random actions held for several steps"),
        ("linear", "the best linear policy"),
        ("tabular", "tabular Q-learning"),
    ):
        if any(row.kind == kind for row in above):
            return f"your agent is below {words}"
    return f"your agent is below {above[0].name}"
