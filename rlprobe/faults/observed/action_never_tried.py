"""Random actions leave out the first or the last action.

The upper bound of ``numpy.random.randint`` and ``torch.randint`` is not included, that of ``random.randint``
is. One action is then never tried, so its value is never learned. Where it is the best one, the agent does
not find it.

Described in the documentation of ``numpy.random.Generator.integers``.
"""

from __future__ import annotations

from rlprobe.faults.declaration import Fault

FAULT = Fault(
    id="action-never-tried",
    component="exploration",
    look_at="the range of random actions: `rng.integers(n)` or `env.action_space.sample()`",
    wrong="action = np.random.randint(0, env.action_space.n - 1)",
    right="action = np.random.randint(0, env.action_space.n)",
    forms=(),
    module=__name__,
)
