"""Kinds of flags about the values of observations, actions and rewards."""

from __future__ import annotations

from typing import Final

from rlprobe.inspection.flag_kind import FlagKind

KINDS: Final[tuple[FlagKind, ...]] = (
    FlagKind(
        "non-finite", "scale", ("harmful",), "An observation or a reward was NaN or infinite.",
        "One such value makes the weights of a network NaN, and nothing is learned from then on.",
        "Replay the seed and step that the report names, and correct the environment.",
    ),
    FlagKind(
        "out-of-bounds", "scale", ("harmful",), "Values left the bounds that the observation space declares.",
        "Code that scales or clips by the declared bounds changes these values.",
        "Correct `low` and `high` of the observation space.",
    ),
    FlagKind(
        "badly-scaled", "scale", ("harmful", "look"),
        "One component is over 100 (harmful: 1000) times larger than the others.",
        "The largest input dominates a network; learning from the others is slow or fails.",
        "Wrap the environment in `rlprobe.NormalizeAll`.",
    ),
    FlagKind(
        "tiny", "scale", ("look",), "Components are over 100 times smaller than the others.",
        "Inputs this small hardly change the output of a network.",
        "Wrap the environment in `rlprobe.NormalizeAll`.",
    ),
    FlagKind(
        "far-from-zero", "scale", ("look",),
        "The mean of a component is over 100 standard deviations from 0.",
        "Its variation is tiny beside its constant offset, so a network hardly notices it.",
        "Wrap the environment in `rlprobe.NormalizeAll`.",
    ),
    FlagKind(
        "outlier", "scale", ("harmful", "look"),
        "Single values lie over 20 (harmful: 100) robust standard deviations from the median.",
        "One outlier can cause one update that undoes many.",
        "Correct it at the source, or keep `clip=10` of `NormalizeAll` or `RewardScale`, which limits it.",
    ),
    FlagKind(
        "constant-component", "scale", ("look",), "A component of the observation never changed.",
        "It contains no information for the agent, and may be a sensor that is not connected.",
        "Leave it out, or find out why it does not move.",
    ),
    FlagKind(
        "nearly-constant", "scale", ("look",),
        "A component had the same value in 99.9 % of the steps or more.",
        "Its rare change is very large after normalisation.",
        "If it is a rare event that matters, keep it; `NormalizeAll` clips its first appearance at 10.",
    ),
    FlagKind(
        "integer-id", "scale", ("look",),
        "A component of a Box holds only whole numbers, like an id or a count.",
        "The distance between two ids has no meaning, but a network treats it as if it had.",
        "If it is an id, declare it `Discrete`: it is then one-hot encoded and never standardised.",
    ),
    FlagKind(
        "angle-wrap", "scale", ("look",),
        "A component jumps across its whole range, like an angle that wraps.",
        "Two nearly equal states get very different numbers.",
        "Give the agent the sine and the cosine of the angle.",
    ),
    FlagKind(
        "always-at-bound", "scale", ("look",),
        "A component is at a declared bound in more than half of the steps.",
        "Larger values are clipped, so the agent cannot tell them apart.",
        "Widen the bounds, or clip later.",
    ),
    FlagKind(
        "bounds-never-reached", "scale", ("note",),
        "A component visited under a tenth of its declared range.",
        "If inputs are scaled by their bounds, this one hardly varies.",
        "Declare the range that occurs, or use `rlprobe.NormalizeAll`, which ignores bounds.",
    ),
    FlagKind(
        "left-out", "scale", ("note",), "Parts of the observation are not numbers, or too large to check.",
        "The inspection says nothing about them.",
        "Check them by hand, for example with `rlprobe play --preprocessed`.",
    ),
    FlagKind(
        "constant-channel", "scale", ("look",), "A channel or plane of an image always holds one value.",
        "It costs time and memory and contains no information; often something is never drawn into it.",
        "Remove the channel, or find out why nothing is drawn into it.",
    ),
    FlagKind(
        "ids-in-picture", "scale", ("look",),
        "An image of whole numbers uses a small part of its declared range, like ids or planes.",
        "Libraries divide images by 255, so ids become tiny inputs. And id 2 is not a brightness between 1 "
        "and 3.",
        "One-hot encode ids, declare the range that occurs, and use `NormalizeAll(env, kind='ids')`.",
    ),
    FlagKind(
        "layout-guessed", "scale", ("note",),
        "The shape of an image does not say which axis holds its channels.",
        "Statistics are kept per channel; over the wrong axes they are wrong.",
        "Pass `layout='HWC'` or `layout='CHW'` to `rlprobe.NormalizeAll`.",
    ),
    FlagKind(
        "picture-axes", "scale", ("harmful", "look"),
        "A wrapper mixes up the axes of an image; harmful where it scrambles the image.",
        "A convolution looks at neighbours. After a `reshape` from (84, 84, 3) to (3, 84, 84) they are "
        "pixels from different places and channels.",
        "Move axes with `np.transpose(image, (2, 0, 1))` or `permute`, once.",
    ),
    FlagKind(
        "colours-become-one", "scale", ("look",),
        "A wrapper that makes an image grey gives two different colours the same grey.",
        "If one of them is the background, the agent cannot see what has the other one.",
        "Look at the image with `rlprobe play --preprocessed`; keep the colours, or one channel that tells "
        "them apart.",
    ),
    FlagKind(
        "picture-as-floats", "scale", ("look",),
        "A wrapper turns an image within a `Dict` into floats.",
        "Libraries build convolutions only for images of bytes; Stable-Baselines3's `MultiInputPolicy` "
        "flattens the others.",
        "Leave the image out with `keys=` of `rlprobe.NormalizeAll`, or `images='leave'`.",
    ),
    FlagKind(
        "constant-picture", "scale", ("harmful",), "No pixel of an image ever changed.",
        "The agent gets no information from it.", "Render before the image is returned.",
    ),
    FlagKind(
        "still-pixels", "scale", ("note",), "Most pixels of an image never changed.",
        "They cost time and contain no information.", "Crop what never changes.",
    ),
)  # fmt: skip
