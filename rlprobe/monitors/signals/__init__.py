"""What is computed from what was heard, and when it is alarming."""
