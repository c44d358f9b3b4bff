"""The methods of the table, one idea a file."""
