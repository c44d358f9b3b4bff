"""From folders and file names to runs: which files belong together, and whose they are."""
