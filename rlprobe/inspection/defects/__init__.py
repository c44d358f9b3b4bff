"""One kind of defect of an environment a file."""
