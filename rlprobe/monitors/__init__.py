"""Watch a training run: is it healthy, and if not, since when and by which number?"""

from rlprobe.monitors.findings.finding import Finding
from rlprobe.monitors.watching import Watch, watch

__all__ = ["Finding", "Watch", "watch"]
