"""The faces of a comparison: terminal, JSON, page."""
