"""Drawing of observations, one kind of space per file."""
