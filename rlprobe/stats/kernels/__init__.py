"""Update statistics and standardise: NumPy for every shape, one compiled loop if numba is installed."""
