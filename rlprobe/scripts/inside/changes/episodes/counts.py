"""How many episodes the functions of a script play, where the number has a name of its own."""

from __future__ import annotations

import ast
from collections import Counter
from typing import TYPE_CHECKING

from rlprobe.scripts.inside.changes.episodes.early_ends import EVALUATES, is_over_episodes
from rlprobe.scripts.inside.changes.numbers import folded, name_of
from rlprobe.scripts.inside.changes.shaping import own_nodes

if TYPE_CHECKING:
    from collections.abc import Iterator

Function = ast.FunctionDef | ast.AsyncFunctionDef


def episode_counts(tree: ast.Module) -> Iterator[ast.expr]:
    r"""The expressions that say how often a function plays an episode: assigned, given, or the default.

    A function may have arrays of that length, so the number is changed where it comes from, and not in the
    loop. What is called in loops only collects a batch of episodes.

    >>> text = "def train(it_max):\n  for e in range(it_max):\n    s, _ = env.reset()\ntrain(300)"
    >>> [ast.unparse(one) for one in episode_counts(ast.parse(text))]
    ['300']
    """
    functions = [node for node in ast.walk(tree) if isinstance(node, Function)]
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    loops = [node for node in ast.walk(tree) if isinstance(node, (ast.For, ast.While))]
    repeated = {id(one) for loop in loops for one in ast.walk(loop)}
    once = {name_of(call.func) for call in calls if id(call) not in repeated}
    known = {f.name: (f, bounds) for f in functions if f.name in once and (bounds := _bounds(f))}
    plain = _constants(tree)
    for function, bounds in known.values():
        yield from _inside(function, bounds)
    for call in calls:
        if name_of(call.func) in known:
            for given in _given(call, *known[name_of(call.func)]):
                yield from (given,) if folded(given) is not None else plain.get(name_of(given), ())


def _bounds(function: Function) -> set[str]:
    """The names that end the loops of a function over episodes."""
    if EVALUATES.search(function.name):
        return set()
    loops = [node for node in own_nodes(function) if isinstance(node, ast.For) and is_over_episodes(node)]
    calls = [loop.iter for loop in loops if isinstance(loop.iter, ast.Call)]
    ranges = [call for call in calls if name_of(call.func) in {"range", "trange"} and call.args]
    return {call.args[-1].id for call in ranges if isinstance(call.args[-1], ast.Name)}


def _inside(function: Function, bounds: set[str]) -> Iterator[ast.expr]:
    """The numbers that a function assigns to its bounds, or has as their defaults."""
    for node in own_nodes(function):
        if isinstance(node, ast.Assign) and name_of(node.targets[0]) in bounds:
            yield node.value
    spec = function.args
    named = [*spec.posonlyargs, *spec.args]
    for argument, default in zip(named[len(named) - len(spec.defaults) :], spec.defaults, strict=True):
        if argument.arg in bounds:
            yield default


def _given(call: ast.Call, function: Function, bounds: set[str]) -> Iterator[ast.expr]:
    """What a call gives for the bounds of a function."""
    names = [one.arg for one in (*function.args.posonlyargs, *function.args.args)]
    names = names[1:] if names[:1] == ["self"] else names
    yield from (value for name, value in zip(names, call.args, strict=False) if name in bounds)
    yield from (keyword.value for keyword in call.keywords if keyword.arg in bounds)


def _constants(tree: ast.Module) -> dict[str, list[ast.expr]]:
    """The values of the names that a module itself assigns once, and a number."""
    assigned = [
        node
        for node in tree.body
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name)
    ]
    times = Counter(name_of(node.targets[0]) for node in assigned)
    return {
        name: [node.value]
        for node in assigned
        if times[name := name_of(node.targets[0])] == 1 and folded(node.value) is not None
    }
