"""When a failing run of a script is no evidence of a fault."""
