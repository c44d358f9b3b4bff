"""What a first short run shows of a script: its environment, its discount, its critic and its rewards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rlprobe.diagnosis.choices.offers import offers
from rlprobe.diagnosis.factory import Traits
from rlprobe.scripts.doubts.rhythm import learns_in_each_step
from rlprobe.scripts.first_run.discount import read_discount
from rlprobe.scripts.first_run.entropy import entropy_factor
from rlprobe.scripts.first_run.pay import pay_for, said_scale, said_shift, values_are_right
from rlprobe.scripts.first_run.rewards import learns_other_rewards
from rlprobe.scripts.telling import facts, sentences

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rlprobe.diagnosis.trial import Trial
    from rlprobe.scripts.agent import ScriptAgent


def known(agent: ScriptAgent, trial: Trial, *, given_gamma: bool, act: str | None) -> dict[str, Any]:
    """The script's own words, its discount, the unit of its rewards, and how it learns.

    Args:
        agent: the script on ``trial``, after its critic was looked for.
        trial: Decoder, whose three values tell the discount and the unit.
        given_gamma: whether the script was given the discount on its command line.
        act: the user's expression for actions, if any.
    """
    about, often = agent.about(), agent.often
    if given_gamma:
        about["gamma"] = "{gamma}", trial.setting.gamma
    elif about["gamma"] is None and about["soft"] and (written := _written_discount(about)):
        about["gamma"] = written  # entropy in the values hides the discount
    elif about["gamma"] is None and agent.critic:
        measured = read_discount(agent)
        about["gamma"] = None if measured is None else ("", measured)
        agent.gamma = agent.gamma if measured is None else measured
    pay = pay_for(agent, trial) if agent.critic else 1.0
    proven = agent.critic is not None and values_are_right(agent, trial)
    shift = None
    if agent.critic and pay == 1.0 and not proven:
        shift = said_shift(about["shifts"], agent, trial)
        proven = shift is not None
    later = agent.about()
    return {
        **about,
        **({"bootstraps": later["bootstraps"]} if agent.critic else {}),
        "shaped": later["shaped"],
        "frame_skips": later["frame_skips"],
        "updates": bool(agent.all_updates),
        "idle": agent.idle if agent.all_updates == 0 and "optim" in agent.code else 0,
        "often": often,
        "each_step": agent.critic is None and learns_in_each_step(agent),
        "critic": agent.critic,
        "note": agent.note,
        "pay": said_scale(about["scales"], pay, agent, trial) if shift is None else 1.0 / shift[2],
        "lift": 0.0 if shift is None else -shift[1],
        "shift": None if shift is None else shift[0],
        "proven": proven,
        "entropy_factor": entropy_factor(agent, about),
        "own_rewards": agent.critic is not None and not proven and learns_other_rewards(agent),
        "act": act,
    }


def _written_discount(about: dict[str, Any]) -> tuple[str, float] | None:
    """Name and number of the discount that was changed in the source; None if none was."""
    changed = [one for one in about["settings"] if one["what"] == "gamma"]
    return (str(changed[0]["name"]), float(changed[0]["new"])) if changed else None


def traits_of(about: Mapping[str, Any], name: str, steps: int, gamma: float) -> Traits:
    """The traits of a script.

    Args:
        about: what was found out about it.
        name: its name.
        steps: environment steps after which a run ends.
        gamma: the discount it learns with.
    """
    blind, continuous = about["critic"] is None, about["kind"] == "Box"
    return Traits(
        name=name,
        kinds=frozenset({"continuous" if continuous else "discrete"}),
        autoreset_modes=(),
        most_steps=steps,
        discrete_start=False,
        most_actions=None if continuous else about["actions"],
        sizes=tuple(about["sizes"]),
        explores=False,
        script=facts(about, steps),
        said=tuple(sentences(about)),
        offers=offers(gamma, known=about["gamma"] is not None) if blind else (),
        soft=about["soft"],
        longer=about["never_at_ends"] or (blind and bool(about["standardised"])),
        own_end=about["own_end"],
    )
