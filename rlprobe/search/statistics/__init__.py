"""Which parameters explain the results, and what the study would have seen. Trials in, numbers out."""
