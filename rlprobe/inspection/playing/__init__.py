"""Random play that survives whatever the environment does."""
