"""The axes of a picture are mixed up on the way to the network.

Pictures of Gymnasium are ``(height, width, channels)``, and convolutions of PyTorch take ``(channels, height,
width)``. A ``reshape`` gives the right shape and the wrong picture: each plane holds pieces of all three
channels, and neighbours are no longer neighbours. A ``transpose`` that also swaps height and width turns the
picture on its side, and a second one, where a wrapper has done it already, makes channels of rows.

Reported in ikostrikov/pytorch-a2c-ppo-acktr-gail#163 and #164.
"""

from __future__ import annotations

from rlprobe.faults.declaration import Fault

FAULT = Fault(
    id="image-axes",
    component="observation preprocessing",
    look_at="every line that reorders a picture: `permute(0, 3, 1, 2)` moves axes, `reshape` does not",
    wrong="""
obs = torch.as_tensor(obs).reshape(-1, 3, 84, 84)  # from (N, 84, 84, 3)
""",
    right="""
obs = torch.as_tensor(obs).permute(0, 3, 1, 2)  # from (N, 84, 84, 3)
""",
    forms=(),
    module=__name__,
    not_named_because="no probe shows pictures, and a network of dense layers learns as well from pixels in "
    "any order",
    seen_by="`rlprobe inspect` where a wrapper does it (`picture-axes`); `rlprobe play --preprocessed` "
    "shows what the agent sees",
)
