"""Watch policies: their log-probabilities, their updates, and the weight of their entropy."""
