import runpy
import sys
from pathlib import Path

from rlprobe.search.inside.recording import record_everything

path, script, *args = sys.argv[1:]
record_everything(Path(path))
sys.argv = [script, *args]
sys.path[0] = str(Path(script).resolve().parent)
runpy.run_path(script, run_name="__main__")
