"""Episodes of any environment: returns, lengths, and observations with the return that followed."""
