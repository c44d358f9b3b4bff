"""How a function is tried: its arguments matched, its conventions found, its results compared."""
