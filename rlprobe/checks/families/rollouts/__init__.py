"""Families of functions over the steps of a rollout."""
