"""The faces of the table: terminal and page."""
