"""``AgentView`` and contact sheets: draw what the agent sees."""

from __future__ import annotations

from rlprobe.environments.rendering import as_picture
from rlprobe.view.agent_view import AgentView
from rlprobe.view.contact_sheet import ContactSheet, contact_sheet

__all__ = ["AgentView", "ContactSheet", "as_picture", "contact_sheet"]
