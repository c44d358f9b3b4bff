"""A fault that was seen directly ends a diagnosis once a second run agrees, and nothing else is wrong."""

from __future__ import annotations

from dataclasses import replace

from diagnosis.synthetic import CLEAN, results_for
from rlprobe.diagnosis.scheduling.sights import LEAST_JUDGED, is_seen_for_sure, seen_once

SEEN = (("noise-shared", "the noise of two components is the same"),)


def showing(results, *numbers, seen=SEEN):
    """The results with a fault seen in the first run of some of them."""
    shown = [replace(r, runs=(replace(r.runs[0], observed=seen), *r.runs[1:])) for r in results]
    return [shown[i] if i in numbers else result for i, result in enumerate(results)]


def test_a_fault_that_two_runs_show_is_an_answer():
    """And one that a single run shows asks for another seed on the shortest of the probes that show it."""
    healthy = results_for(CLEAN, seeds=1)
    assert not is_seen_for_sure(healthy)
    assert seen_once(healthy, ()) is None
    once = showing(healthy, 2)
    assert not is_seen_for_sure(once)
    task = seen_once(once, ())
    assert seen_once(once, {2}) is None  # its run may not have ended yet
    assert (task.number, task.seed) == (2, 1)
    twice = showing(healthy, 2, 5)
    assert is_seen_for_sure(twice)
    assert seen_once(twice, ()) is None


def test_a_second_seed_that_does_not_agree_is_not_asked_again():
    """The fault stays in the report, and the other probes run."""
    healthy = results_for(CLEAN, seeds=2)
    assert seen_once(showing(healthy, 2), ()) is None
    assert not is_seen_for_sure(showing(healthy, 2))


def test_other_mistakes_are_still_looked_for():
    """While few probes have run, or where one fails, a fault that was seen does not end the diagnosis."""
    healthy = results_for(CLEAN, seeds=1)
    assert not is_seen_for_sure(showing(healthy, 0, 1)[: LEAST_JUDGED - 1])
    failing = [replace(healthy[0], outcome="fail"), *healthy[1:]]
    assert not is_seen_for_sure(showing(failing, 2, 5))
    assert seen_once(showing(failing, 2), ()) is None


def test_weights_of_other_steps_are_not_an_answer_by_themselves():
    """A reward that is stored one step late looks like that too."""
    of_others = (("arrays-shuffled-apart", "a correlation of 0.02"),)
    assert not is_seen_for_sure(showing(results_for(CLEAN, seeds=1), 2, 5, seen=of_others))
