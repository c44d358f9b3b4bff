"""Scripts written for ``gym``, or for Gymnasium below 1.0."""
