"""Code inside the process of a script: the probe in place of its environment, and readers of its networks."""
