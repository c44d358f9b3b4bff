"""Reference functions with one correct answer: returns and generalised advantages."""
