"""Counting samples and standardising them, in one go."""
