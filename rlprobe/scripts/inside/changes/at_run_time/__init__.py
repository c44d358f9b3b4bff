"""Settings that do not stand in the code of a script: defaults, files, and what optimisers are given."""
