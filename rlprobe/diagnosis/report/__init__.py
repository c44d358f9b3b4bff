"""The report of a diagnosis: on the terminal, as JSON and as an HTML page."""
