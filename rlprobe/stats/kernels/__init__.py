"""Count samples and standardise them: NumPy for every shape, one compiled loop where numba is installed."""
