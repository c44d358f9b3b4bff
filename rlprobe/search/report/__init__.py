"""The faces of a search: terminal, JSON, page."""
