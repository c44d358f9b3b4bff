"""Images with constant parts, and arrays that are no images: planes, grids of ids, guessed layouts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from rlprobe.inspection.defects.wrong_values import again
from rlprobe.inspection.flag import Flag
from rlprobe.output.numbers import listed, percent, short

if TYPE_CHECKING:
    from rlprobe.inspection.measures.pictures import PictureStats

FEW_VALUES: Final = 32
"""Whole numbers in a small part of their range, and no more different ones, look like ids."""
SMALL_PART: Final = 0.25


def picture_flags(picture: PictureStats) -> list[Flag]:
    """What is wrong or worth a look in one picture."""
    if not picture.count:
        return []
    flags = [*_bad(picture), *_still(picture)]
    if not any(flag.id == "constant-picture" for flag in flags):
        flags += [*_channels(picture), *_ids(picture)]
    return [*flags, *_guessed(picture)]


def _bad(picture: PictureStats) -> list[Flag]:
    if not picture.bad:
        return []
    name = picture.part.label
    sentence = (
        f"{name} held values that are not finite in {picture.bad} pictures, first at {picture.bad_place}."
    )
    advice = f"{again(picture.bad_place)}correct the environment."
    place, value = picture.bad_place, picture.bad_value
    return [Flag("non-finite", "harmful", sentence, advice, (name,), place, value)]


def _still(picture: PictureStats) -> list[Flag]:
    name = picture.part.label
    still = float((picture.high == picture.low).mean())
    if still == 1.0:
        sentence = f"{name}: no pixel ever changed."
        return [Flag("constant-picture", "harmful", sentence, "Render before you return it.", (name,))]
    if still > 0.5:
        sentence = f"{name}: {percent(still)} of the pixels never changed in random play."
        return [Flag("still-pixels", "note", sentence, "Crop what never changes.", (name,))]
    return []


def _channels(picture: PictureStats) -> list[Flag]:
    """Channels that hold one value only, in every pixel of every picture."""
    if picture.channels < 2:
        return []
    lows = [float(channel.min()) for channel in picture.as_pictures(picture.low)]
    highs = [float(channel.max()) for channel in picture.as_pictures(picture.high)]
    dead = [i for i, (low, high) in enumerate(zip(lows, highs, strict=True)) if low == high]
    if not dead:
        return []
    name, word = picture.part.label, "plane" if picture.kind == "planes" else "channel"
    values = sorted({lows[i] for i in dead})
    what = f"always {short(values[0])}" if len(values) == 1 else "always one value each"
    few = listed([str(i) for i in dead])
    sentence = (
        f"{name}: {word}{'s' if len(dead) > 1 else ''} {few} of {picture.channels} "
        f"{'are' if len(dead) > 1 else 'is'} {what}."
    )
    advice = f"Leave the {word} out, or find out why nothing is ever drawn into it."
    return [Flag("constant-channel", "look", sentence, advice, (name,))]


def _ids(picture: PictureStats) -> list[Flag]:
    """Whole numbers that use a small part of their range, as ids and planes do and brightness does not."""
    part = picture.part
    if part.dtype is None or part.dtype.kind not in "ui":
        return []
    low, high = float(picture.low.min()), float(picture.high.max())
    width = part.bounds[1] - part.bounds[0]
    if high - low >= FEW_VALUES or (np.isfinite(width) and high - low > SMALL_PART * width):
        return []
    different = picture.different
    values = f"{different} different values" if different else "few values"
    sentence = (
        f"{part.label} {part.shape} holds {values} from {short(low)} to {short(high)} of the declared "
        f"{short(part.bounds[0])} to {short(part.bounds[1])}: that looks like "
        f"{'planes of 0 and 1' if high - low <= 1 else 'ids'}, not brightness. "
        f"It was taken as {part.picture}."
    )
    if high - low <= 1:
        advice = "Declare high=1 or MultiBinary: libraries divide images by 255, which makes 1 a tiny input."
    else:
        advice = (
            f"One-hot encode ids, or declare high={short(high)}; NormalizeAll(env, kind='ids') leaves them "
            "alone. Libraries divide images by 255, which makes them tiny inputs."
        )
    return [Flag("ids-in-picture", "look", sentence, advice, (part.label,))]


def _guessed(picture: PictureStats) -> list[Flag]:
    what = picture.part.picture
    if what is None or "layout" not in what.doubt:
        return []
    name = picture.part.label
    sentence = f"{name} {picture.part.shape} was taken as {what}: {what.doubt}."
    key = "" if name == "observation" else f"{{{name!r}: "
    close = "" if name == "observation" else "}"
    other = what.layout[2:] + what.layout[:2] if what.layout.startswith("HW") else what.layout[1:] + "C"
    advice = f"If it is {other}, say so to the wrapper: NormalizeAll(env, layout={key}{other!r}{close})."
    return [Flag("layout-guessed", "note", sentence, advice, (name,))]
