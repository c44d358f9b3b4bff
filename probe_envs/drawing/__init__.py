"""What ``render`` shows of a probe: its graph, as text and as a picture."""
