"""One section of an inspection report a file: what was found, and its flags."""
