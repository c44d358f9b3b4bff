"""Facts about any Gymnasium environment: its clock, wrappers, names, pictures and signals."""
