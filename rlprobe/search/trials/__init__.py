"""The trials of a script: how its parameters reach it, what each run has reached, and whether they arrive."""
