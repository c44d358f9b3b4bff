"""``python -m rlprobe`` is the ``rlprobe`` command."""

import sys

from rlprobe.cli import main

sys.exit(main())
