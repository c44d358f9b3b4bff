"""Every kind of flag an inspection can raise; one whose id is not here cannot be raised."""

from __future__ import annotations

from typing import Final

from rlprobe.inspection.flag_kind import FlagKind

CATALOGUE: Final[tuple[FlagKind, ...]] = (
    FlagKind(
        "reward-never-given", "life", ("harmful",), "Random play never got a reward other than 0.",
        "A policy gradient can only make likelier what already happens by chance: without a reward "
        "there is no "
        "signal to learn from.",
        "Try a larger frame skip (`FrameSkip`), a start nearer to the goal, a shaped reward or "
        "demonstrations.",
    ),
    FlagKind(
        "return-never-varies", "life", ("look",), "Every episode of random play had the same return.",
        "Learning needs differences between episodes: if all are equally good, no action looks better.",
        "As for `reward-never-given`; check also that the reward depends on what the agent does.",
    ),
    FlagKind(
        "reward-rare", "life", ("look",), "Under 5 % of the episodes of random play had an unusual reward.",
        "Learning will look flat for a long time before it begins.",
        "Use many parallel environments, `FrameSkip`, or a shaped reward, and give the run time.",
    ),
    FlagKind(
        "no-episode-ended", "life", ("look",), "No episode ended while the environment was played.",
        "Most algorithms report and learn per episode, and an agent that is stuck stays stuck for ever.",
        "If the task has no natural end, add `gymnasium.wrappers.TimeLimit(env, N)` and bootstrap at "
        "truncations.",
    ),
    FlagKind(
        "best-not-repeatable", "life", ("look",),
        "The best episode came out differently when it was replayed.",
        "Results that cannot be reproduced cannot be debugged.",
        "Draw all randomness from `self.np_random` and clear all state in `reset()`.",
    ),
    FlagKind(
        "rewards-are-scaled", "life", ("note",), "A wrapper of the environment scales rewards.",
        "The returns of the report are in the scaled unit, not in that of the task.",
        "Inspect the environment without the wrapper to see its own returns.",
    ),
    FlagKind(
        "non-finite", "scale", ("harmful",), "An observation or a reward was NaN or infinite.",
        "One such value makes the weights of a network NaN, and training ends there.",
        "Replay the place that the report names and correct the environment.",
    ),
    FlagKind(
        "out-of-bounds", "scale", ("harmful",), "Values left the bounds that the observation space declares.",
        "Agents scale and clip by the declared bounds, and see something else than the environment sent.",
        "Correct `low` and `high` of the observation space.",
    ),
    FlagKind(
        "badly-scaled", "scale", ("harmful", "look"),
        "One component is over 100 (harmful: 1000) times larger than the others.",
        "A network sees almost only the largest input; learning from the others is slow or never happens.",
        "Wrap the environment in `rlprobe.NormalizeAll`.",
    ),
    FlagKind(
        "tiny", "scale", ("look",), "Components are over 100 times smaller than the others.",
        "A network hardly sees them.", "Wrap the environment in `rlprobe.NormalizeAll`.",
    ),
    FlagKind(
        "far-from-zero", "scale", ("look",),
        "The mean of a component is over 100 standard deviations from 0.",
        "What varies is drowned by a constant offset.", "Wrap the environment in `rlprobe.NormalizeAll`.",
    ),
    FlagKind(
        "outlier", "scale", ("harmful", "look"),
        "Single values lie over 20 (harmful: 100) robust standard deviations from the median.",
        "One outlier can make one update that undoes many.",
        "Correct it at the source, or keep `clip=10` of `NormalizeAll` or `RewardScale`, which cuts it off.",
    ),
    FlagKind(
        "constant-component", "scale", ("look",), "A component of the observation never changed.",
        "It carries nothing the agent could use, and may be a sensor that is not connected.",
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
        "The distance between two ids means nothing, but a network takes it for something.",
        "If it is an id, declare it `Discrete`, so that it is one-hot encoded and never standardised.",
    ),
    FlagKind(
        "angle-wrap", "scale", ("look",),
        "A component jumps across its whole range, like an angle that wraps.",
        "Two states that are nearly the same look as different as can be.",
        "Give the agent the sine and the cosine of the angle.",
    ),
    FlagKind(
        "always-at-bound", "scale", ("look",),
        "A component is at a declared bound in more than half of the steps.",
        "What happens beyond the bound is clipped away.", "Widen the range before it is clipped.",
    ),
    FlagKind(
        "bounds-never-reached", "scale", ("note",),
        "A component visited under a tenth of its declared range.",
        "Where inputs are scaled by the bounds, this one hardly moves.",
        "Declare the range that occurs, or use `rlprobe.NormalizeAll`, which does not look at bounds.",
    ),
    FlagKind(
        "left-out", "scale", ("note",), "Parts of the observation are not numbers, or too large to look at.",
        "Nothing is known of them.", "Look at them by hand, for example with `rlprobe play --preprocessed`.",
    ),
    FlagKind(
        "constant-channel", "scale", ("look",), "A channel or plane of an image always holds one value.",
        "It costs time and memory and carries nothing; often something is never drawn into it.",
        "Leave the channel out, or find out why nothing is drawn into it.",
    ),
    FlagKind(
        "ids-in-picture", "scale", ("look",),
        "An image of whole numbers uses a small part of its declared range, like ids or planes.",
        "Libraries divide pictures by 255, so that ids are hardly seen; and 2 is no brightness between 1 "
        "and 3.",
        "One-hot encode ids, declare the range that occurs, and use `NormalizeAll(env, kind='ids')`.",
    ),
    FlagKind(
        "layout-guessed", "scale", ("note",),
        "The shape of an image does not say which axis holds its channels.",
        "Statistics are kept per channel; over the wrong axes they mean nothing.",
        "Say `layout='HWC'` or `layout='CHW'` to `rlprobe.NormalizeAll`.",
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
        "The agent is blind.", "Render before the image is returned.",
    ),
    FlagKind(
        "still-pixels", "scale", ("note",), "Most pixels of an image never changed.",
        "They cost time and teach nothing.", "Crop what never changes.",
    ),
    FlagKind(
        "reward-scale", "horizon", ("harmful", "look"),
        "Value targets are over 100 (harmful: 10 000) or below 0.01 in size.",
        "Networks learn targets of about 1 best; large ones make large gradients, tiny ones none.",
        "Use `rlprobe.RewardScale`, which divides and never shifts.",
    ),
    FlagKind(
        "delay-beyond-horizon", "horizon", ("look",),
        "Rewards answer an action later than 1 / (1 - gamma) steps, how far the discount looks ahead.",
        "The agent does not care for what comes that late.", "Use a larger gamma; the report says which.",
    ),
    FlagKind(
        "horizon-short", "horizon", ("note",),
        "Most of the median episode lies beyond the horizon of the discount.",
        "Right if rewards follow soon; else the agent ignores most of what its actions lead to.",
        "Raise gamma if rewards come late.",
    ),
    FlagKind(
        "clock-disagrees", "horizon", ("note",),
        "`render_fps` and the physics give an action different lengths.",
        "Videos and human play run at the wrong speed.", "Set `metadata['render_fps']` to 1 / dt.",
    ),
    FlagKind(
        "skip-finds-reward", "timestep", ("look",),
        "Random play with a frame skip found better returns than without.",
        "With too small a time step random actions average out, and exploration goes nowhere.",
        "Use `rlprobe.FrameSkip` with the skip that the report names.",
    ),
    FlagKind(
        "frame-skip", "timestep", ("look",),
        "With a frame skip random play explores at least twice as widely.",
        "With too small a time step random actions average out, and exploration goes nowhere.",
        "Use `rlprobe.FrameSkip` with the skip that the report names.",
    ),
    FlagKind(
        "control-rate", "timestep", ("note",), "An agent decides faster than a person could follow.",
        "A person cannot check by playing whether the task can be controlled at this rate.",
        "Consider `rlprobe.FrameSkip`; about 15 decisions a second suffice for most tasks.",
    ),
    FlagKind(
        "raises", "contract", ("harmful",), "The environment raised an error while it was played.",
        "Training ends there.",
        "Random actions of the action space must never raise; correct the environment.",
    ),
    FlagKind(
        "hangs", "contract", ("harmful",), "A call into the environment did not return in time.",
        "Nothing can be learned from an environment that does not answer.",
        "Find the call that hangs; `--timeout` sets the patience of the inspection.",
    ),
    FlagKind(
        "wrong-type", "contract", ("harmful",),
        "`reset` or `step` returned something of another shape or type than it should.",
        "Learners store what comes in arrays of the declared shape, and stop there.",
        "Correct what the method returns, or the space that declares it.",
    ),
    FlagKind(
        "type-drift", "contract", ("harmful", "look"),
        "An array of the observation had another dtype than declared; harmful where it was right before.",
        "Checkers look at the first step only, and code that is strict about dtypes stops in the middle of "
        "a run.",
        "Return the declared dtype from `reset` and from every `step`.",
    ),
    FlagKind(
        "reward-no-number", "contract", ("harmful", "look"),
        "The reward is an array; harmful where it holds more than one number.",
        "Learners take the first number, broadcast it wrongly, or stop.",
        "Return one number from `step`.",
    ),
    FlagKind(
        "limit-hidden", "contract", ("look",),
        "An inner `TimeLimit` ends episodes before the outer one can.",
        "Episodes are shorter than the number in your code says.",
        "Use `gym.make(..., max_episode_steps=N)`, which replaces the registered limit.",
    ),
    FlagKind(
        "truncated-elsewhere", "contract", ("harmful", "look"),
        "Episodes were truncated at another step than the declared limit.",
        "An end by failure or success that is reported as truncation teaches that it does not matter.",
        "Truncate on the step that reaches the limit; failure and success are `terminated`.",
    ),
    FlagKind(
        "undeclared-limit", "contract", ("look",),
        "The environment truncates by itself, and nothing declares a limit.",
        "Tools and libraries read the limit from the specification.",
        "Use `gym.register(..., max_episode_steps=N)` or `gymnasium.wrappers.TimeLimit(env, N)`.",
    ),
    FlagKind(
        "limit-ignored", "contract", ("harmful",), "An episode went on past the declared limit.",
        "Episode statistics and time-limit handling are wrong.", "Truncate at the limit.",
    ),
    FlagKind(
        "terminated-and-truncated", "contract", ("note",), "Episodes ended both terminated and truncated.",
        "A learner treats such an end as terminated: it does not bootstrap.",
        "Right only if the end was reached on the last step allowed.",
    ),
    FlagKind(
        "resets-itself", "contract", ("note",), "A wrapper resets the environment on the step after an end.",
        "That step ignores its action and pays nothing; stored, it teaches a transition that does not exist.",
        "Leave that step out of the loss.",
    ),
    FlagKind(
        "reset-not-deterministic", "contract", ("harmful",),
        "The same seed gave two different first observations.", "Results cannot be reproduced.",
        "Call `super().reset(seed=seed)` first and draw from `self.np_random` only.",
    ),
    FlagKind(
        "not-deterministic", "contract", ("harmful",),
        "The same seed and the same actions gave another observation, reward or end.",
        "Results cannot be reproduced.",
        "Draw from `self.np_random` only, and clear all state in `reset()`.",
    ),
    FlagKind(
        "seeds-do-not-differ", "contract", ("note",), "Different seeds give the same episode.",
        "Right for a deterministic task; else a generator is not seeded.", "Draw from `self.np_random`.",
    ),
    FlagKind(
        "buffer-reused", "contract", ("harmful",), "The environment returns the same array at every step.",
        "A replay buffer that keeps references holds one observation many times over.",
        "Return a copy: `self.observation.copy()`.",
    ),
    FlagKind(
        "goes-on-after-end", "contract", ("note",),
        "Stepped again without a reset after its end, it goes on.",
        "A loop that forgets to reset goes unnoticed.", "Raise an error, or keep paying 0 and `terminated`.",
    ),
    FlagKind(
        "info-leak", "contract", ("look",),
        "`info` holds what, by its name, the agent should find out itself.",
        "An agent that reads it solves another task.", "Keep it away from the agent.",
    ),
    FlagKind(
        "info-foretells", "contract", ("look",), "`info` foretells rewards, actions or observations to come.",
        "It is not there when the agent has to act alone.", "Keep it away from the agent.",
    ),
    FlagKind(
        "gymnasium-checker", "contract", ("harmful",), "Gymnasium's own environment checker raised an error.",
        "Libraries rely on what it checks.", "Do as the message says.",
    ),
    FlagKind(
        "sb3-checker", "contract", ("look",), "The environment checker of Stable-Baselines3 raised an error.",
        "Its algorithms will not take the environment as it is.", "Do as the message says.",
    ),
    FlagKind(
        "checker-warns", "contract", ("look",),
        "The environment checker of Gymnasium or Stable-Baselines3 warns about something.",
        "The library takes the environment, but part of it works otherwise than one may think.",
        "Do as the warning says.",
    ),
    FlagKind(
        "slow", "contract", ("look",), "The environment makes only few steps a second.",
        "Training takes days instead of hours.", "Run many in parallel, or make it faster.",
    ),
    FlagKind(
        "render-fails", "picture", ("look",), "`render()` raised an error.",
        "No video can be recorded.", "Correct `render()`; without a screen, MuJoCo needs `MUJOCO_GL=egl`.",
    ),
)  # fmt: skip
_BY_ID: Final = {kind.id: kind for kind in CATALOGUE}


class UnknownFlagError(KeyError):
    """No kind of flag has this id."""

    def __str__(self) -> str:
        return str(self.args[0])


def kind_of(id_: str) -> FlagKind:
    """The kind of flag with this id.

    Raises:
        UnknownFlagError: there is none.

    >>> kind_of("angle-wrap").section
    'scale'
    """
    if id_ not in _BY_ID:
        raise UnknownFlagError(f"no flag is called {id_!r}; there are {', '.join(_BY_ID)}")
    return _BY_ID[id_]
