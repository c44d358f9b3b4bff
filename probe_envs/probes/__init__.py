"""One probe per file; each file's docstring is its documentation."""
