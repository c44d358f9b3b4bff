"""What a map is drawn over: the plane, the states behind it, and the dynamics."""
