"""Families of functions for what surrounds the learning: schedules, statistics, buffers."""
