"""From the keys held down to an action."""
