"""What optimizers do: which parameters they train, and with what gradients."""
