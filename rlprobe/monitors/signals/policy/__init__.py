"""What the policy does: how random it is, how far it moves, which actions it takes."""
