"""The catalogue of flags: complete, explained, and binding."""

import ast
from pathlib import Path

import pytest

import rlprobe.inspection
from rlprobe.commands.explain import explanation
from rlprobe.inspection.catalogue import CATALOGUE, UnknownFlagError
from rlprobe.inspection.flag import Flag

FOLDER = Path(rlprobe.inspection.__file__).parent


def raised():
    """The ids of all flags that the code can raise."""
    calls = [
        node
        for path in FOLDER.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"Flag", "grouped"}
    ]
    words = [arg.value for call in calls for arg in call.args[:2] if isinstance(arg, ast.Constant)]
    return {word for word in words if isinstance(word, str) and " " not in word}


def test_every_kind_of_flag_is_raised_somewhere():
    """No entry of the catalogue is dead, and no flag lacks an entry."""
    ids = {kind.id for kind in CATALOGUE}
    assert ids <= raised()
    assert len(ids) == len(CATALOGUE)


@pytest.mark.parametrize("kind", CATALOGUE, ids=lambda kind: kind.id)
def test_every_flag_is_explained(kind):
    """`rlprobe explain FLAG` says what was seen, why it matters and what to do."""
    text = explanation(kind.id)
    assert kind.summary in text
    assert kind.why in text
    assert kind.remedy in text


def test_a_flag_must_be_in_the_catalogue():
    """A flag with another id, or a severity the catalogue does not allow, cannot be raised."""
    with pytest.raises(UnknownFlagError, match="angle-wrap"):
        Flag("angle-warp", "look", "A component wraps.")
    with pytest.raises(ValueError, match="expected one of"):
        Flag("angle-wrap", "harmful", "A component wraps.")
