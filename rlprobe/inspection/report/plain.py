"""The report as plain data for JSON, schema 1."""

from __future__ import annotations

import math
from dataclasses import asdict, fields, is_dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.stats.intervals import Share

if TYPE_CHECKING:
    from rlprobe.inspection.findings import Findings

LEFT_OUT = {"histogram", "length_histogram", "after", "paths", "stills", "seen", "video", "jumps", "pictures"}


def as_dict(report: Findings) -> dict[str, Any]:
    """The report with everything but pictures; numbers that JSON lacks become text."""
    return {
        "schema": 1,
        "env": report.env,
        "stack": report.stack,
        "verdict": "harmful" if report.harmful else "clean",
        "steps": report.steps,
        "copies": report.copies,
        "seconds": round(report.seconds, 3),
        "settings": asdict(report.settings),
        "flags": [{"id": flag.id, "section": flag.section, **plain(flag)} for flag in report.flags],
        "life": plain(report.life) | {"histogram": _histogram(report.life.histogram)},
        "scale": {
            "components": [_component(c) for c in report.scale.components],
            "reward": _component(report.scale.reward),
            "pictures": [
                {
                    "name": p.part.label,
                    "shape": list(p.part.shape),
                    "count": p.count,
                    "mean": plain(p.by_channel(p.mean)),
                    "std": plain(p.by_channel(p.std)),
                }
                for p in report.scale.pictures
            ],
            "left_out": list(report.scale.left_out),
        },
        "horizon": plain(report.horizon),
        "timestep": plain(report.timestep),
        "contract": plain(report.contract),
        "missing": list(report.missing),
        "interrupted": report.interrupted,
    }


def plain(value: Any) -> Any:
    """``value`` as JSON knows it."""
    if isinstance(value, Share):
        return {
            "hits": value.hits,
            "total": value.total,
            "share": plain(value.value),
            "interval": [value.low, value.high],
        }
    if is_dataclass(value) and not isinstance(value, type):
        kept = [field.name for field in fields(value) if field.name not in LEFT_OUT]
        return {name: plain(getattr(value, name)) for name in kept}
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, dict):
        return {
            f"{key:g}" if isinstance(key, float) else str(key): plain(item) for key, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, np.generic):
        return plain(value.item())
    return value if not isinstance(value, float) or math.isfinite(value) else str(value)


def _histogram(histogram: tuple[Any, Any]) -> dict[str, Any]:
    return {"edges": plain(histogram[0]), "counts": plain(histogram[1])}


def _component(component: Any) -> dict[str, Any]:
    data: dict[str, Any] = plain(component)
    return data | {"histogram": _histogram(component.histogram)}
