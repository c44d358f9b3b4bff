"""How many episodes the functions of a script play, where the number has a name of its own."""

from __future__ import annotations

import ast
import re
from collections import Counter
from typing import TYPE_CHECKING

from rlprobe.scripts.inside.changes.episodes.early_ends import EVALUATES, is_over_episodes
from rlprobe.scripts.inside.changes.numbers import folded, name_of
from rlprobe.scripts.inside.changes.shaping import own_nodes

if TYPE_CHECKING:
    from collections.abc import Iterator

ONLY_EVALUATES = re.compile(r"eval|test|demo|render|valid", re.IGNORECASE)
"""Names of functions that play episodes and learn nothing from them; one that is called ``play`` may."""
EPISODE_VARIABLE = re.compile(r"((i|n|t)_?)?(ep|epi|eps|episode|episodes|i_?episode|game|trial)(_?\w{0,4})?")
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


def evaluation_counts(tree: ast.Module) -> Iterator[ast.expr]:
    r"""The expressions that are defaults, arguments and variables of functions that evaluate.

    >>> text = "def evaluate(n_episodes=100): k = 5\nevaluate(n_episodes=50)\ntrain(n_episodes=500)"
    >>> [ast.unparse(one) for one in evaluation_counts(ast.parse(text))]
    ['100', '5', '50']
    """
    for node in ast.walk(tree):
        if isinstance(node, Function) and ONLY_EVALUATES.search(node.name):
            yield from node.args.defaults
            yield from (one for one in node.args.kw_defaults if one is not None)
            yield from (one.value for one in own_nodes(node) if isinstance(one, ast.Assign))
        elif isinstance(node, ast.Call) and ONLY_EVALUATES.search(name_of(node.func)):
            yield from (*node.args, *(keyword.value for keyword in node.keywords))


def range_of_episodes(loop: ast.For) -> ast.Call | None:
    """The ``range`` of a loop over episodes, by its variable or by what it does; None for other loops.

    >>> loop = ast.parse("for episode in tqdm(range(1, 500)): play()").body[0]
    >>> ast.unparse(range_of_episodes(loop))
    'range(1, 500)'
    """
    call = loop.iter
    while isinstance(call, ast.Call) and name_of(call.func) != "range" and call.args:
        call = call.args[0]
    if not isinstance(call, ast.Call) or name_of(call.func) != "range" or len(call.args) not in {1, 2}:
        return None
    named = EPISODE_VARIABLE.fullmatch(name_of(loop.target).lower())
    return call if named or is_over_episodes(loop) else None


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
