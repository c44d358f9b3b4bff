"""Which hyperparameters matter? Random trials, and a regression that knows what noise looks like."""
