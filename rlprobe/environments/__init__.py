"""What can be known of any Gymnasium environment without changing it."""
