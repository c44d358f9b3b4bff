"""What a report says about a script: what was read from where, and which settings were changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


OLD_INFOS_READ = (
    "It cannot run with Gymnasium 1.0, which gives no `final_observation` or `final_info`: its vector "
    "environments behaved as before 1.0. --vector-api 1.0 gives it those of today."
)
STANDARDISED = (
    "It standardises returns: {text}. Over a single episode, that hides how much the episode is worth, so "
    "ActionOrder and CashOut are left out."
)
ELITES = (
    "It imitates the best of its episodes: {text}. A rare high return counts more for it than a better mean, "
    "so WillToLive and CashOut are left out."
)


def facts(about: Mapping[str, Any], steps: int) -> dict[str, Any]:
    """Facts about a script, for the JSON report."""
    gamma = about["gamma"]
    return {
        "critic": about["critic"],
        "actor": about["act"] or "behaviour",
        "gamma": None if gamma is None else gamma[1],
        "environment": ", ".join(about["environments"]),
        "steps": steps,
    }


def sentences(about: Mapping[str, Any]) -> list[str]:
    """Sentences for the report: what was read, and which settings were changed."""
    critic = f"values from `{about['critic']}`" if about["critic"] else "no values"
    note = f" ({about['note']})" if about["note"] else ""
    actor = f"`{about['act']}`" if about["act"] else "the steps it took"
    copies = f" in {about['count']} copies" if about["count"] > 1 else ""
    found = [
        (
            f"Read from the script: {critic}{note}, actions from {actor}; "
            f"{', '.join(about['environments'])}{copies} was replaced by the probes."
        )
    ]
    found += _rewards(about)
    if about["idle"]:
        found.append(
            f"It made no update in its first {about['idle']:,} steps: no optimizer took a step. Does "
            "learning ever start, and can its memory hold a batch?"
        )
    if about["shaped"]:
        found.append(f"Left out, as it makes rewards of its own: {'; '.join(about['shaped'])}.")
    if about["soft"] and about["entropy_factor"] != 1.0:
        found.append(
            f"An action has {about['entropy_factor']:.2g} times the entropy of one number in [-1, 1], so the "
            "entropy weight counts as that many times its own."
        )
    if about["gamma"] is None:
        found.append(
            "Its discount was not found, and is assumed to be --gamma: pass it to the script with {gamma} "
            "after --."
        )
    elif not about["gamma"][0] and not any(one["what"] == "gamma" for one in about["settings"]):
        found.append(f"No variable is named like a discount; its values fit {about['gamma'][1]:g}.")
    if about["own_end"]:
        found.append(
            "Its table also learns from the values of final states. These never change where no step begins "
            "in one, as in most environments, so episodes of the probes end in an observation of its own. "
            "With a network, the factor (1 - terminated) would be missing."
        )
    if about["never_at_ends"]:
        found.append(
            "It makes no update after a step that ends an episode, so probes with episodes of one step have "
            "one more step before each."
        )
    if about["standardised"] and about["critic"] is None:
        found.append(STANDARDISED.format(text=about["standardised"][0]))
    if about["elites"] and about["critic"] is None:
        found.append(ELITES.format(text=about["elites"][0]))
    changed = [_changed(one) for one in about["settings"]]
    if changed:
        found.append(f"Changed in memory: {'; '.join(changed)}.")
    return [*found, *(f"{note}." for note in about["notes"])]


def _rewards(about: Mapping[str, Any]) -> list[str]:
    """That the script scales or shifts rewards, if it does."""
    if about["shift"]:
        return [
            (
                f"The script learns from {about['shift']}, so the probes give rewards that this turns into "
                "their own."
            )
        ]
    if about["pay"] == 1.0:
        return []
    return [
        (
            f"The script multiplies rewards by {1 / about['pay']:g}, so the rewards of the probes are "
            f"{about['pay']:g} times as large: its values then have their scale."
        )
    ]


def _changed(setting: Mapping[str, Any]) -> str:
    old, new = (str(n) if isinstance(n, bool) else f"{n:g}" for n in (setting["old"], setting["new"]))
    return f"{setting['name']} {old} -> {new} ({setting['place']})"
