"""An inspection report for the terminal, as JSON and as a page."""
