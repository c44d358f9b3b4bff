"""The commands of ``rlprobe``, one per file."""
