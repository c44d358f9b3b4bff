"""Map held keys to an action."""
