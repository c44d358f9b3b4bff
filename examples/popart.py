"""A critic whose targets grow a million times while it learns, with and without PopArt.

The return of an improving policy can change by orders of magnitude. A step size that suited the first targets
is then far off. PopArt standardises the targets and keeps all predictions when its statistics move.
"""

import torch
from torch import nn

from rlprobe.agents import PopArt


def error(popart: bool) -> float:
    """Fit targets that grow from about 1 to about a million; the relative error at the end."""
    torch.manual_seed(0)
    body = nn.Sequential(nn.Linear(2, 32), nn.Tanh())
    head = PopArt(32, memory=5_000) if popart else nn.Linear(32, 1)
    optimiser = torch.optim.SGD([*body.parameters(), *head.parameters()], lr=0.05)
    for step in range(1_500):
        scale = 1e6 ** (min(step, 1_000) / 1_000)
        observations = torch.randn(64, 2)
        targets = scale * (torch.sin(observations[:, 0]) + 0.5 * observations[:, 1])
        if popart:
            head.update(targets)
            loss = (head(body(observations)) - head.normalise(targets)).square().mean()
        else:
            loss = (head(body(observations))[:, 0] - targets).square().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    values = head.values(body(observations)) if popart else head(body(observations))[:, 0]
    return ((values - targets).square().mean().sqrt() / targets.std()).item()


print(f"relative error with PopArt: {error(popart=True):.2f}")
print(f"without, with the same step size: {error(popart=False):.2f}")
