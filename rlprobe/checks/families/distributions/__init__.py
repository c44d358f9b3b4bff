"""Families of functions for distributions of returns."""
