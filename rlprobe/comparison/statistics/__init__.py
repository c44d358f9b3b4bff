"""Which difference is real: intervals, noise floor, seeds needed, failing seeds. Arrays in, numbers out."""
