"""Finding what a script believes: its networks, tables and the names it has for them."""
