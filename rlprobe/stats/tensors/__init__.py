"""Statistics of torch tensors, on the device of the data."""
