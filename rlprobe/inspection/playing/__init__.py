"""Random play that survives errors and hangs of the environment."""
