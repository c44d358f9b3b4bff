"""Tiny environments whose exact answers are known; registered with Gymnasium as ``probe/<Name>-v0``."""
