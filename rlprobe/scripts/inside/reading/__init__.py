"""Find the critic of a script: among its networks, tables and names."""
