"""Every kind of flag that an inspection can raise."""

from __future__ import annotations

from typing import Final

from rlprobe.inspection.flag_kind import FlagKind

CATALOGUE: Final[tuple[FlagKind, ...]] = (
    FlagKind(
        "reward-never-given", "life", ("harmful",), "Random play never got a reward other than 0.",
        "An agent starts from random actions. If these never get a reward, there is no signal to learn from.",
        "Try a larger frame skip (`FrameSkip`), a start state closer to the goal, a shaped reward or "
        "demonstrations.",
    ),
    FlagKind(
        "return-never-varies", "life", ("look",), "Every episode of random play had the same return.",
        "Learning needs differences between returns: if all are equal, no action looks better than another.",
        "As for `reward-never-given`; check also that the reward depends on what the agent does.",
    ),
    FlagKind(
        "reward-rare", "life", ("look",), "Under 5 % of the episodes of random play had an unusual reward.",
        "The learning curve will be flat for a long time before it rises.",
        "Use many parallel environments, `FrameSkip` or a shaped reward, and plan a long run.",
    ),
    FlagKind(
        "no-episode-ended", "life", ("look",), "No episode ended while the environment was played.",
        "Most algorithms log returns per episode, and an agent that gets stuck is never reset.",
        "If the task has no natural end, add `gymnasium.wrappers.TimeLimit(env, N)` and bootstrap at "
        "truncations.",
    ),
    FlagKind(
        "best-not-repeatable", "life", ("look",),
        "The best episode had another return when it was replayed.",
        "You cannot debug results that you cannot reproduce.",
        "Draw all randomness from `self.np_random` and clear all state in `reset()`.",
    ),
    FlagKind(
        "rewards-are-scaled", "life", ("note",), "A wrapper of the environment scales rewards.",
        "The returns in this report are scaled, not those of the task.",
        "Inspect the environment without the wrapper to see its own returns.",
    ),
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
    FlagKind(
        "reward-scale", "horizon", ("harmful", "look"),
        "Value targets are over 100 (harmful: 10 000) or below 0.01 in size.",
        "Networks learn best from targets of about 1. Large targets cause large gradients, tiny ones none.",
        "Use `rlprobe.RewardScale`, which divides rewards and never shifts them.",
    ),
    FlagKind(
        "delay-beyond-horizon", "horizon", ("look",),
        "The reward for an action comes later than the horizon of the discount, 1 / (1 - gamma) steps.",
        "Discounted that far, the reward hardly counts.", "Use a larger gamma; the report says which.",
    ),
    FlagKind(
        "horizon-short", "horizon", ("note",),
        "Most of the median episode lies beyond the horizon of the discount.",
        "Fine if rewards follow soon; otherwise most of the later rewards hardly count.",
        "Raise gamma if rewards come late.",
    ),
    FlagKind(
        "clock-disagrees", "horizon", ("note",),
        "`render_fps` and the physics disagree about how long an action takes.",
        "Videos and human play run at the wrong speed.", "Set `metadata['render_fps']` to 1 / dt.",
    ),
    FlagKind(
        "skip-finds-reward", "timestep", ("look",),
        "Random play with a frame skip found better returns than without.",
        "If the time step is too small, random actions cancel out and exploration gets nowhere.",
        "Use `rlprobe.FrameSkip` with the skip that the report names.",
    ),
    FlagKind(
        "frame-skip", "timestep", ("look",),
        "With a frame skip, random play explores at least twice as much.",
        "If the time step is too small, random actions cancel out and exploration gets nowhere.",
        "Use `rlprobe.FrameSkip` with the skip that the report names.",
    ),
    FlagKind(
        "control-rate", "timestep", ("note",), "The agent acts more often per second than a person can.",
        "You cannot check by playing whether the task can be solved at this rate.",
        "Consider `rlprobe.FrameSkip`; about 15 decisions a second suffice for most tasks.",
    ),
    FlagKind(
        "raises", "contract", ("harmful",), "The environment raised an error while it was played.",
        "Training stops with this error.",
        "No action of the action space may raise an error; correct the environment.",
    ),
    FlagKind(
        "hangs", "contract", ("harmful",), "A call into the environment did not return in time.",
        "Training would wait for ever.",
        "Find the call that hangs; `--timeout` sets how long the inspection waits.",
    ),
    FlagKind(
        "wrong-type", "contract", ("harmful",),
        "`reset` or `step` returned a wrong shape or type.",
        "Agents store observations in arrays of the declared shape, and stop with an error.",
        "Correct what the method returns, or the space that declares it.",
    ),
    FlagKind(
        "type-drift", "contract", ("harmful", "look"),
        "An array of the observation had another dtype than declared; harmful if it was correct before.",
        "Checkers test only the first step, and code that is strict about dtypes fails in the middle of a "
        "run.",
        "Return the declared dtype from `reset` and from every `step`.",
    ),
    FlagKind(
        "reward-no-number", "contract", ("harmful", "look"),
        "The reward is an array; harmful where it holds more than one number.",
        "Agents use the first number, broadcast it wrongly, or stop with an error.",
        "Return a single number from `step`.",
    ),
    FlagKind(
        "limit-hidden", "contract", ("look",),
        "An inner `TimeLimit` ends episodes before the outer one can.",
        "Episodes are shorter than the limit in your code says.",
        "Use `gym.make(..., max_episode_steps=N)`, which replaces the registered limit.",
    ),
    FlagKind(
        "truncated-elsewhere", "contract", ("harmful", "look"),
        "Episodes were truncated at another step than the declared limit.",
        "If failure or success is reported as truncated, the agent bootstraps and learns that it does not "
        "matter.",
        "Truncate on the step that reaches the limit; report failure and success as `terminated`.",
    ),
    FlagKind(
        "undeclared-limit", "contract", ("look",),
        "The environment truncates by itself, but no time limit is declared.",
        "Tools and libraries read the limit from `env.spec`.",
        "Use `gym.register(..., max_episode_steps=N)` or `gymnasium.wrappers.TimeLimit(env, N)`.",
    ),
    FlagKind(
        "limit-ignored", "contract", ("harmful",), "An episode went on past the declared limit.",
        "Statistics of episodes and the handling of time limits become wrong.", "Truncate at the limit.",
    ),
    FlagKind(
        "terminated-and-truncated", "contract", ("note",), "Episodes ended both terminated and truncated.",
        "An agent must treat such an end as terminated: it must not bootstrap.",
        "Correct only if the task ended on the last step allowed.",
    ),
    FlagKind(
        "resets-itself", "contract", ("note",), "A wrapper resets the environment on the step after an end.",
        "That step ignores its action and has no reward. Stored, it is a transition that does not exist.",
        "Leave that step out of the loss.",
    ),
    FlagKind(
        "reset-not-deterministic", "contract", ("harmful",),
        "The same seed gave two different first observations.", "Results cannot be reproduced.",
        "Call `super().reset(seed=seed)` first, and draw only from `self.np_random`.",
    ),
    FlagKind(
        "not-deterministic", "contract", ("harmful",),
        "The same seed and the same actions gave another observation, reward or end.",
        "Results cannot be reproduced.",
        "Draw only from `self.np_random`, and clear all state in `reset()`.",
    ),
    FlagKind(
        "seeds-do-not-differ", "contract", ("note",), "Different seeds give the same episode.",
        "Correct for a deterministic task; otherwise a generator is not seeded.",
        "Draw from `self.np_random`.",
    ),
    FlagKind(
        "buffer-reused", "contract", ("harmful",), "The environment returns the same array at every step.",
        "A replay buffer that keeps references holds one observation many times over.",
        "Return a copy: `self.observation.copy()`.",
    ),
    FlagKind(
        "goes-on-after-end", "contract", ("note",),
        "After the end of an episode, the environment can be stepped without a reset.",
        "Code that forgets to reset does not notice its mistake.",
        "Raise an error, or keep returning a reward of 0 and `terminated`.",
    ),
    FlagKind(
        "info-leak", "contract", ("look",),
        "`info` has a key whose name says that it holds the solution.",
        "An agent that reads it solves an easier task.", "Do not give it to the agent.",
    ),
    FlagKind(
        "info-foretells", "contract", ("look",), "`info` predicts later rewards, actions or observations.",
        "An agent that reads it learns to depend on it, but does not have it in real use.",
        "Do not give it to the agent.",
    ),
    FlagKind(
        "gymnasium-checker", "contract", ("harmful",), "Gymnasium's own environment checker raised an error.",
        "Libraries rely on what it checks.", "Follow the message.",
    ),
    FlagKind(
        "sb3-checker", "contract", ("look",), "The environment checker of Stable-Baselines3 raised an error.",
        "Its algorithms do not accept the environment.", "Follow the message.",
    ),
    FlagKind(
        "checker-warns", "contract", ("look",),
        "The environment checker of Gymnasium or Stable-Baselines3 warns about something.",
        "The library accepts the environment, but part of it may not work as you expect.",
        "Follow the warning.",
    ),
    FlagKind(
        "slow", "contract", ("look",), "The environment takes only a few steps per second.",
        "Training takes days instead of hours.", "Run many copies in parallel, or make it faster.",
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
