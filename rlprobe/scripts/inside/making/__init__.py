"""What a script gets where it makes environments."""
