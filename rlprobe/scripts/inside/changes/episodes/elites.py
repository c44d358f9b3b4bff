"""The best of several episodes, which a script keeps to imitate: the cross-entropy method."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from rlprobe.scripts.inside.changes.numbers import name_of

if TYPE_CHECKING:
    from collections.abc import Iterator

QUANTILES = {"percentile", "quantile", "nanpercentile", "nanquantile"}
OF_EPISODES = re.compile(r"\w*(return|reward|score|fitness)\w*|\w*_(rs?|rews?)|rews?", re.IGNORECASE)


def chosen_episodes(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and text of each quantile of the returns of episodes that something is compared with.

    >>> list(chosen_episodes(ast.parse("bound = np.percentile(rewards, 70); best = rewards >= bound")))
    [(1, 'np.percentile(rewards, 70)')]
    >>> list(chosen_episodes(ast.parse("print(np.percentile(rewards, 70))")))
    []
    """
    compared = [one for node in ast.walk(tree) if isinstance(node, ast.Compare) for one in ast.walk(node)]
    bounds = {name_of(one) for one in compared} - {""}
    assigned = [node for node in ast.walk(tree) if isinstance(node, ast.Assign)]
    compared += [node.value for node in assigned if name_of(node.targets[0]) in bounds]
    for node in compared:
        if isinstance(node, ast.Call) and name_of(node.func) in QUANTILES and node.args:
            names = [name_of(one) for one in ast.walk(node.args[0])]
            if any(OF_EPISODES.fullmatch(name) for name in names):
                yield node.lineno, ast.unparse(node)
