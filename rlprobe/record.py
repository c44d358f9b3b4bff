"""``python -m rlprobe.record``: the same as ``rlprobe record``."""

from __future__ import annotations

import sys

from rlprobe.cli import main

if __name__ == "__main__":
    sys.exit(main(["record", *sys.argv[1:]]))
