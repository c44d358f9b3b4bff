"""The page of a run, and runs that were written by others."""
