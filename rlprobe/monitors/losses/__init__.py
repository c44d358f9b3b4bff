"""What losses are made of: read from the graphs that torch keeps for the gradient."""
