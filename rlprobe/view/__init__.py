"""Observations as pictures: what the agent sees."""

from __future__ import annotations

from rlprobe.view.agent_view import AgentView
from rlprobe.view.frame import as_picture
from rlprobe.view.sheet import ContactSheet, contact_sheet

__all__ = ["AgentView", "ContactSheet", "as_picture", "contact_sheet"]
