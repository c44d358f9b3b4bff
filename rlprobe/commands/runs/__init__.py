"""Commands about training runs, one a file."""
