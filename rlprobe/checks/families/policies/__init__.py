"""Families of functions for losses and log-probabilities of policies."""
