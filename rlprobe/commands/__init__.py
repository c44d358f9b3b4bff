"""The commands of ``rlprobe`` that belong to diagnosis; each file is one command."""
