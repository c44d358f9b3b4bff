"""A notebook is a script of its code cells."""

from __future__ import annotations

import json
import re

import pytest

from rlprobe import diagnose
from rlprobe.cli import main
from rlprobe.scripts import script_agent
from rlprobe.scripts.launch import LaunchError, from_words
from rlprobe.scripts.notebooks.cells import code_of

LEARNS = """
for episode in range(20_000):
    s, _ = env.reset()
    done = False
    while not done:
        a = rng.integers(4) if rng.random() < 0.3 else q[s].argmax()
        s2, r, terminated, truncated, _ = env.step(int(a))
        done = terminated or truncated
        q[s, a] += ALPHA * (r + gamma * q[s2].max() * (not {mask}) - q[s, a])
        s = s2
"""
CELLS = [
    ("markdown", "# A table\nthat % learns"),
    ("code", "%matplotlib inline\n!pip install gymnasium"),
    ("code", "%%bash\nls"),
    ("code", "%%time\nimport gymnasium as gym\nimport numpy as np\nfrom helper import ALPHA\n"),
    ("code", "env = gym.make('FrozenLake-v1')\nq = np.zeros((16, 4))\ngamma = 0.99\nenv?"),
    ("code", "rng = np.random.default_rng(0)\ndisplay(q)\nprint('%d'\n      % 3)"),
    ("code", LEARNS),
]


def notebook(folder, mask="terminated"):
    """A notebook that learns a table, with a file beside it that it imports."""
    cells = [
        {
            "cell_type": kind,
            "source": [line for line in re.split("(?<=\n)", text.replace("{mask}", mask)) if line],
        }
        for kind, text in CELLS
    ]
    (folder / "helper.py").write_text("ALPHA = 0.1\n")
    path = folder / "lesson.ipynb"
    path.write_text(json.dumps({"cells": cells, "nbformat": 4}))
    return path


def test_what_is_not_python_is_left_out(tmp_path):
    """Magics, commands of the shell and questions; a line that goes on with % stays."""
    code = code_of(notebook(tmp_path)).decode()
    compile(code, "lesson", "exec")
    assert "pass  # %matplotlib inline\npass  # !pip install gymnasium" in code
    assert "# %%bash\n# ls" in code
    assert "pass  # env?" in code
    assert "      % 3)" in code
    assert "A table" not in code


@pytest.mark.slow
@pytest.mark.parametrize(("mask", "verdict"), [("terminated", "healthy"), ("done", "faulty")])
def test_a_notebook_is_diagnosed(tmp_path, mask, verdict):
    """Its magics do nothing, and what lies beside it can be imported."""
    path = notebook(tmp_path, mask)
    report = diagnose(script_agent(str(path)), seeds=1, only=["Decoder", "TruncBoot"], budget=60)
    outcomes = {result.trial.name: result.outcome for result in report.results}
    assert outcomes == {"Decoder": "pass", "TruncBoot": "pass" if verdict == "healthy" else "fail"}
    assert report.script["critic"] == "q"


@pytest.mark.parametrize("text", ["no json", "{}", '{"cells": [{"kind": 1}]}'])
def test_a_file_that_is_no_notebook(tmp_path, capsys, text):
    """One line says what was expected."""
    path = tmp_path / "broken.ipynb"
    path.write_text(text)
    with pytest.raises(LaunchError, match="expected a notebook"):
        from_words(str(path), (), module=False)
    assert main(["diagnose", str(path)]) == 2
    assert "broken.ipynb: expected a notebook" in capsys.readouterr().err
