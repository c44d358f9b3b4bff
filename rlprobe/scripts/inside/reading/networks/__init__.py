"""The networks of a script in torch: what they output, and which of them is the critic."""
