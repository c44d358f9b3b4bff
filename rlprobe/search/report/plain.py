"""A search as plain data for JSON, schema 1."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from rlprobe.output.files import write_atomically

if TYPE_CHECKING:
    from rlprobe.search.concluding import Study


def as_dict(study: Study) -> dict[str, Any]:
    """Verdicts and numbers, without the trials."""
    return {
        "schema": 1,
        "trials": len(study.trials.values),
        "matters": [effect.parameter.name for effect in study.matters],
        "parameters": [
            {
                "name": effect.parameter.name,
                "matters": effect.matters,
                "p": effect.p,
                "share": effect.share,
                "power": effect.power.smooth,
                "power_step": effect.power.step,
                "next": words,
            }
            for effect, words in zip(study.effects, study.next, strict=True)
        ],
        "silent": list(study.trials.silent),
        "told": list(study.trials.told),
        "noise": study.noise,
        "robust": {"share": study.robust.value, "low": study.robust.low, "high": study.robust.high},
        "lucky": study.lucky,
        "problems": list(study.trials.doubts),
    }


def write_json(study: Study, path: str) -> None:
    """Write the result; the file is never left half written."""
    write_atomically(path, (json.dumps(as_dict(study), indent=2, allow_nan=False) + "\n").encode())
