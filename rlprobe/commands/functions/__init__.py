"""Commands about single functions."""
