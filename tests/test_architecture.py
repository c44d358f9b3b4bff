"""The folders show the architecture: imports run one way, without circles, and no folder holds too much."""

from __future__ import annotations

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MOST_MODULES = 12
LEVELS = (
    ("probe_envs",),
    ("extras", "agent"),
    ("output",),
    ("environments", "stats", "checks", "faults"),
    ("wrappers", "view"),
    ("agents", "player", "recorder", "inspection", "maps", "baselines", "monitors", "comparison"),
    ("diagnosis", "battery", "search", "ladder"),
    ("adapters", "scripts", "check", "testing"),
    ("commands",),
    ("cli", "pytest_plugin"),
    ("rlprobe", "__main__", "play", "record"),
)
"""A room may import from those above it; rooms of one level not from each other."""
LEVEL = {room: level for level, rooms in enumerate(LEVELS) for room in rooms}


def modules(root: Path = ROOT) -> dict[str, Path]:
    """Every module of both packages, by its dotted name."""
    paths = [path for package in ("probe_envs", "rlprobe") for path in (root / package).rglob("*.py")]
    return {
        ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__"): path
        for path in paths
    }


def imported(name: str, tree: ast.AST, known: dict[str, Path]) -> set[str]:
    """The modules that one module imports: also for types only, and inside functions."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            whole = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {one if one in known else node.module for one in whole}
    return {one for one in found if one in known and one != name}


def graph(root: Path = ROOT) -> dict[str, set[str]]:
    """Which modules each module imports."""
    known = modules(root)
    return {name: imported(name, ast.parse(path.read_text()), known) for name, path in known.items()}


def room(module: str) -> str:
    """The room a module lies in: the first name after ``rlprobe``, or ``probe_envs``."""
    parts = module.split(".")
    return parts[0] if parts[0] == "probe_envs" or len(parts) == 1 else parts[1]


def upward(edges: dict[str, set[str]]) -> list[str]:
    """The imports that do not run down the levels."""
    return [
        f"{source} imports {target}"
        for source, targets in sorted(edges.items())
        for target in sorted(targets)
        if room(source) != room(target) and LEVEL[room(target)] >= LEVEL[room(source)]
    ]


def circle(edges: dict[str, set[str]]) -> list[str]:
    """A circle of imports, if there is one; a package and its own modules do not form one."""
    inside = {
        source: {t for t in targets if not source.startswith(t + ".")} for source, targets in edges.items()
    }
    try:
        TopologicalSorter(inside).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_imports_run_down_the_levels():
    """No room imports from one beside or above it."""
    assert upward(graph()) == []


def test_there_is_no_circle_of_imports():
    """Modules can be read one after the other, those for types only included."""
    assert circle(graph()) == []


def test_folders_hold_at_most_a_dozen_modules():
    """A folder has one idea; when it grows, it is split."""
    counts: dict[Path, int] = {}
    for path in modules().values():
        if path.name != "__init__.py":
            counts[path.parent] = counts.get(path.parent, 0) + 1
    assert {str(folder): n for folder, n in counts.items() if n > MOST_MODULES} == {}


def test_the_top_level_holds_what_users_name():
    """Beside folders, only modules that people type or import."""
    names = {path.stem for path in (ROOT / "rlprobe").glob("*.py")}
    users = {
        "__init__",
        "__main__",
        "cli",
        "agent",
        "extras",
        "play",
        "record",
        "testing",
        "pytest_plugin",
        "check",
    }
    assert names <= users


def planted(tmp_path: Path, files: dict[str, str]) -> dict[str, set[str]]:
    """The graph of a small package with the given files."""
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return graph(tmp_path)


@pytest.mark.parametrize(
    "line",
    [
        "from rlprobe.diagnosis import session\n",
        "if TYPE_CHECKING:\n    from rlprobe.diagnosis.session import diagnose\n",
        "def f():\n    import rlprobe.diagnosis.session\n",
    ],
)
def test_a_planted_upward_import_is_found(tmp_path, line):
    """Statistics that import the diagnosis are caught, wherever the import stands."""
    edges = planted(tmp_path, {"rlprobe/stats/moments.py": line, "rlprobe/diagnosis/session.py": ""})
    assert upward(edges) == ["rlprobe.stats.moments imports rlprobe.diagnosis.session"]


def test_a_planted_circle_is_found(tmp_path):
    """Two modules that import each other are caught, even if one does so for a type only."""
    files = {
        "rlprobe/stats/one.py": "from rlprobe.stats.two import B\n",
        "rlprobe/stats/two.py": "if TYPE_CHECKING:\n    from rlprobe.stats.one import A\n",
    }
    assert {"rlprobe.stats.one", "rlprobe.stats.two"} <= set(circle(planted(tmp_path, files)))
