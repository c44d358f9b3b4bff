"""What is kept of random play, in fixed memory."""
