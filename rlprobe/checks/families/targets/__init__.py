"""Families of targets that are computed from a batch of transitions."""
