"""A skipped process is the process behind the wrapper, in every transition and every value."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from probe_envs import ProbeEnv, probe, solve
from probe_envs.frame_skip import frame_skip
from probe_envs.observe import blank
from rlprobe import FrameSkip

GAMMA = 0.9


@pytest.mark.parametrize("skip", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("name", ["SkippedEnd", "Decoder", "Chain"])
def test_a_skipped_process_is_what_the_wrapper_makes_of_it(name, skip):
    """The skipped process and the wrapped environment agree transition by transition, also at a limit."""
    mdp = probe(name).mdp()
    wrapped, skipped = FrameSkip(ProbeEnv(mdp), skip), ProbeEnv(frame_skip(mdp, skip))
    for episode in range(6):
        assert wrapped.reset(seed=episode)[0].tolist() == skipped.reset(seed=episode)[0].tolist()
        ended = False
        while not ended:
            a, b = wrapped.step(0), skipped.step(0)
            assert (a[0].tolist(), *a[1:3]) == (b[0].tolist(), *b[1:3])
            ended = a[2] or a[3]
            assert ended == (b[2] or b[3])


@pytest.mark.parametrize("skip", [1, 2, 4, 10])
def test_a_skip_of_a_random_process(skip):
    """A skip over random exits earns the rewards up to the exit, and goes on if there was none."""
    mdp = replace(probe("RandomExit").mdp(), observe_end=blank)
    earned, survives = sum(0.75**k for k in range(skip)), 0.75**skip
    value = solve(frame_skip(mdp, skip), GAMMA).start_value
    assert value == pytest.approx(earned / (1 - GAMMA * survives), abs=1e-9)


def agents_values(**how):
    """Values of SkippedEnd under a skip of 4, in the order of the states in which the agent acts."""
    solution = solve(frame_skip(probe("SkippedEnd").mdp(), 4, **how), GAMMA)
    shown = [int(np.sum(solution.table.mdp.observe(state))) - 1 for state in solution.table.states]
    return dict(zip(shown, solution.V, strict=True))


def test_skipped_end_has_the_values_on_its_page():
    """Both endings fall inside a skip, and what is earned up to there counts."""
    assert agents_values() == pytest.approx({0: 71.16, 4: 62.4, 6: 29.4, 10: 16.0})


def test_a_skip_that_keeps_the_last_reward_is_seen():
    """The rewards are powers of two, so that keeping only the last of each skip gives other values."""
    assert agents_values(combine=lambda rewards: rewards[-1]) == pytest.approx(
        {0: 8 + 0.9 * (32 + 0.9 * 16), 4: 32 + 0.9 * 16, 6: 22.4, 10: 16.0}
    )
