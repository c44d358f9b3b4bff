"""Each reader reads what the library itself has just written."""

from __future__ import annotations

import warnings

import gymnasium as gym
import numpy as np
import pytest

from rlprobe.comparison.finding.candidates import candidates, read
from rlprobe.comparison.finding.choosing import choose
from rlprobe.comparison.log import LogError
from rlprobe.comparison.readers.events import read_events


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A short run of A2C with everything that Stable-Baselines3 can log."""
    from stable_baselines3 import A2C
    from stable_baselines3.common.callbacks import EvalCallback
    from stable_baselines3.common.logger import configure
    from stable_baselines3.common.monitor import Monitor

    folder = tmp_path_factory.mktemp("run")
    env = Monitor(gym.make("CartPole-v1"), str(folder / "monitor.csv"))
    model = A2C("MlpPolicy", env, n_steps=8, seed=0, device="cpu")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.set_logger(configure(str(folder), ["csv", "json", "tensorboard"]))
        watch = EvalCallback(
            Monitor(gym.make("CartPole-v1")),
            eval_freq=100,
            n_eval_episodes=2,
            log_path=str(folder),
            verbose=0,
        )
        model.learn(400, callback=watch, log_interval=5)
    model.logger.close()
    env.close()
    return folder, env


def test_monitor_files(trained):
    """Returns and lengths of a Monitor file are those that the wrapper has counted."""
    folder, env = trained
    (log,) = read(folder / "monitor.csv")
    assert log.facts["task"] == "CartPole-v1"
    np.testing.assert_allclose(log.series["monitor/return"].values, env.get_episode_rewards())
    np.testing.assert_allclose(log.series["monitor/return"].steps, np.cumsum(env.get_episode_lengths()))


@pytest.mark.parametrize("name", ["progress.csv", "progress.json"])
def test_the_logger_of_sb3(trained, name):
    """``progress.csv`` and ``progress.json`` give the return over the steps; blank cells are no NaN."""
    folder, _ = trained
    (log,) = read(folder / name)
    series = log.series["rollout/ep_rew_mean"]
    assert log.axis == "environment steps"
    assert series.steps[-1] == 400
    assert np.isfinite(series.values).all()


def test_evaluations(trained):
    """``evaluations.npz`` gives the mean of the episodes of each evaluation."""
    folder, _ = trained
    (log,) = read(folder / "evaluations.npz")
    stored = np.load(folder / "evaluations.npz")
    np.testing.assert_array_equal(log.series["evaluations/return"].steps, [100, 200, 300, 400])
    np.testing.assert_allclose(log.series["evaluations/return"].values, stored["results"].mean(axis=1))


def test_tensorboard_events_equal_the_table(trained):
    """The event file has the same returns as ``progress.csv``, up to its single precision."""
    folder, _ = trained
    log = read_events(sorted(folder.glob("events.out.tfevents*")))
    (table,) = read(folder / "progress.csv")
    expected = table.series["rollout/ep_rew_mean"]
    np.testing.assert_allclose(log.series["rollout/ep_rew_mean"].values, expected.values, rtol=1e-6)
    np.testing.assert_array_equal(log.series["rollout/ep_rew_mean"].steps, expected.steps)


def test_a_folder_with_all_of_them_is_one_run(trained):
    """Evaluations go before training returns, and the folder counts once."""
    folder, _ = trained
    found, problems = candidates("a", str(folder))
    chosen = choose(found, "return")
    assert problems == []
    assert [(run.metric, run.task) for run in chosen.runs] == [("evaluations/return", "CartPole-v1")]


def test_tensorboard_keeps_every_scalar(tmp_path):
    """Every scalar is read, where TensorBoard keeps 10,000; a file still written is read up to there."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from torch.utils.tensorboard import SummaryWriter

    writer = SummaryWriter(str(tmp_path))
    for step in range(10_500):
        writer.add_scalar("charts/episodic_return", step / 7, step)
    writer.add_scalar("new/style", 2.5, 3, new_style=True)
    writer.close()
    paths = sorted(tmp_path.glob("events*"))
    series = read_events(paths).series
    kept = EventAccumulator(str(tmp_path), size_guidance={"scalars": 0}).Reload()
    expected = [one.value for one in kept.Scalars("charts/episodic_return")]
    np.testing.assert_array_equal(series["charts/episodic_return"].values, expected)
    assert series["new/style"].values == 2.5
    paths[0].write_bytes(paths[0].read_bytes()[:-100])
    cut = read_events(paths)
    assert 10_490 < len(cut.series["charts/episodic_return"].values) <= 10_500
    assert "half-written" in cut.notes[0]


def test_a_resumed_run_goes_on_where_it_was_resumed(tmp_path):
    """Of two event files, the later one takes the place of the earlier one from its first step on."""
    from torch.utils.tensorboard import SummaryWriter

    for name, start in ((".first", 0), (".second", 5)):
        writer = SummaryWriter(str(tmp_path), filename_suffix=name)
        for step in range(start, start + 10):
            writer.add_scalar("eval/return", step + (100 if start else 0), step)
        writer.close()
    paths = sorted(tmp_path.glob("events*"), key=lambda path: path.suffix)
    for rank, path in enumerate(paths):
        path.rename(path.with_name(f"events.out.tfevents.{rank}.host"))
    series = read_events(sorted(tmp_path.glob("events*"))).series["eval/return"]
    assert series.values.tolist() == [0, 1, 2, 3, 4, *range(105, 115)]


def test_monitor_files_of_gymnasium_in_several_processes(tmp_path):
    """Files that ``make_vec_env`` writes for its processes are one run, with steps in sum."""
    from stable_baselines3.common.env_util import make_vec_env

    env = make_vec_env("CartPole-v1", n_envs=3, seed=0, monitor_dir=str(tmp_path / "a"))
    env.reset()
    for _ in range(200):
        env.step(np.zeros(3, int))
    env.close()
    found, _ = candidates("a", str(tmp_path / "a"))
    (run,) = choose(found, "return").runs
    counted = sum(len(path.read_text().splitlines()) - 2 for path in (tmp_path / "a").glob("*.csv"))
    assert len(run.curve.values) == counted
    assert 500 < run.budget <= 600


def test_csv_of_pandas(tmp_path):
    """A history written by pandas is read, with its empty cells."""
    pandas = pytest.importorskip("pandas", reason="comes with Stable-Baselines3")
    frame = pandas.DataFrame({"_step": [1, 2, 3], "eval_return": [1.0, None, 3.0], "note": ["x", "y", "z"]})
    frame.to_csv(tmp_path / "history.csv")
    (log,) = read(tmp_path / "history.csv")
    assert log.series["eval_return"].values.tolist() == [1.0, 3.0]
    assert log.series["eval_return"].steps.tolist() == [1.0, 3.0]


def test_exports_of_wandb(tmp_path):
    """The lines of a chart and the rows of a table of runs are a run each; bounds are no runs."""
    pandas = pytest.importorskip("pandas", reason="comes with Stable-Baselines3")
    columns = {"global_step": [10, 20, 30]}
    for seed in (1, 2):
        name = f"CartPole-v1__ppo__{seed}__1700000000 - charts/episodic_return"
        columns |= {name: [1.0, None, seed], f"{name}__MIN": [0.0, 0, 0], f"{name}__MAX": [9.0, 9, 9]}
    pandas.DataFrame(columns).to_csv(tmp_path / "chart.csv", index=False)
    found, _ = candidates("a", str(tmp_path / "chart.csv"))
    runs = choose(found, "return").runs
    assert [(run.seed, run.curve.values.tolist()) for run in runs] == [("1", [1.0, 1.0]), ("2", [1.0, 2.0])]
    rows = [{"Name": f"run-{s}", "State": "finished", "seed": s, "episodic_return": 10.0 * s} for s in (3, 4)]
    pandas.DataFrame(rows).to_csv(tmp_path / "runs.csv", index=False)
    found, _ = candidates("a", str(tmp_path / "runs.csv"))
    runs = choose(found, "return").runs
    assert [(run.seed, run.curve.values[-1]) for run in runs] == [("3", 30), ("4", 40)]


def test_pickled_evaluations_are_not_loaded(tmp_path):
    """A file with pickled objects is refused, whatever they would do."""

    class Bomb:
        def __reduce__(self):
            return (pytest.fail, ("the pickle was loaded",))

    path = tmp_path / "evaluations.npz"
    np.savez(path, timesteps=np.arange(3), results=np.array([Bomb()] * 3, dtype=object))
    with pytest.raises(LogError, match="pickled"):
        read(path)


def test_the_log_of_rlprobe_run(tmp_path):
    """``run.jsonl`` has a first line about the run, and then a line for each value of each metric."""
    from rlprobe.monitors.curves import Curves

    curves = Curves()
    for step in range(5):
        curves.add("return", 100 * step, 1.5 * step)
        curves.add("entropy", 100 * step, 0.5)
    (tmp_path / "run.jsonl").write_text(curves.lines({"run": "train.py", "steps": 400}))
    found, _ = candidates("a", str(tmp_path))
    (run,) = choose(found, "return").runs
    assert run.curve.steps.tolist() == [0, 100, 200, 300, 400]
    assert run.curve.values.tolist() == [0, 1.5, 3, 4.5, 6]
