"""Which runs a diagnosis makes: their order, those that are made again, and when it ends."""
