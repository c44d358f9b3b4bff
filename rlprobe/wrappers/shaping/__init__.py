"""Rewards shaped by a potential, which keep the best policy."""
