"""The Gymnasium environments of a probe: one at a time, and many in one vector environment."""
