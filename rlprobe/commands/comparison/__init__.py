"""Commands that tell differences from noise: `compare`, `battery`, `search`."""
