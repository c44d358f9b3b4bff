"""Functions of reinforcement learning that have one right answer."""
