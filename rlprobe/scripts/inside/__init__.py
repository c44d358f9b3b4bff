"""What runs in the process of a script: the probe in its environment's place, and what reads its networks."""
