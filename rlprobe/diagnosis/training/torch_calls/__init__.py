"""What an agent's calls of PyTorch show while it learns: shapes, log-probabilities, gradients."""
