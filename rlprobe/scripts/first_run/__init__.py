"""What a first short run shows of a script: its critic, its discount, the unit of its rewards."""
