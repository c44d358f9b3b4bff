"""What ``rlprobe explain`` shows of the families of checks, and of the mistakes that only checks know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rlprobe.checks.families import FAMILIES

if TYPE_CHECKING:
    from rlprobe.checks.family import Family, Mistake


OF_ANY: Final = {
    "changes-its-input": """\
The function's numbers are correct, but it changes an array that was passed to it. Code that uses that
array later, such as a second epoch or a replay buffer, reads wrong numbers.

**Wrong**

```python
rewards -= values
```

**Right**

```python
rewards = rewards - values
```""",
    "gradient-stopped": """\
The loss has the correct value but a wrong gradient, or none, because part of it is detached. The loss curve
looks as it should, and nothing is learned.

**Wrong**

```python
ratio = (log_prob - old_log_prob).exp().detach()
```

**Right**

```python
ratio = (log_prob - old_log_prob.detach()).exp()
```""",
}
"""Pages of mistakes that functions of any family make, and that are found without a formula."""


def family_pages() -> dict[str, str]:
    """The page of each family, in Markdown.

    >>> family_pages()["gae"].splitlines()[0]
    '# gae'
    """
    return {one.name: _family_page(one) for one in FAMILIES}


def mistake_pages() -> dict[str, str]:
    """The page of each mistake, in Markdown.

    >>> mistake_pages()["ppo-max-for-min"].splitlines()[0]
    '# ppo-max-for-min'
    """
    found: dict[str, list[tuple[Family, Mistake]]] = {}
    for family in FAMILIES:
        for mistake in family.mistakes:
            found.setdefault(mistake.id, []).append((family, mistake))
    known = {name: _mistake_page(name, rows) for name, rows in found.items()}
    return known | {name: f"# {name}\n\n{text}" for name, text in OF_ANY.items()}


def _family_page(family: Family) -> str:
    takes = ", ".join(f"`{role.name}`" for role in family.roles if not role.hidden)
    gives = ", ".join(name for name in family.outputs if name not in family.wrong_shapes)
    mistakes = "\n".join(f"- `{name}`" for name in dict.fromkeys(one.id for one in family.mistakes))
    return "\n\n".join(
        [
            f"# {family.name}",
            f"A family of functions that `rlprobe check` knows: {family.what}.",
            f"**May take** {takes}.",
            f"**May return** {gives}.",
            f"**Mistakes it names**\n\n{mistakes}",
        ]
    )


def _mistake_page(name: str, rows: list[tuple[Family, Mistake]]) -> str:
    lines = "\n".join(f"- `{family.name}`: {mistake.what}" for family, mistake in rows)
    code = next(((one.wrong, one.right) for _, one in rows if one.wrong and one.right), None)
    blocks = [f"```python\n{lines}\n```" for lines in code or ()]
    return "\n\n".join(
        [
            f"# {name}",
            f"A mistake in a function that `rlprobe check` names. The function's numbers equal:\n\n{lines}",
            *([f"**Wrong**\n\n{blocks[0]}", f"**Right**\n\n{blocks[1]}"] if blocks else []),
        ]
    )
