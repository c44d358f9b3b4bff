"""A running mean and variance are not those of what was seen.

Batches are joined without their sizes, or without the distance between their means; the count is not updated,
or starts too high; or an exponential average forgets what was seen. Inputs then have another mean and scale
than 0 and 1.

Reported in vwxyzjn/cleanrl#18 and openai/gym#2387.
"""

from __future__ import annotations

from rlprobe.faults.declaration import Fault

FAULT = Fault(
    id="running-statistics-wrong",
    component="observation preprocessing",
    look_at="how two sets of statistics are joined: weighted by their counts, with the squared distance of "
    "their means",
    wrong="""
mean = (mean + batch.mean(0)) / 2
var = (var + batch.var(0)) / 2
""",
    right="""
delta, total = batch.mean(0) - mean, count + len(batch)
m2 = var * count + batch.var(0) * len(batch) + delta**2 * count * len(batch) / total
mean, var, count = mean + delta * len(batch) / total, m2 / total, total
""",
    forms=(),
    module=__name__,
    not_named_because="a network learns the probes as well from inputs that are off by a shift and a factor",
    seen_by="`rlprobe check` on the function or class that updates them (family `running_mean_std`)",
)
