"""Watch what becomes of the outputs of critics."""
