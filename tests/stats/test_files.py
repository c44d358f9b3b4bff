"""Statistics on disk: all or nothing, nothing unpickled, damage and foreign layouts named."""

from __future__ import annotations

import pickle
import signal
import subprocess
import sys
import time
import zipfile

import numpy as np
import pytest

from rlprobe.stats import Layout, LayoutError, Leaf, RunningStats, StatsFileError

NESTED = Layout((Leaf(("a",), (2,)), Leaf(("b", "0"), ())), {"a": 0, "b": (1, None)})

SAVER = """
import sys, numpy as np
from rlprobe.stats import Layout, RunningStats
stats = RunningStats(Layout.array((50,)))
print("ready", flush=True)
for number in range(10**9):
    stats.update(np.full((1, 50), float(number)))
    stats.save(sys.argv[1])
"""


def filled(layout=NESTED, seed=0):
    """Statistics of a few random samples."""
    rng = np.random.default_rng(seed)
    stats = RunningStats(layout)
    stats.update({"a": rng.normal(size=(7, 2)), "b": (rng.normal(size=7), None)})
    return stats


def same(a, b):
    """Whether two states agree in every bit."""
    x, y = a.state_dict(), b.state_dict()
    return x.keys() == y.keys() and all(x[k].tobytes() == y[k].tobytes() for k in x)


def test_round_trip_is_bit_identical(tmp_path):
    """What is saved is what is loaded, also where the layout comes from the file."""
    stats = filled()
    stats.save(tmp_path / "s.npz")
    loaded = RunningStats(NESTED)
    loaded.load(tmp_path / "s.npz")
    assert same(stats, loaded)
    assert same(stats, RunningStats.from_file(tmp_path / "s.npz"))
    assert list(tmp_path.iterdir()) == [tmp_path / "s.npz"]


def test_file_holds_plain_arrays_only(tmp_path):
    """Every member of the archive is an array that loads with pickles forbidden."""
    filled().save(tmp_path / "s.npz")
    with np.load(tmp_path / "s.npz", allow_pickle=False) as archive:
        assert all(archive[name].dtype != object for name in archive.files)


def test_every_flipped_bit_is_noticed_or_harmless(tmp_path):
    """With any one byte changed the file is refused with a clear error, or still gives the same numbers."""
    stats = filled()
    path = tmp_path / "s.npz"
    stats.save(path)
    original = path.read_bytes()
    refused, positions = 0, range(0, len(original), 11)
    for position in positions:
        damaged = bytearray(original)
        damaged[position] ^= 1 << (position % 8)
        path.write_bytes(damaged)
        try:
            assert same(stats, RunningStats.from_file(path))
        except StatsFileError:
            refused += 1
    assert refused > len(positions) / 4


def test_every_truncation_is_refused(tmp_path):
    """A file that is cut off anywhere is refused, and the statistics stay as they were."""
    stats = filled()
    path = tmp_path / "s.npz"
    stats.save(path)
    original = path.read_bytes()
    before = stats.copy()
    for length in range(0, len(original), 41):
        path.write_bytes(original[:length])
        with pytest.raises(StatsFileError, match="cut off, damaged"):
            stats.load(path)
    assert same(stats, before)


def test_foreign_files_are_refused(tmp_path):
    """A pickle, a text, another .npz and a newer schema are refused, each saying what it is not."""
    path = tmp_path / "s.npz"
    path.write_bytes(pickle.dumps({"mean": 0}))
    with pytest.raises(StatsFileError, match="another kind of file"):
        RunningStats.from_file(path)
    np.savez(path, mean=np.zeros(3))
    with pytest.raises(StatsFileError, match="another kind of file"):
        RunningStats.from_file(path)
    np.savez(path, header=np.frombuffer(b'{"format": "rlprobe statistics", "schema": 99}', dtype=np.uint8))
    with pytest.raises(StatsFileError, match="schema 99"):
        RunningStats.from_file(path)
    with pytest.raises(FileNotFoundError):
        RunningStats.from_file(tmp_path / "none.npz")


def test_pickled_arrays_are_never_loaded(tmp_path):
    """An archive that hides a pickle in an object array is refused without running it."""
    path = tmp_path / "s.npz"
    filled().save(path)
    np.save(tmp_path / "evil.npy", np.array([print], dtype=object), allow_pickle=True)
    with zipfile.ZipFile(path, "a") as archive:
        archive.write(tmp_path / "evil.npy", "0.extra.npy")
    with pytest.raises(StatsFileError, match="allow_pickle"):
        RunningStats.from_file(path)


@pytest.mark.parametrize(
    ("other", "named"),
    [
        (Layout.array((4,)), "keys"),
        (Layout((Leaf(("a",), (3,)), NESTED.leaves[1]), NESTED.skeleton), "shape of 'a'"),
        (Layout((Leaf(("a",), (2,), "float32"), NESTED.leaves[1]), NESTED.skeleton), "dtype of 'a'"),
        (Layout((Leaf(("a",), (2,), low=(0.0, 1.0)), NESTED.leaves[1]), NESTED.skeleton), "low of 'a'"),
        (Layout((Leaf(("a",), (2,), names=("y", "x")), NESTED.leaves[1]), NESTED.skeleton), "names of 'a'"),
        (Layout(NESTED.leaves, NESTED.skeleton, "return"), "'return'"),
    ],
)
def test_another_layout_is_refused_with_both_named(tmp_path, other, named):
    """Other keys, shape, dtype, bounds, names or quantity: the error shows both and the difference."""
    filled().save(tmp_path / "s.npz")
    stats = RunningStats(other)
    with pytest.raises(LayoutError) as caught:
        stats.load(tmp_path / "s.npz")
    assert str(other) in str(caught.value)
    assert str(NESTED) in str(caught.value)
    assert named in str(caught.value)


def test_killed_writer_leaves_the_old_or_the_new_state(tmp_path):
    """A process that dies by SIGKILL while saving leaves a file that loads, with a count that only grows."""
    path = tmp_path / "s.npz"
    counts = []
    for attempt in range(3):
        child = subprocess.Popen([sys.executable, "-c", SAVER, str(path)], stdout=subprocess.PIPE)
        assert child.stdout.readline() == b"ready\n"
        path.unlink(missing_ok=True)
        while not path.exists():
            time.sleep(0.002)
        time.sleep(0.02 + 0.0137 * attempt)
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
        stats = RunningStats.from_file(path)
        n = int(stats.count)
        counts.append(n)
        np.testing.assert_allclose(stats.mean, (n - 1) / 2, rtol=1e-12)
    assert min(counts) >= 1


def test_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    """If the disk refuses, the old file is still there and no temporary file is left."""
    stats = filled()
    path = tmp_path / "s.npz"
    stats.save(path)
    before = path.read_bytes()

    def refuse(_):
        raise OSError("disk full")

    monkeypatch.setattr("rlprobe.output.files.os.fsync", refuse)
    with pytest.raises(OSError, match="disk full"):
        filled(seed=1).save(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
