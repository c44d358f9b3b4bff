"""Kinds of flags about how an environment keeps to Gymnasium's interface, and about its pictures."""

from __future__ import annotations

from typing import Final

from rlprobe.inspection.flag_kind import FlagKind

KINDS: Final[tuple[FlagKind, ...]] = (
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
