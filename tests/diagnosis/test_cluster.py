"""A diagnosis on the workers of a cluster, through joblib's own backend for Dask."""

import pytest

import rlprobe
from rlprobe.diagnosis.workers import Here, workers
from rlprobe.diagnosis.workers.cluster import Cluster

from .scripted import ScriptedWithValues

joblib = pytest.importorskip("joblib")


class Raises:
    """A subject whose second run cannot be sent back."""

    traits = None

    def run(self, trial, seed, *, until):
        """The task itself, but for one seed an error."""
        if seed == 1:
            raise RuntimeError("no space left on device")
        return trial, seed, until


def test_only_a_backend_of_other_machines_is_used():
    """Joblib's own processes and threads change nothing: they are set for other work than ours."""
    for backend in ("loky", "threading"):
        with joblib.parallel_config(backend=backend, n_jobs=2), workers(Raises(), 1) as pool:
            assert isinstance(pool, Here)


def test_a_run_that_a_worker_loses_leaves_the_others():
    """An error on a worker is the failure of that run alone, and every task is run once."""
    from rlprobe.diagnosis.trial import Trial
    from rlprobe.diagnosis.workers import Task

    tasks = [Task(0, Trial(name="Constant"), seed) for seed in range(4)]
    with joblib.parallel_config(backend="threading"):
        found = {task.seed: outcome for task, outcome in Cluster(Raises(), 2).run(tasks, 1e12)}
    assert sorted(found) == [0, 1, 2, 3]
    assert "no space left" in found[1].error


@pytest.mark.slow
def test_two_workers_of_dask_find_the_same_as_this_process():
    """Under ``parallel_config(backend="dask")`` the runs take place on the cluster, with the same answers."""
    distributed = pytest.importorskip("distributed")
    only = ["Constant", "Decoder"]
    here = rlprobe.diagnose(ScriptedWithValues, seeds=2, only=only)
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
        joblib.parallel_config(backend="dask"),
    ):
        there = rlprobe.diagnose(ScriptedWithValues, seeds=2, jobs=2, only=only)
        ran = client.run_on_scheduler(lambda dask_scheduler: len(dask_scheduler.transition_log))
    assert ran > 0
    assert here.verdict == there.verdict == "healthy"
    for a, b in zip(here.results, there.results, strict=True):
        assert a.learned == pytest.approx(b.learned)
