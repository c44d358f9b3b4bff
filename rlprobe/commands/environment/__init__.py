"""Commands that tell what an environment asks for."""
