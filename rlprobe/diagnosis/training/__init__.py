"""One agent on one probe with one seed."""
