"""``diagnose``: run an agent on the probes and name the fault."""

from __future__ import annotations

from rlprobe.diagnosis.inference.causes import Cause
from rlprobe.diagnosis.report.report import Report
from rlprobe.diagnosis.session import diagnose
from rlprobe.diagnosis.wrapped_agent import wrapped

__all__ = ["Cause", "Report", "diagnose", "wrapped"]
