"""What each trial came to: the runs of an agent beside the exact answer for a learner of its kind."""
