"""What a report says of a script: what was read from where, and what was read in place of what is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


def facts(about: Mapping[str, Any], steps: int) -> dict[str, Any]:
    """What is known of a script, for the JSON report."""
    gamma = about["gamma"]
    return {
        "critic": about["critic"],
        "actor": "behaviour",
        "gamma": None if gamma is None else gamma[1],
        "environment": ", ".join(about["environments"]),
        "steps": steps,
    }


def sentences(about: Mapping[str, Any]) -> list[str]:
    """The same for people: one sentence on what was read, and one on changed settings."""
    critic = f"values from `{about['critic']}`" if about["critic"] else "no values"
    note = f" ({about['note']})" if about["note"] else ""
    copies = f" in {about['count']} copies" if about["count"] > 1 else ""
    found = [
        (
            f"Read from the script: {critic}{note}, actions from what it did; "
            f"{', '.join(about['environments'])}{copies} was replaced by the probes."
        )
    ]
    if about["pay"] != 1.0:
        found.append(
            f"The script multiplies rewards by {1 / about['pay']:g}: the probes pay {about['pay']:g} times "
            "as much, so that values are in their unit."
        )
    changed = [_changed(one) for one in about["settings"]]
    if changed:
        found.append(f"Read in memory as: {'; '.join(changed)}.")
    return [*found, *(f"{note}." for note in about["notes"])]


def _changed(setting: Mapping[str, Any]) -> str:
    return f"{setting['name']} {setting['new']:g} for {setting['old']:g} ({setting['place']})"
