"""Identities that right functions have, whatever reference they are compared with."""
