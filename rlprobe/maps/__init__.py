"""Pictures of value, policy and visitation over two numbers of the state, beside the exact answer."""

from rlprobe.maps.recorder import Recorder
from rlprobe.maps.solving import Reference, reference
from rlprobe.maps.world.plane import Plane, PlaneError

__all__ = ["Plane", "PlaneError", "Recorder", "Reference", "reference"]
