"""The critic of a script that is a function of its own: calls that are watched, and what they return."""
