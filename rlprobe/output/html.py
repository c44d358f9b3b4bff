"""HTML pages of reports: one file that works offline, in light and dark, on a phone."""

from __future__ import annotations

import re
from importlib import resources
from typing import TYPE_CHECKING, Any

from rlprobe.extras import need

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

TEMPLATE = "page.html.jinja"
STYLE = "page.css"


def rendered(package: str, filters: Mapping[str, Callable[..., Any]], **values: Any) -> str:
    """The template ``page.html.jinja`` of ``package``, filled in; whatever is filled in is escaped.

    Args:
        package: the package in which the template lies.
        filters: filters of the template besides ``code``, ``prose`` and ``name``.
        values: variables of the template besides ``style``, the style sheet that all pages share.
    """
    environment = need("jinja2", "an HTML report").Environment(autoescape=True)
    environment.filters |= {"code": code, "prose": prose, "name": name, **filters}
    style = resources.files(__package__).joinpath(STYLE).read_text("utf-8")
    template = resources.files(package).joinpath(TEMPLATE).read_text("utf-8")
    return str(environment.from_string(template).render(style=trusted(style), **values))


def trusted(markup: str) -> Any:
    """Markup of our own, which a page takes as it is."""
    return need("markupsafe", "an HTML report").Markup(markup)


def code(words: str) -> Any:
    """Escaped text in which what stands between backticks is code and between double asterisks bold.

    >>> print(code("`1 - done` < **2**"))
    <code>1 - done</code> &lt; <strong>2</strong>
    """
    escaped = str(need("markupsafe", "an HTML report").escape(words))
    marked = re.sub(r"(`+)(.+?)\1", r"<code>\2</code>", escaped, flags=re.DOTALL)
    return trusted(re.sub(r"\*\*([^*]+)\*\*", r"<strong>\1</strong>", marked))


def prose(text: str) -> Any:
    r"""Paragraphs of a docstring, separated by blank lines.

    >>> print(prose("One.\n\nTwo `x`."))
    <p>One.</p>
    <p>Two <code>x</code>.</p>
    """
    paragraphs = [part for part in re.split(r"\n\s*\n", text.strip()) if part]
    return trusted("\n".join(f"<p>{code(part)}</p>" for part in paragraphs))


def name(words: str) -> Any:
    """A long name that may be broken after its slashes, colons, dots and underscores.

    >>> print(name("a/b.py:c"))
    a/<wbr>b.<wbr>py:<wbr>c
    """
    escaped = str(need("markupsafe", "an HTML report").escape(words))
    return trusted(re.sub(r"([/:._])(?=\w)", r"\1<wbr>", escaped))
